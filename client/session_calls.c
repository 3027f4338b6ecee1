/* SPDX-License-Identifier: ISC */
/* The calls about toxics of one session's own, blocking. */

#include "client.h"
#include "toxi_watch.h"

int
toxi_proxy_session_toxic_add(struct toxi *toxi, const char *proxy,
    const char *id, struct toxi_toxic toxic, struct toxi_toxic **added,
    struct toxi_error *err)
{
	struct request r;

	request_proxy_session_toxic_add(&r, proxy, id, &toxic);
	return client_perform(
	    toxi, &r, &(struct wanted){ .toxic = added, .err = err });
}

int
toxi_proxy_session_toxic_get(struct toxi *toxi, const char *proxy,
    const char *id, const char *name, struct toxi_toxic **toxic,
    struct toxi_error *err)
{
	struct request r;

	request_proxy_session_toxic_get(&r, proxy, id, name);
	return client_perform(
	    toxi, &r, &(struct wanted){ .toxic = toxic, .err = err });
}

int
toxi_proxy_session_toxic_list(struct toxi *toxi, const char *proxy,
    const char *id, struct toxi_toxics **toxics, struct toxi_error *err)
{
	struct request r;

	request_proxy_session_toxic_list(&r, proxy, id);
	return client_perform(
	    toxi, &r, &(struct wanted){ .toxics = toxics, .err = err });
}

int
toxi_proxy_session_toxic_update(struct toxi *toxi, const char *proxy,
    const char *id, struct toxi_toxic toxic, struct toxi_toxic **updated,
    struct toxi_error *err)
{
	struct request r;

	request_proxy_session_toxic_update(&r, proxy, id, &toxic);
	return client_perform(
	    toxi, &r, &(struct wanted){ .toxic = updated, .err = err });
}

int
toxi_proxy_session_toxic_remove(struct toxi *toxi, const char *proxy,
    const char *id, const char *name, struct toxi_error *err)
{
	struct request r;

	request_proxy_session_toxic_remove(&r, proxy, id, name);
	return client_perform(toxi, &r, &(struct wanted){ .err = err });
}
