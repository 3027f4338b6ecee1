/* SPDX-License-Identifier: ISC */
/* What is asked of networks by name. */

#include <string.h>

#include "encode.h"
#include "failure.h"
#include "request_parts.h"

static const char lack[] = "the server has no profiles";

static void
at_profile(struct request *r, const char *proxy)
{
	r->lack = lack;
	request_at_proxy(r, proxy, "/profile");
}

void
request_profile_list(struct request *r)
{
	request_begin(r, "toxi_profile_list", "GET", ANSWER_PROFILES);
	r->lack = lack;
	if ((r->path = strdup("/profiles")) == NULL)
		fail_nomem(&r->error);
}

void
request_profile_get(struct request *r, const char *proxy)
{
	request_begin(r, "toxi_profile_get", "GET", ANSWER_PROFILE);
	at_profile(r, proxy);
}

void
request_profile_apply(struct request *r, const char *proxy, const char *profile)
{
	request_begin(r, "toxi_profile_apply", "POST", ANSWER_PROFILE);
	at_profile(r, proxy);
	if (r->error.code != TOXI_OK)
		return;
	if (profile == NULL || *profile == '\0')
		fail(&r->error, TOXI_ERR_ARGUMENT, "no name of a profile");
	else
		r->ask = encode_profile(profile, &r->error);
}

void
request_profile_remove(struct request *r, const char *proxy)
{
	request_begin(r, "toxi_profile_remove", "DELETE", ANSWER_NOTHING);
	at_profile(r, proxy);
}
