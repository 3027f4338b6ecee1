/* SPDX-License-Identifier: ISC */
/* See ahead.h. */

#include <errno.h>

#include "ahead.h"
#include "change.h"
#include "door.h"
#include "listen.h"
#include "log.h"
#include "msg.h"
#include "ports.h"
#include "proxies.h"
#include "proxy_spec.h"

/* Whoever asks for more than he may is told, and so is whoever set it. */
static void
log_denied(const struct change *ch)
{
	char text[ADDRESS_TEXT_MAX];

	log_event(LOG_WARN, "Proxy may not listen there: see -bind-policy",
	    LOG_PROXY(change_key(ch)), LOG_STR("listen", ch->endpoint.text),
	    LOG_STR("address", address_text(&ch->bound, text)));
}

/* Where the tenant may listen is a limit of its own, as others are. */
static enum answer_code
refuse_port(struct change *ch, enum endpoint_error e)
{
	ch->answer.limit = LIMIT_OF_PORTS;
	ch->answer.limit_value = ports_of(NULL, change_key(ch)->tenant);
	ch->answer.sys_errno = e == ENDPOINT_PORTS_ARE_TAKEN ? EADDRINUSE : 0;
	return ANSWER_OVER_LIMIT;
}

/* ANSWER_OK; or it cannot listen there, and .answer has why. */
static enum answer_code
refuse_listen(struct change *ch, enum endpoint_error e)
{
	if (e == ENDPOINT_OK)
		return ANSWER_OK;
	if (e == ENDPOINT_NOT_ITS_PORT || e == ENDPOINT_PORTS_ARE_TAKEN)
		return refuse_port(ch, e);
	ch->answer.stage = STAGE_LISTEN;
	ch->answer.endpoint_error = (uint8_t)e;
	ch->answer.sys_errno = e == ENDPOINT_SYSTEM ? errno : 0;
	ch->answer.listen = ch->endpoint;
	ch->answer.address = ch->address;
	if (e == ENDPOINT_DENIED) {
		ch->answer.address = ch->bound;
		log_denied(ch);
	}
	return ANSWER_BAD_LISTEN;
}

/* It listens where it was looked up; old, or NULL, may be in the way. */
enum answer_code
ahead_bind(struct change *ch, const struct proxy *old)
{
	return refuse_listen(ch,
	    ports_bind(
		NULL, change_key(ch), old, &ch->address, &ch->fd, &ch->bound));
}

/* It listens again where it has held its port. */
static enum answer_code
release(struct change *ch, struct proxy *p)
{
	ch->address = ch->bound = p->listen.address;
	if (listen_release(p->held_fd) == -1)
		return refuse_listen(ch, ENDPOINT_SYSTEM);
	ch->fd = p->held_fd;
	p->held_fd = -1;
	ch->was_held = 1;
	return ANSWER_OK;
}

/* It is to listen where it did, or was to. */
enum answer_code
ahead_again(struct change *ch, struct proxy *p)
{
	return p->held_fd != -1 ? release(ch, p) : ahead_bind(ch, NULL);
}

/* Is a port to be had for it, enabled or not? */
int
ahead_wants_port(const struct proxy_spec *spec)
{
	return spec->enabled || ports_of(NULL, spec->key.tenant) != 0;
}

/* ---- it is not committed */

static void
hold_again(struct change *ch)
{
	listen_hold(ch->fd);
	ch->proxy->held_fd = ch->fd;
	ch->fd = -1;
	ch->was_held = 0;
}

int
ahead_give_up(struct change *ch)
{
	const int was_new = ch->fd != -1 && !ch->was_held;

	if (ch->was_held)
		hold_again(ch);
	listen_end(&ch->fd);
	return was_new;
}

void
ahead_restore(const struct proxy *p)
{
	if (p->listen_fd != -1)
		door_again(p);
	if (p->held_fd != -1)
		listen_hold(p->held_fd);
}
