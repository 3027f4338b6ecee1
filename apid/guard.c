/* SPDX-License-Identifier: ISC */
/*
 * Who is refused whatever it wants: web pages, which reach an API through the
 * browser of somebody who may (DNS rebinding, requests across origins).
 */

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "apid.h"
#include "log.h"
#include "refusals.h"
#include "tls.h"
#include "ui.h"

/* ---- the names that this API has */

struct name {
	LIST_ENTRY(name) entry;
	char text[HOST_MAX + 1];
};

LIST_HEAD(names, name);
static struct names names, next; /* those that count; being said */

/* "a.example." is "a.example": how long that is. */
static size_t
without_dot(const char *name)
{
	size_t len = strlen(name);

	return len > 1 && name[len - 1] == '.' ? len - 1 : len;
}

static void
drop(struct names *all)
{
	struct name *n;

	while ((n = LIST_FIRST(all)) != NULL) {
		LIST_REMOVE(n, entry);
		free(n);
	}
}

void
guard_names_begin(void)
{
	drop(&next);
}

void
guard_names_add(const char *text)
{
	struct name *n;

	if ((n = calloc(1, sizeof(*n))) == NULL)
		fatal("%s", __func__);
	snprintf(
	    n->text, sizeof(n->text), "%.*s", (int)without_dot(text), text);
	LIST_INSERT_HEAD(&next, n, entry);
}

void
guard_names_end(void)
{
	struct name *n;

	drop(&names);
	while ((n = LIST_FIRST(&next)) != NULL) {
		LIST_REMOVE(n, entry);
		LIST_INSERT_HEAD(&names, n, entry);
	}
}

static int
is_own_name(const char *host)
{
	const struct name *n;

	LIST_FOREACH (n, &names, entry) {
		if (strcasecmp(host, n->text) == 0)
			return 1;
	}
	return 0;
}

/* A name that no foreign name server answers for, or one of ours. */
static int
is_local_name(const char *host)
{
	static const char local[] = ".localhost";
	size_t len = strlen(host), nlocal = sizeof(local) - 1;

	return strcasecmp(host, local + 1) == 0 ||
	    (len > nlocal && strcasecmp(host + len - nlocal, local) == 0) ||
	    is_own_name(host);
}

/* ---- "host:port", as a browser writes it */

struct authority {
	char host[HOST_MAX + 1]; /* without brackets and a last dot */
	int family;              /* 4, 6, or 0: a name */
};

static int
port_is_good(const char *p, size_t len)
{
	size_t i;

	if (len == 0)
		return 1;
	for (i = 1; i < len; i++) {
		if (p[i] < '0' || p[i] > '9')
			return 0;
	}
	return p[0] == ':' && len <= sizeof(":65535") - 1;
}

static int
family_of(const char *host, int is_bracketed)
{
	struct in6_addr a;

	if (is_bracketed)
		return inet_pton(AF_INET6, host, &a) == 1 ? 6 : -1;
	return inet_pton(AF_INET, host, &a) == 1 ? 4 : 0;
}

/* 0, or -1: it is none. */
static int
authority_split(struct authority *a, const char *text, size_t len)
{
	int is_bracketed = len > 0 && text[0] == '[';
	const char *host = text + is_bracketed, *end = text + len, *behind;
	size_t n;

	behind = memchr(host, is_bracketed ? ']' : ':', (size_t)(end - host));
	if (behind == NULL && is_bracketed)
		return -1;
	n = (size_t)((behind != NULL ? behind : end) - host);
	behind = host + n + is_bracketed;
	if (!port_is_good(behind, (size_t)(end - behind)))
		return -1;
	if (!is_bracketed && n > 1 && host[n - 1] == '.')
		n--;
	if (n == 0 || n > HOST_MAX)
		return -1;
	memcpy(a->host, host, n);
	a->host[n] = '\0';
	a->family = family_of(a->host, is_bracketed);
	return a->family == -1 ? -1 : 0;
}

