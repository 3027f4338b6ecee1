/* SPDX-License-Identifier: ISC */
/* The configuration file: a /populate from before anybody is served. */

#include <errno.h>
#include <stdlib.h>
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
decode(const char *text, size_t len, struct proxy_entry **entries, size_t *n)
{
	struct failure f;
	json_t *json;
	int decoded;

	if (decode_body(&json, text, len, &f) == -1) {
		failed(f.text);
		return -1;
	}
	if ((decoded = decode_populate(entries, n, json, &f)) == -1)
		failed(f.text);
	json_decref(json);
	return decoded;
}

void
config_read(int fd)
{
	struct proxy_entry *entries;
	size_t len, n;
	char *text;
	int decoded;

	if ((text = read_file(fd, &len)) == NULL)
		log_warn("Error reading config file");
	close(fd);
	if (text == NULL)
		return;
	decoded = decode(text, len, &entries, &n);
	free(text);
	if (decoded == -1)
		return;
	if ((pending = calloc(1, sizeof(*pending))) == NULL)
		fatal("%s", __func__);
	pending->done = config_done;
	populate_start(pending, entries, n);
}
