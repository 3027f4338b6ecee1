/* SPDX-License-Identifier: ISC */
#ifndef UI_H
#define UI_H

#include <stddef.h>

/*
 * ui.c: /ui/, a dashboard for browsers, and no part of the API: it is in no
 * table of routes.h, and says nothing of anybody's proxies.  What it shows, it
 * asks the API for as anybody does.
 */

struct request;
struct route;

/* Of "/ui", or of what is below it; or NULL. */
const struct route *ui_route(const char *path, size_t len);
int ui_is_asked(const struct request *); /* ... for such a one */
/* What browsers are to know of each of its replies. */
void ui_headers(struct request *);

/* ui_files.c: what is in ui/, and what is made for it, as apid was built. */

struct ui_file {
	const char *name; /* behind "/ui/" */
	const char *type, *etag;
	const unsigned char *first, *end; /* end: behind its last byte */
};
const struct ui_file *ui_file(const char *name, size_t len); /* or NULL */

#endif