static int
is_loopback(const struct authority *a)
{
	struct in6_addr six;
	struct in_addr four;

	if (a->family == 6)
		return inet_pton(AF_INET6, a->host, &six) == 1 &&
		    IN6_IS_ADDR_LOOPBACK(&six);
	return inet_pton(AF_INET, a->host, &four) == 1 &&
	    ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET;
}

/* ---- browsers */

/* What of a request tells of a page; a field that is there twice is not. */
struct marks {
	const char *host, *origin, *site;
	int are_many;
	/* no page can keep its browser from saying both */
	int takes_gzip, has_language;
};

static enum MHD_Result
take_mark(
    void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct marks *m = arg;
	const char **mark = NULL;

	(void)kind;
	if (strcasecmp(key, "Origin") == 0)
		mark = &m->origin;
	else if (strcasecmp(key, "Sec-Fetch-Site") == 0)
		mark = &m->site;
	else if (strcasecmp(key, MHD_HTTP_HEADER_HOST) == 0)
		m->host = value;
	else if (strcasecmp(key, MHD_HTTP_HEADER_ACCEPT_ENCODING) == 0)
		m->takes_gzip |=
		    value != NULL && strcasestr(value, "gzip") != NULL;
	else if (strcasecmp(key, MHD_HTTP_HEADER_ACCEPT_LANGUAGE) == 0)
		m->has_language = 1;
	if (mark == NULL)
		return MHD_YES;
	m->are_many |= *mark != NULL;
	*mark = value != NULL ? value : "";
	return MHD_YES;
}

static int
has_origin(const struct marks *m)
{
	return m->origin != NULL && strcmp(m->origin, "null") != 0;
}

/*
 * "null" is what p2pd's client sends.  A page can have it sent, too, by its
 * referrer policy, and with an agent of its own choice; but then beside what
 * every browser says, and no such client.
 */
static int
is_of_browser(const struct marks *m)
{
	return m->site != NULL || m->are_many || has_origin(m) ||
	    (m->origin != NULL && m->takes_gzip && m->has_language);
}

/* An address cannot be rebound, a name can. */
static int
host_is_allowed(const char *text, size_t len, struct authority *a)
{
	return authority_split(a, text, len) == 0 &&
	    (a->family != 0 || is_local_name(a->host));
}

/* Of "http://host:port/path", where a target is one; its length, or 0. */
static size_t
authority_of(const char *uri, const char **authority)
{
	const char *p = uri[0] != '/' ? strstr(uri, "://") : NULL;

	if (p == NULL)
		return 0;
	*authority = p + 3;
	return strcspn(*authority, "/?#");
}

static int
called_by_allowed_name(
    const struct request *r, const struct marks *m, struct authority *called)
{
	const char *target;
	struct authority a;
	size_t len = authority_of(r->uri, &target);

	if (m->host == NULL ||
	    !host_is_allowed(m->host, strlen(m->host), called))
		return 0;
	return len == 0 || host_is_allowed(target, len, &a);
}

/*
 * Pages of this machine, of a name of ours, or of the host that was called; and
 * those of which the browser says where they are from.
 */
static int
origin_is_allowed(const struct marks *m, const struct authority *called)
{
	struct authority a;
	const char *p;

	if (m->are_many)
		return 0;
	if (!has_origin(m))
		return m->site != NULL;
	if ((p = strstr(m->origin, "://")) == NULL ||
	    authority_split(&a, p + 3, strlen(p + 3)) == -1)
		return 0;
	return is_loopback(&a) || (a.family == 0 && is_local_name(a.host)) ||
	    strcasecmp(a.host, called->host) == 0;
}

/* The browser's own word; a page cannot set it. */
static int
site_is_allowed(const struct marks *m)
{
	return m->site == NULL || strcasecmp(m->site, "same-origin") == 0 ||
	    strcasecmp(m->site, "none") == 0;
}

