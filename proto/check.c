/* SPDX-License-Identifier: ISC */
/* Parts of payloads: see check.h. */

#include <errno.h>
#include <stdlib.h>

#include "check.h"
#include "lease.h"
#include "log_keys.h"
#include "nitems.h"
#include "toxic_tail.h"

/* Only zeros? */
static int
is_zero(const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	while (n > 0 && p[n - 1] == 0)
		n--;
	return n == 0;
}

int
is_padded(const char *text, size_t size)
{
	size_t len = strlen(text);

	return is_zero(text + len, size - len);
}

int
check_proxy_key(const struct proxy_key *k)
{
	return is_utf8(k->tenant) && is_utf8(k->name) &&
	    (k->tenant[0] == '\0' || tenant_name_is_good(k->tenant));
}

int
check_endpoint_form(const struct endpoint *e)
{
	return is_text(e->text) && is_text(e->host) && is_text(e->service) &&
	    e->error < ENDPOINT_ERROR_MAX && e->literal <= 1 &&
	    address_is_legal(&e->address) &&
	    (e->literal != 0) == (e->address.family != 0);
}

/* A text that could not be split whole is dialled by nobody. */
static int
is_refused(const struct endpoint *e)
{
	if (e->literal)
		return 0;
	switch (e->error) {
	case ENDPOINT_MISSING_PORT:
	case ENDPOINT_TOO_MANY_COLONS:
	case ENDPOINT_MISSING_BRACKET:
	case ENDPOINT_BAD_BRACKET:
		return e->host[0] == '\0' && e->service[0] == '\0';
	case ENDPOINT_INVALID_PORT:
	case ENDPOINT_UNKNOWN_PORT:
	case ENDPOINT_NO_SUCH_HOST:
		return 1;
	default:
		return 0;
	}
}

/* What has a zone is looked up, and never known: see split.c. */
static int
has_zone(const struct address *a)
{
	return a->scope != 0 || a->zone[0] != '\0';
}

/* Of a text that is no endpoint, they may end within a character. */
int
check_endpoint(const struct endpoint *e)
{
	return check_endpoint_form(e) && is_utf8(e->text) &&
	    is_padded(e->host, sizeof(e->host)) &&
	    is_padded(e->service, sizeof(e->service)) &&
	    !has_zone(&e->address) && (e->text[0] != '\0' || e->literal) &&
	    (e->error == ENDPOINT_OK ? endpoint_agrees(e) : is_refused(e));
}

int
check_bound(const struct endpoint *e)
{
	return e->literal ||
	    (e->error == ENDPOINT_OK && strchr(e->host, '%') != NULL);
}

int
check_toxic(const struct toxic_spec *p)
{
	struct toxic_fault fault;
	size_t n;

	if (!is_utf8(p->name) || !toxic_kind_is_known(p->kind) ||
	    p->stream >= STREAM_MAX || p->lease < LEASE_FOR_GOOD ||
	    !is_zero(p->reserved, sizeof(p->reserved)) ||
	    !toxic_tail_is_sound(p))
		return 0;
	n = toxic_schema((enum toxic_kind)p->kind)->nattributes;
	return is_zero(p->values + n,
		   sizeof(p->values) - n * sizeof(p->values[0])) &&
	    toxic_spec_check(p, &fault) == 0;
}

int
check_proxy_spec(const struct proxy_spec *p)
{
	return p->lease >= LEASE_FOR_GOOD && connect_is_sound(&p->connect) &&
	    check_proxy_key(&p->key) && p->key.name[0] != '\0' &&
	    check_endpoint(&p->listen) && check_endpoint(&p->upstream) &&
	    p->enabled <= 1;
}

/* ---- a line of log */

/* They are written as they are. */
static int
is_key(const char *s)
{
	return *s != '\0' &&
	    s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0' &&
	    !log_key_is_reserved(s);
}

/* As JSON has it, and as LOG_INT() makes it: readers take no larger ones. */
static int
is_integer(const char *s)
{
	const char *digits = *s == '-' ? s + 1 : s;

	if (*digits == '0')
		return digits[1] == '\0';
	if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0')
		return 0;
	errno = 0;
	(void)strtoll(s, NULL, 10);
	return errno == 0;
}

/* One field: 's' or 'n', key NUL, value NUL; its length, or 0. */
static size_t
log_field_length(const char *at, size_t left)
{
	const char *end, *value;

	if (left == 0 || (*at != 's' && *at != 'n'))
		return 0;
	if ((end = memchr(at, '\0', left)) == NULL || !is_key(at + 1))
		return 0;
	value = end + 1;
	if ((end = memchr(value, '\0', left - (size_t)(value - at))) == NULL)
		return 0;
	if (*at == 'n' && !is_integer(value))
		return 0;
	return (size_t)(end + 1 - at);
}

/* Of two fields of one key, some readers take the first, some the last. */
static int
is_among(const char *key, const char *const *keys, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(keys[i], key) == 0)
			return 1;
	}
	return 0;
}

int
check_log_record(const struct log_record *r)
{
	const char *keys[LOG_FIELDS_MAX];
	size_t done = 0, n, nkeys = 0;

	if (!is_text(r->message) || r->fields_len > sizeof(r->fields) ||
	    r->level < LOG_TRACE || r->level > LOG_FATAL)
		return 0;
	while (done < r->fields_len) {
		const char *key = r->fields + done + 1;

		n = log_field_length(r->fields + done, r->fields_len - done);
		if (n == 0 || nkeys == nitems(keys) ||
		    is_among(key, keys, nkeys))
			return 0;
		keys[nkeys++] = key;
		done += n;
	}
	return 1;
}
