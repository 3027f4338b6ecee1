/* SPDX-License-Identifier: ISC */
/*
 * /ui/, to whoever asks: files that are the same for all.  Who they are for is
 * a browser, so each reply says what that may do with it.
 */

#include <stdlib.h>
#include <string.h>

#include "apid.h"
#include "log.h"
#include "nitems.h"
#include "ui.h"

#define FOLDER "/ui"
#define START "index.html" /* what "/ui/" is */

/* ---- what each reply says */

/*
 * It loads nothing from elsewhere, runs nothing that is not a file of this
 * folder, makes no text into markup (a proxy's name, say), and is shown in no
 * other page.
 */
static const char policy[] = "default-src 'none'; script-src 'self'; "
			     "style-src 'self'; img-src 'self'; "
			     "connect-src 'self'; base-uri 'none'; "
			     "form-action 'none'; frame-ancestors 'none'; "
			     "require-trusted-types-for 'script'";

static const struct {
	const char *name, *value;
} said[] = {
	{ "Content-Security-Policy", policy },
	{ "X-Frame-Options", "DENY" }, /* to browsers that know no other word */
	{ "X-Content-Type-Options", "nosniff" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	/* kept, and asked for again each time: see etag */
	{ "Cache-Control", "no-cache" },
};

void
ui_headers(struct request *r)
{
	size_t i;

	for (i = 0; i < nitems(said); i++) {
		if (MHD_get_response_header(r->response, said[i].name) == NULL)
			reply_header(r, said[i].name, said[i].value);
	}
}

/* ---- files */

/*
 * Is it in a list of tags, as If-None-Match has them?  "*" is any; a weak one
 * is as good.  A tag of ours has neither a quote nor a comma inside.
 */
static int
list_has(const char *list, const char *tag)
{
	const char *p = list;
	size_t n;

	for (; *p != '\0'; p += n) {
		p += strspn(p, ", \t");
		if (strncmp(p, "W/", 2) == 0)
			p += 2;
		n = strcspn(p, ", \t");
		if ((n == strlen(tag) && memcmp(p, tag, n) == 0) ||
		    (n == 1 && *p == '*'))
			return 1;
	}
	return 0;
}

static int
has_already(const struct request *r, const struct ui_file *f)
{
	const char *list = MHD_lookup_connection_value(
	    r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);

	return list != NULL && list_has(list, f->etag);
}

static void
show_file(struct request *r, const struct ui_file *f)
{
	if (has_already(r, f))
		reply_empty(r, MHD_HTTP_NOT_MODIFIED);
	else
		reply_static(
		    r, 200, f->type, f->first, (size_t)(f->end - f->first));
	reply_header(r, MHD_HTTP_HEADER_ETAG, f->etag);
}

/* To where relative addresses are below it; with its query, and whatever path
 * somebody in front of us has put before it. */
static void
show_folder(struct request *r, const char *query)
{
	char *location;

	if (asprintf(&location, "ui/%.*s", (int)strcspn(query, "#"), query) ==
	    -1)
		fatal("%s", __func__);
	reply_empty(r, MHD_HTTP_PERMANENT_REDIRECT);
	reply_header(r, MHD_HTTP_HEADER_LOCATION, location);
	free(location);
}

/* The name as it was sent: none of ours has to be spelt otherwise. */
static void
ui_show(struct request *r)
{
	const char *name = request_path(r) + sizeof(FOLDER) - 1;
	const struct ui_file *f;
	size_t len;

	if (*name != '/') {
		show_folder(r, name);
		return;
	}
	name++;
	len = strcspn(name, "?#");
	f = len > 0 ? ui_file(name, len) : ui_file(START, sizeof(START) - 1);
	if (f != NULL)
		show_file(r, f);
	else
		reply_text(r, 404, "text/plain; charset=utf-8",
		    "404 page not found\n");
}

/* ---- its route */

static const struct route page = {
	.path = FOLDER,
	.actions = { { .method = "GET",
			 .name = "Page",
			 .run = ui_show,
			 .flags = ACTION_OPEN },
	    { .method = "HEAD",
		.name = "Page",
		.run = ui_show,
		.flags = ACTION_OPEN } },
};

const struct route *
ui_route(const char *path, size_t len)
{
	const size_t n = sizeof(FOLDER) - 1;

	return len >= n && memcmp(path, FOLDER, n) == 0 &&
		(len == n || path[n] == '/')
	    ? &page
	    : NULL;
}

int
ui_is_asked(const struct request *r)
{
	return r->route == &page;
}
