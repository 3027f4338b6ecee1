/* SPDX-License-Identifier: ISC */
/* A proxy's connect: as data, and in JSON. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "connect.h"
#include "failure.h"
#include "object_put.h"

static const char *const modes[] = {
	[TOXI_CONNECT_REFUSE] = "refuse",
	[TOXI_CONNECT_BLACKHOLE] = "blackhole",
	[TOXI_CONNECT_ACCEPT_DELAY] = "accept_delay",
	[TOXI_CONNECT_RESET] = "reset",
};

static const char *const fails[] = {
	[TOXI_DIAL_REFUSED] = "refused",
	[TOXI_DIAL_UNREACHABLE] = "unreachable",
	[TOXI_DIAL_TIMEOUT] = "timeout",
};

#define NITEMS(list) (sizeof(list) / sizeof((list)[0]))

/* ---- to a server */

/* 0 is none of the words. */
static int
put_word(json_t *object, const char *key, const char *const *words, size_t n,
    unsigned int which, struct toxi_error *err)
{
	if (which == 0)
		return 0;
	if (which >= n)
		return fail(
		    err, TOXI_ERR_ARGUMENT, "connect has no such %s", key);
	return object_put(object, key, json_string(words[which]), err);
}

static int
put_share(json_t *object, double share, struct toxi_error *err)
{
	if (!isfinite(share))
		return fail(err, TOXI_ERR_ARGUMENT, "syn_loss is no number");
	if (share == 0)
		return 0;
	return object_put(object, "syn_loss", json_real(share), err);
}

int
put_connect(json_t *whose, const struct toxi_connect *c, struct toxi_error *err)
{
	json_t *object = json_object();

	if (object == NULL)
		return fail_nomem(err);
	/* whose owns it from here on. */
	if (object_put(whose, "connect", object, err) == -1 ||
	    put_word(object, "mode", modes, NITEMS(modes),
		(unsigned int)c->mode, err) == -1 ||
	    put_word(object, "dial_fail", fails, NITEMS(fails),
		(unsigned int)c->dial_fail, err) == -1)
		return -1;
	if (c->delay_ms != 0 &&
	    object_put(object, "delay", json_integer(c->delay_ms), err) == -1)
		return -1;
	if (c->dial_delay_ms != 0 &&
	    object_put(object, "dial_delay", json_integer(c->dial_delay_ms),
		err) == -1)
		return -1;
	return put_share(object, c->syn_loss, err);
}

/* ---- and from one */

/* What this library does not know yet is the last, which is none of them. */
static unsigned int
which(const json_t *object, const char *key, const char *const *words, size_t n)
{
	const char *word = json_string_value(json_object_get(object, key));
	unsigned int i;

	if (word == NULL)
		return 0;
	for (i = 1; i < n; i++) {
		if (strcmp(words[i], word) == 0)
			break;
	}
	return i;
}

struct kept_connect *
connect_decode(const json_t *object, struct toxi_error *err)
{
	struct kept_connect *kept;
	struct toxi_connect *c;

	if (!json_is_object(object)) {
		fail(err, TOXI_ERR_PROTOCOL,
		    "the answer has a connect that is no object");
		return NULL;
	}
	/* what later members there will be is 0 */
	if ((kept = calloc(1, sizeof(*kept))) == NULL) {
		fail_nomem(err);
		return NULL;
	}
	c = &kept->connect;
	c->mode =
	    (enum toxi_connect_mode)which(object, "mode", modes, NITEMS(modes));
	c->dial_fail = (enum toxi_dial_fail)which(
	    object, "dial_fail", fails, NITEMS(fails));
	c->delay_ms = json_integer_value(json_object_get(object, "delay"));
	c->dial_delay_ms =
	    json_integer_value(json_object_get(object, "dial_delay"));
	c->syn_loss = json_number_value(json_object_get(object, "syn_loss"));
	return kept;
}
