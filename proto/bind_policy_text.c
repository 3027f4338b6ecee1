/* SPDX-License-Identifier: ISC */
/* -bind-policy as it is written. */

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "bind_policy.h"
#include "bind_policy_text.h"

/* "[a full IPv6 address/128]:65535-65535", and a little more to complain of */
#define ENTRY_MAX 79

/* What IPv4 addresses begin with in IPv6's clothes. */
#define MAPPED_BITS 96

/* 0, or -1.  The first digit of text is one, or there is none. */
static int
read_number(const char *text, unsigned long max, unsigned long *value)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 5 || text[digits] != '\0')
		return -1;
	*value = strtoul(text, NULL, 10);
	return *value <= max ? 0 : -1;
}

const char *
bind_ports_read(struct bind_rule *r, char *text)
{
	static const char wrong[] = "its ports are none: *, 80 or 8000-8999";
	unsigned long first, last;
	char *dash = strchr(text, '-');

	if (strcmp(text, "*") == 0) {
		r->first = 0;
		r->last = UINT16_MAX;
		return NULL;
	}
	if (dash != NULL)
		*dash = '\0';
	if (read_number(text, UINT16_MAX, &first) == -1 ||
	    read_number(dash != NULL ? dash + 1 : text, UINT16_MAX, &last) ==
		-1)
		return wrong;
	if (first > last)
		return "its ports end before they begin";
	r->first = (uint16_t)first;
	r->last = (uint16_t)last;
	return NULL;
}

/* Some bit is set behind the prefix. */
static int
is_longer(const struct bind_rule *r)
{
	size_t i, bits = r->bits;

	for (i = 0; i < sizeof(r->ip); i++) {
		if (i * 8 >= bits ? r->ip[i] != 0
				  : i * 8 + 8 > bits &&
			    (r->ip[i] & 0xff >> bits % 8) != 0)
			return 1;
	}
	return 0;
}

/* A wildcard is called by its name, and not by that of an address. */
static const char *
check_prefix(const struct bind_rule *r)
{
	static const uint8_t zero[sizeof(r->ip)];

	if (is_longer(r))
		return "its address goes on behind its prefix";
	if (r->bits == (r->family == 4 ? 32 : 128) &&
	    memcmp(r->ip, zero, sizeof(zero)) == 0)
		return "it is all addresses: say so, with *, 0.0.0.0/0 or "
		       "[::/0]";
	return NULL;
}

/* ::ffff:10.0.0.0/104 is 10.0.0.0/8 */
static void
unmap(struct bind_rule *r)
{
	struct address a = { .family = r->family };

	memcpy(a.ip, r->ip, sizeof(a.ip));
	a = address_unmapped(&a);
	if (a.family == r->family || r->bits < MAPPED_BITS)
		return;
	r->family = 4;
	r->bits = (uint8_t)(r->bits - MAPPED_BITS);
	memcpy(r->ip, a.ip, sizeof(r->ip));
}

const char *
bind_prefix_read(struct bind_rule *r, char *text, int family)
{
	unsigned long bits = family == 4 ? 32 : 128;
	char *slash = strchr(text, '/');

	r->family = (uint8_t)family;
	if (slash != NULL)
		*slash = '\0';
	if (strchr(text, '%') != NULL)
		return "a zone cannot be said: it is for all interfaces";
	if (inet_pton(family == 4 ? AF_INET : AF_INET6, text, r->ip) != 1)
		return family == 4 ? "it begins with no IPv4 address, no IPv6 "
				     "address in brackets, and no *"
				   : "what its brackets hold is no IPv6 "
				     "address";
	if (slash != NULL && read_number(slash + 1, bits, &bits) == -1)
		return "its prefix has no good length";
	r->bits = (uint8_t)bits;
	unmap(r);
	return check_prefix(r);
}

/* The colon before the ports; NULL: there is none. */
static char *
find_ports(char *text)
{
	char *end = text[0] == '[' ? strchr(text, ']') : text;

	if (end == NULL || (end != text && end[1] != ':'))
		return NULL;
	return strchr(end, ':');
}

const char *
bind_rule_read(struct bind_rule *r, char *text)
{
	char *colon = find_ports(text);
	const char *why = NULL;

	memset(r, 0, sizeof(*r));
	if (colon == NULL)
		return "it has no ports: *, 80 or 8000-8999 behind a colon";
	if (strchr(colon + 1, ':') != NULL)
		return "an IPv6 address is in brackets, with its prefix: "
		       "[fd00::/8]:80";
	*colon = '\0';
	if (text[0] == '[') {
		colon[-1] = '\0';
		why = bind_prefix_read(r, text + 1, 6);
	} else if (strcmp(text, "*") != 0) {
		why = bind_prefix_read(r, text, 4);
	}
	return why != NULL ? why : bind_ports_read(r, colon + 1);
}

static int
add(struct bind_policy *policy, const char *entry, size_t len, char *why,
    size_t size)
{
	char text[ENTRY_MAX + 1];
	const char *wrong;

	if (policy->n == BIND_RULES_MAX) {
		snprintf(why, size, "there are more than %d", BIND_RULES_MAX);
		return -1;
	}
	snprintf(text, sizeof(text), "%.*s", (int)len, entry);
	wrong = len <= ENTRY_MAX
	    ? bind_rule_read(&policy->rules[policy->n], text)
	    : "it is too long";
	if (wrong == NULL) {
		policy->n++;
		return 0;
	}
	snprintf(why, size, "\"%.*s\": %s",
	    (int)(len <= ENTRY_MAX ? len : ENTRY_MAX), entry, wrong);
	return -1;
}

int
bind_policy_add(
    struct bind_policy *policy, const char *list, char *why, size_t size)
{
	size_t len;

	for (;; list += len + 1) {
		len = strcspn(list, ",");
		if (add(policy, list, len, why, size) == -1)
			return -1;
		if (list[len] == '\0')
			return 0;
	}
}