static void
refuse(struct request *r, enum refusal why, const char *text)
{
	reply_error(r, 403, "%s", text);
	refusal(r, why, NULL);
}

static void
guard_page(struct request *r, const struct marks *m)
{
	struct authority called;

	if (!is_of_browser(m))
		return;
	if (!called_by_allowed_name(r, m, &called))
		refuse(r, REFUSAL_HOST, "host not allowed");
	else if (!origin_is_allowed(m, &called))
		refuse(r, REFUSAL_ORIGIN, "origin not allowed");
	else if (!site_is_allowed(m))
		refuse(r, REFUSAL_SITE, "site not allowed");
}

/* ---- the dashboard: see ui.h */

#define UI_HEADER "X-Toxid-UI"

/*
 * Its calls say that they are.  A page of another origin cannot, but after an
 * OPTIONS that nobody here grants; one of a name that was bound to our address
 * meanwhile can, and has no mark, where what it is from is plain HTTP.
 */
static int
is_of_ui(const struct request *r)
{
	int n;
	const char *value = request_header(r, UI_HEADER, &n);

	return n == 1 && value != NULL && strcmp(value, "1") == 0 &&
	    strcmp(r->method, MHD_HTTP_METHOD_OPTIONS) != 0;
}

static int
is_plain(const struct request *r)
{
	struct ucred user;

	return !tls_is_on() || client_user(r->connection, &user) != -1;
}

/*
 * A browser that names it has the page from where it calls.  Who speaks TLS in
 * front of a plain port is let through.
 */
static int
origin_is_own(const struct request *r, const struct marks *m)
{
	static const char tls[] = "https://", plain[] = "http://";
	const char *origin = m->origin;

	if (m->are_many)
		return 0;
	if (origin == NULL)
		return 1;
	if (strncmp(origin, tls, sizeof(tls) - 1) == 0)
		origin += sizeof(tls) - 1;
	else if (strncmp(origin, plain, sizeof(plain) - 1) == 0 && is_plain(r))
		origin += sizeof(plain) - 1;
	else
		return 0;
	return strcasecmp(origin, m->host) == 0;
}

/* So its host is looked at, whatever else there is. */
static void
guard_ui_call(struct request *r, const struct marks *m)
{
	struct authority called;

	if (!called_by_allowed_name(r, m, &called))
		refuse(r, REFUSAL_HOST, "host not allowed");
	else if (!origin_is_own(r, m))
		refuse(r, REFUSAL_ORIGIN, "origin not allowed");
	else if (!site_is_allowed(m))
		refuse(r, REFUSAL_SITE, "site not allowed");
}

/*
 * Its files are no secret, and a link to them may stand anywhere; but by a name
 * that is not allowed it could ask for nothing.
 */
static void
guard_ui_file(struct request *r, const struct marks *m)
{
	struct authority called;

	if (called_by_allowed_name(r, m, &called))
		return;
	reply_text(r, 403, "text/plain; charset=utf-8",
	    "host not allowed: browsers may call toxid by an address, by "
	    "localhost, and by names that -allow-host has\n");
	refusal(r, REFUSAL_HOST, NULL);
}

/* ---- all of them */

int
guard_browser(struct request *r)
{
	struct marks m = { 0 };

	MHD_get_connection_values(
	    r->connection, MHD_HEADER_KIND, take_mark, &m);
	if (ui_is_asked(r)) {
		guard_ui_file(r, &m);
	} else if (is_of_ui(r)) {
		guard_ui_call(r, &m);
	} else if (r->user_agent != NULL &&
	    strncmp(r->user_agent, "Mozilla/", 8) == 0) {
		reply_text(r, 403, "text/plain; charset=utf-8",
		    "User agent not allowed\n");
		reply_header(r, "X-Content-Type-Options", "nosniff");
		refusal(r, REFUSAL_AGENT, NULL);
	} else {
		guard_page(r, &m);
	}
	return r->response == NULL;
}
