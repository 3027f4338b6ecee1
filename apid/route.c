/* SPDX-License-Identifier: ISC */
/* From a path, as it was sent, to an action of routes.h and the names in it. */

#include <stdlib.h>
#include <string.h>

#include "apid.h"
#include "hex.h"
#include "log.h"
#include "nitems.h"

#define RUN(action) action
#include "routes.h"
#include "text_put.h"
#include "ui.h"

/* ---- clean paths, as Go's path.Clean() makes them */

static int
is_dots(const char *segment, size_t len)
{
	return len == 0 || (len == 1 && segment[0] == '.') ||
	    (len == 2 && segment[0] == '.' && segment[1] == '.');
}

/* Appends a segment to what ends at out, or takes the last one away. */
static char *
clean_segment(const char *begin, char *out, const char *segment, size_t len)
{
	if (!is_dots(segment, len)) {
		*out++ = '/';
		memcpy(out, segment, len);
		return out + len;
	}
	if (len == 2) {
		while (out > begin && *--out != '/')
			continue;
	}
	return out;
}

/* Of the same length at most; out[] has room for len + 2. */
static void
clean(const char *path, size_t len, char *out)
{
	const char *end = path + len, *p = path, *next;
	char *begin = out;

	while (p < end) {
		p++; /* '/' */
		next = memchr(p, '/', (size_t)(end - p));
		if (next == NULL)
			next = end;
		out = clean_segment(begin, out, p, (size_t)(next - p));
		p = next;
	}
	if (out == begin || (len > 0 && end[-1] == '/'))
		*out++ = '/';
	*out = '\0';
}

/* 1, or 0 and it has replied: see there. */
static int
is_clean(struct request *r, const char *path, size_t len)
{
	const char *query = path + len;
	char *cleaned, *location;

	if ((cleaned = malloc(len + 2)) == NULL)
		fatal("%s", __func__);
	clean(path, len, cleaned);
	if (strlen(cleaned) == len && memcmp(cleaned, path, len) == 0) {
		free(cleaned);
		return 1;
	}
	if (asprintf(&location, "%s%s", cleaned, query) == -1)
		fatal("%s", __func__);
	reply_empty(r, MHD_HTTP_MOVED_PERMANENTLY);
	reply_header(r, "Location", location);
	free(location);
	free(cleaned);
	return 0;
}

/* ---- matching */

static int
escapes_are_whole(const char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (p[i] != '%')
			continue;
		if (i + 2 >= len || hex_digit(p[i + 1]) == -1 ||
		    hex_digit(p[i + 2]) == -1)
			return 0;
	}
	return 1;
}

/* A segment without its escapes, which are whole; NULL: it has a NUL. */
static char *
decoded(const char *segment, size_t len)
{
	char *text, *out;
	size_t i;
	int c;

	if ((out = text = malloc(len + 1)) == NULL)
		fatal("%s", __func__);
	for (i = 0; i < len; i++) {
		c = (unsigned char)segment[i];
		if (c == '%') {
			c = hex_digit(segment[i + 1]) << 4 |
			    hex_digit(segment[i + 2]);
			i += 2;
		}
		*out++ = (char)c;
	}
	*out = '\0';
	if (strlen(text) == (size_t)(out - text))
		return text;
	free(text);
	return NULL;
}

/* The segment at *p, which moves behind it and its slash. */
static size_t
next_segment(const char **p, const char *end, const char **segment)
{
	const char *slash = memchr(*p, '/', (size_t)(end - *p));

	*segment = *p;
	*p = slash != NULL ? slash + 1 : end;
	return (size_t)((slash != NULL ? slash : end) - *segment);
}

static int
segment_matches(
    const char *pattern, size_t npattern, const char *segment, size_t len)
{
	char *text;
	int same;

	if (pattern[0] == '{')
		return len > 0;
	if ((text = decoded(segment, len)) == NULL)
		return 0;
	same = strlen(text) == npattern && memcmp(text, pattern, npattern) == 0;
	free(text);
	return same;
}

static size_t
count_slashes(const char *p, size_t len)
{
	size_t n = 0;

	while (len-- > 0)
		n += *p++ == '/';
	return n;
}

