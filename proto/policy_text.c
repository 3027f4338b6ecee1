/* SPDX-License-Identifier: ISC */
/* Rules of whom proxies may reach, as they are written. */

#include <stdio.h>
#include <string.h>

#include "bind_policy_text.h"
#include "policy_rule.h"
#include "policy_text.h"

#define PORTS_MAX 11 /* "65534-65535" */

/* ---- addresses */

/* "[fd00::]/8:80" is "[fd00::/8]:80". */
static void
take_prefix_in(char *text)
{
	char *end = strchr(text, ']');
	size_t n;

	if (text[0] != '[' || end == NULL || end[1] != '/')
		return;
	n = strcspn(end + 1, ":");
	memmove(end, end + 1, n);
	end[n] = ']';
}

static const char *
read_prefix(struct policy_rule *r, char *text, size_t size)
{
	const char *end;
	size_t len;

	take_prefix_in(text);
	end = text[0] == '[' ? strchr(text, ']') : text;
	len = strlen(text);
	if (end != NULL && strchr(end, ':') == NULL)
		snprintf(text + len, size - len, ":*");
	r->kind = RULE_PREFIX;
	return bind_rule_read(&r->where, text);
}

/* "*:80", too; "*.example" is a name. */
static int
is_prefix(const char *text)
{
	size_t digits = strspn(text, "0123456789./");

	return text[0] == '[' ||
	    (text[0] == '*' && (text[1] == ':' || text[1] == '\0')) ||
	    (digits > 0 && (text[digits] == ':' || text[digits] == '\0'));
}

/* ---- names */

/* Lower case, and no dot at its end.  Letters that ASCII has not are bytes. */
static void
take_name(char *name)
{
	size_t len = strlen(name);
	char *c;

	if (len > 0 && name[len - 1] == '.')
		name[len - 1] = '\0';
	for (c = name; *c != '\0'; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	}
}

static int
is_of_a_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	    c == '_' || (unsigned char)c >= 0x80;
}

/* Whatever ends in one is read as an address by somebody. */
static int
is_number(const char *label)
{
	if (label[0] == '0' && label[1] == 'x')
		return label[2 + strspn(label + 2, "0123456789abcdef")] == '\0';
	return label[0] != '\0' && label[strspn(label, "0123456789")] == '\0';
}

static const char *
check_name(const char *name)
{
	static const char none[] = "it is no address, no name, and none of "
				   "loopback, link-local, multicast, private, "
				   "self";
	const char *label = name;
	size_t n;

	if (name[0] == '*' && name[1] == '.')
		label = name + 2;
	for (;; label += n + 1) {
		for (n = 0; is_of_a_name(label[n]); n++)
			continue;
		if (n == 0 || n > 63)
			return none;
		if (label[n] == '\0')
			break;
		if (label[n] != '.')
			return none;
	}
	return is_number(label) ? "no name ends in a number: an address is "
				  "written as 10.0.0.0/8"
				: NULL;
}

static const char *
read_word(struct policy_rule *r, const char *name)
{
	const char *word;
	unsigned int kind;

	for (kind = 0; kind < RULE_KINDS; kind++) {
		word = rule_kind_word(kind);
		if (word != NULL && strcmp(name, word) == 0) {
			r->kind = (uint8_t)kind;
			return NULL;
		}
	}
	r->kind = RULE_NAME;
	snprintf(r->name, sizeof(r->name), "%.*s", HOST_MAX, name);
	return check_name(r->name);
}

static const char *
read_name(struct policy_rule *r, char *text)
{
	static char all[] = "*";
	char *colon = strchr(text, ':');
	const char *why;

	if (colon != NULL)
		*colon++ = '\0';
	if (colon != NULL && strchr(colon, ':') != NULL)
		return "an IPv6 address is in brackets, with its prefix: "
		       "[fd00::/8]:80";
	take_name(text);
	if (strlen(text) > HOST_MAX)
		return "it is too long";
	why = read_word(r, text);
	return why != NULL
	    ? why
	    : bind_ports_read(&r->where, colon != NULL ? colon : all);
}

const char *
policy_rule_read(struct policy_rule *r, const char *given)
{
	char text[HOST_MAX + 2 + PORTS_MAX + 3];

	memset(&r->where, 0, sizeof(r->where));
	memset(r->name, 0, sizeof(r->name));
	if (strlen(given) > HOST_MAX + 2 + PORTS_MAX)
		return "it is too long";
	snprintf(text, sizeof(text), "%s", given);
	return is_prefix(text) ? read_prefix(r, text, sizeof(text))
			       : read_name(r, text);
}
