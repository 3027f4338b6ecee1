/* SPDX-License-Identifier: ISC */
/*
 * The configuration file.  The first apid populates from it before anybody is
 * served; when it is to be read again, another one only tells what is in it.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apid.h"
#include "log.h"

#define FILE_MAX ((size_t)64 * 1024 * 1024)

static struct populate *pending;

int
config_is_pending(void)
{
	return pending != NULL;
}

static void
failed(const char *why)
{
	log_event(LOG_ERROR, "Failed to populate proxies from file",
	    LOG_STR("error", why));
}

static void
config_done(struct populate *p, const struct failure *f)
{
	if (f != NULL)
		failed(f->text);
	else
		log_event(LOG_INFO, "Populated proxies from file",
		    LOG_INT("proxies", (int64_t)p->n));
	pending = NULL;
	populate_free(p);
}

/* All of it, to be freed; NULL and errno. */
static char *
read_file(int fd, size_t *len)
{
	size_t size = 0;
	ssize_t n;
	char *text = NULL, *more;

	*len = 0;
	do {
		if (*len == size) {
			size = size > 0 ? 2 * size : 65536;
			if ((more = realloc(text, size)) == NULL)
				fatal("%s", __func__);
			text = more;
		}
		n = read(fd, text + *len, size - *len);
		if (n > 0)
			*len += (size_t)n;
		if (*len > FILE_MAX) {
			n = -1;
			errno = EFBIG;
		}
	} while (n > 0 || (n == -1 && errno == EINTR));
	if (n == 0)
		return text;
	free(text);
	return NULL;
}

static int
decode_text(const char *text, size_t len, struct proxy_entry **entries,
    size_t *n, struct failure *f)
{
	json_t *json;
	int decoded;

	if (decode_body(&json, text, len, f) == -1)
		return -1;
	decoded = decode_populate(entries, n, json, f);
	json_decref(json);
	return decoded;
}

/* Owns fd.  0, or -1 and why. */
static int
decode(int fd, struct proxy_entry **entries, size_t *n, struct failure *f)
{
	size_t len;
	char *text;
	int decoded;

	if ((text = read_file(fd, &len)) == NULL)
		failure_set(f, 500, "%s", strerror(errno));
	close(fd);
	if (text == NULL)
		return -1;
	decoded = decode_text(text, len, entries, n, f);
	free(text);
	return decoded;
}

static void
say(enum msg_type type, uint32_t id, const void *payload, size_t size)
{
	if (chan_send_sized(&apid.supervisor, type, id, payload, size, -1) ==
	    -1)
		fatal("%s", __func__);
}

static void
tell_proxy(uint32_t id, const struct proxy_entry *e)
{
	struct proxy_create create = { .spec = e->spec };
	size_t i;

	create.ntoxics = (uint32_t)e->ntoxics;
	say(MSG_CONFIG_PROXY, id, &create, sizeof(create));
	for (i = 0; i < e->ntoxics; i++)
		say(MSG_PROXY_CREATE_TOXIC, id, &e->toxics[i],
		    sizeof(e->toxics[i]));
}

void
config_tell(int fd)
{
	struct config_end end = { .is_bad = 0 };
	struct proxy_entry *entries;
	struct failure f;
	size_t i, n;

	if (decode(fd, &entries, &n, &f) == -1) {
		end.is_bad = 1;
		snprintf(end.why, sizeof(end.why), "%s", f.text);
	} else {
		for (i = 0; i < n; i++)
			tell_proxy((uint32_t)i + 1, &entries[i]);
		proxy_entries_free(entries, n);
	}
	say(MSG_CONFIG_END, 0, &end, sizeof(end));
}

void
config_read(int fd)
{
	struct proxy_entry *entries;
	struct failure f;
	size_t n;

	if (decode(fd, &entries, &n, &f) == -1) {
		failed(f.text);
		return;
	}
	if ((pending = calloc(1, sizeof(*pending))) == NULL)
		fatal("%s", __func__);
	pending->done = config_done;
	populate_start(pending, entries, n);
}