static int
matches(const char *pattern, const char *path, size_t len)
{
	const char *pend = pattern + strlen(pattern), *end = path + len;
	const char *want, *have;
	size_t nwant, nhave;

	if (count_slashes(path, len) != count_slashes(pattern, strlen(pattern)))
		return 0;
	while (pattern < pend) {
		nwant = next_segment(&pattern, pend, &want);
		nhave = next_segment(&path, end, &have);
		if (!segment_matches(want, nwant, have, nhave))
			return 0;
	}
	return 1;
}

/* The names in a path that matches, a token's as a proxy's, a session's as a
 * toxic's; 0, or -1: one has a NUL.  A name that is too long is nobody's, as an
 * empty one is. */
static int
take_names(struct request *r, const char *path, size_t len)
{
	const char *end = path + len, *p = path, *segment;
	char **names[] = { NULL, NULL, &r->proxy, NULL, &r->toxic, NULL,
		&r->own_toxic };
	size_t i, n;

	for (i = 0; i < nitems(names) && p < end; i++) {
		n = next_segment(&p, end, &segment);
		if (names[i] == NULL)
			continue;
		if ((*names[i] = decoded(segment, n)) == NULL)
			return -1;
	}
	if (r->proxy != NULL && strlen(r->proxy) <= PROXY_NAME_MAX)
		text_put(r->key.name, sizeof(r->key.name), r->proxy);
	return 0;
}

static const struct route *
find(const char *path, size_t len)
{
	int has_metrics =
	    (apid.flags & (SETUP_PROXY_METRICS | SETUP_RUNTIME_METRICS)) != 0;
	size_t i;

	for (i = 0; i < nitems(routes); i++) {
		if (!matches(routes[i].path, path, len))
			continue;
		if (routes[i].actions[0].run == metrics && !has_metrics)
			return NULL;
		if ((routes[i].actions[0].flags & ACTION_OF_TENANTS) != 0 &&
		    !callers_are_tenants())
			return NULL;
		return &routes[i];
	}
	return ui_route(path, len);
}

static void
reply_not_allowed(struct request *r, const struct route *route)
{
	char allow[64] = "";
	size_t i, len;

	for (i = 0; i < ACTIONS_MAX && route->actions[i].run != NULL; i++) {
		len = strlen(allow);
		snprintf(allow + len, sizeof(allow) - len, "%s%s",
		    len > 0 ? ", " : "", route->actions[i].method);
	}
	reply_empty(r, MHD_HTTP_METHOD_NOT_ALLOWED);
	reply_header(r, "Allow", allow);
}

static int
text_is_utf8(const char *s)
{
	json_t *j = json_string(s);

	json_decref(j);
	return j != NULL;
}

static void
find_action(struct request *r, const struct route *route, const char *method)
{
	const struct action *a;
	size_t i;

	r->route = route;
	for (i = 0; i < ACTIONS_MAX && route->actions[i].run != NULL; i++) {
		a = &route->actions[i];
		if (strcmp(a->method, "*") != 0 &&
		    strcmp(a->method, method) != 0)
			continue;
		r->action = a;
		request_make_id(r->id);
		return;
	}
	reply_not_allowed(r, route);
}

void
route_find(struct request *r, const char *method)
{
	const char *path = request_path(r);
	size_t len = strcspn(path, "?#");
	const struct route *route;

	if (!escapes_are_whole(path, len)) {
		reply_text(
		    r, 400, "text/plain; charset=utf-8", "400 Bad Request");
		reply_header(r, "Connection", "close");
		return;
	}
	if (!is_clean(r, path, len))
		return;
	if ((route = find(path, len)) == NULL) {
		reply_text(r, 404, "text/plain; charset=utf-8",
		    "404 page not found\n");
		reply_header(r, "X-Content-Type-Options", "nosniff");
		return;
	}
	find_action(r, route, method);
	if (r->action == NULL)
		return;
	if (take_names(r, path, len) == -1 ||
	    (r->proxy != NULL && !text_is_utf8(r->proxy)) ||
	    (r->toxic != NULL && !text_is_utf8(r->toxic)) ||
	    (r->own_toxic != NULL && !text_is_utf8(r->own_toxic)))
		reply_error(r, 400, "a name in the path is no UTF-8 text");
}
