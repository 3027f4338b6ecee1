/* SPDX-License-Identifier: ISC */
/* A toxic's select as a text: see toxic_select.h. */

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind_policy_text.h"
#include "text_put.h"
#include "toxic_select.h"

/* ---- clients */

const char *
select_client_text(
    const struct bind_rule *r, char text[SELECT_CLIENT_TEXT_MAX + 1])
{
	char ip[INET6_ADDRSTRLEN] = "";

	inet_ntop(r->family == 4 ? AF_INET : AF_INET6, r->ip, ip, sizeof(ip));
	snprintf(
	    text, SELECT_CLIENT_TEXT_MAX + 1, "%s/%u", ip, (unsigned)r->bits);
	return text;
}

/* "[fd00::/8]" as the configuration file has it will do, too. */
const char *
select_client_read(struct bind_rule *r, const char *given)
{
	static const char none[] =
	    "it is no address, nor what addresses begin with, as 10.0.0.0/8";
	char text[SELECT_CLIENT_TEXT_MAX + 3], *at = text;
	size_t len = strlen(given);

	if (len >= sizeof(text))
		return none;
	text_put(text, sizeof(text), given);
	if (text[0] == '[' && text[len - 1] == ']') {
		text[len - 1] = '\0';
		at++;
	}
	if (at[strspn(at, "0123456789abcdefABCDEF.:/")] != '\0')
		return none;
	memset(r, 0, sizeof(*r));
	r->last = UINT16_MAX;
	return bind_prefix_read(r, at, strchr(at, ':') != NULL ? 6 : 4);
}

/* ---- all of it */

static size_t
put_clients(const struct toxic_select *s, char *text, size_t size)
{
	char client[SELECT_CLIENT_TEXT_MAX + 1];
	size_t i, len = 0;

	for (i = 0; i < s->nclients; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%s",
		    i == 0 ? " clients=" : ",",
		    select_client_text(&s->clients[i], client));
	return len;
}

const char *
toxic_select_text(const struct toxic_spec *spec, char text[SELECT_TEXT_MAX + 1])
{
	struct toxic_select s;
	size_t len = 0;

	text[0] = '\0';
	(void)toxic_select_get(spec, &s);
#define X(name, min, help)                                                     \
	if (s.name != 0)                                                       \
		len += (size_t)snprintf(text + len, SELECT_TEXT_MAX + 1 - len, \
		    " " #name "=%" PRIu32, s.name);
	SELECT_COUNTS(X)
	len += put_clients(&s, text + len, SELECT_TEXT_MAX + 1 - len);
	SELECT_TIMES(X)
#undef X
	return text + (text[0] == ' ');
}

/* Returns what is behind it; NULL: it is none. */
static const char *
read_number(uint32_t *value, const char *text)
{
	unsigned long n;
	char *end;

	if (text[0] < '1' || text[0] > '9')
		return NULL;
	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno != 0 || n > SELECT_NUMBER_MAX)
		return NULL;
	*value = (uint32_t)n;
	return end;
}

static const char *
read_clients(struct toxic_select *s, const char *text)
{
	char one[SELECT_CLIENT_TEXT_MAX + 1];
	size_t len;

	for (;; text += len + 1) {
		len = strcspn(text, ", ");
		if (len >= sizeof(one) || s->nclients == SELECT_CLIENTS_MAX)
			return NULL;
		memcpy(one, text, len);
		one[len] = '\0';
		if (select_client_read(&s->clients[s->nclients++], one) != NULL)
			return NULL;
		if (text[len] != ',')
			return text + len;
	}
}

/* One member; likewise. */
static const char *
read_member(struct toxic_select *s, const char *text)
{
	const size_t len = strcspn(text, "=");

#define IS(name) (len == sizeof(name) - 1 && memcmp(text, name, len) == 0)
	if (text[len] == '\0')
		return NULL;
	if (IS("clients"))
		return s->nclients == 0 ? read_clients(s, text + len + 1)
					: NULL;
#define X(name, min, help) \
	if (IS(#name))     \
		return read_number(&s->name, text + len + 1);
	SELECT_NUMBERS(X)
#undef X
#undef IS
	return NULL;
}

int
toxic_select_read(struct toxic_spec *spec, const char *text)
{
	struct toxic_select s;
	char why[64];

	memset(&s, 0, sizeof(s));
	s.base = SELECT_FROM_NOW;
	while (*text != '\0') {
		if ((text = read_member(&s, text)) == NULL ||
		    (*text == ' ' ? *++text == '\0' : *text != '\0'))
			return -1;
	}
	if (toxic_select_fault(&s, why, sizeof(why)) != NULL)
		return -1;
	toxic_select_set(spec, &s);
	return 0;
}
