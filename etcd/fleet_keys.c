/* SPDX-License-Identifier: ISC */
/* Where in etcd things of a fleet are. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet_keys.h"

#define WORD_MAX 63 /* characters of a node, and of each side of a label */

const char *const fleet_kinds[FLEET_KINDS] = {
	[FLEET_PROXIES] = "proxies",
	[FLEET_SCENARIOS] = "scenarios",
};

static const char *const scopes[FLEET_SCOPES] = {
	[FLEET_ALL] = "all",
	[FLEET_LABEL] = "label",
	[FLEET_NODE] = "node",
};

static const char *const places[FLEET_PLACES] = {
	[FLEET_DRAIN] = "drain",
	[FLEET_STATUS] = "status",
	[FLEET_KNOWN] = "nodes",
};

/* ---- words */

const char *
fleet_prefix_fault(const char *prefix)
{
	size_t len = strlen(prefix);

	if (len < 2 || prefix[0] != '/')
		return "has to begin with a slash, and a name behind it";
	if (prefix[len - 1] == '/')
		return "may not end with a slash";
	if (len > 255)
		return "is longer than 255 characters";
	return NULL;
}

static const char *
word_fault(const char *word, size_t len)
{
	static const char of[] = "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	if (len == 0)
		return "is empty";
	if (len > WORD_MAX)
		return "is longer than 63 characters";
	if (strspn(word, of) < len)
		return "has other characters than letters, digits, '.', '_' "
		       "and '-'";
	return NULL;
}

const char *
fleet_node_fault(const char *node)
{
	return word_fault(node, strlen(node));
}

const char *
fleet_label_fault(const char *label)
{
	const char *equals = strchr(label, '='), *fault;

	if (equals == NULL)
		return "is not KEY=VALUE";
	fault = word_fault(label, (size_t)(equals - label));
	return fault ? fault : word_fault(equals + 1, strlen(equals + 1));
}

/* ---- keys */

static char *__attribute__((__format__(printf, 1, 2)))
text_of(const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	return n == -1 ? NULL : text;
}

char *
fleet_scope_key(const char *prefix, enum fleet_scope scope, const char *which)
{
	if (scope == FLEET_ALL)
		return text_of("%s/desired/%s/", prefix, scopes[scope]);
	return text_of("%s/desired/%s/%s/", prefix, scopes[scope], which);
}

char *
fleet_item_key(const char *prefix, enum fleet_scope scope, const char *which,
    enum fleet_kind kind, const char *name)
{
	char *dir = fleet_scope_key(prefix, scope, which);
	char *written = percent_encode(name), *key = NULL;

	if (dir != NULL && written != NULL)
		key = text_of("%s%s/%s", dir, fleet_kinds[kind], written);
	free(dir);
	free(written);
	return key;
}

char *
fleet_place_key(const char *prefix, enum fleet_place place, const char *node)
{
	return text_of(
	    "%s/%s/%s", prefix, places[place], node != NULL ? node : "");
}

/* What is behind it, or NULL. */
static const char *
behind(const char *text, const char *beginning)
{
	size_t len = strlen(beginning);

	return strncmp(text, beginning, len) == 0 ? text + len : NULL;
}

static const char *
behind_folder(const char *text, const char *folder)
{
	const char *at = text == NULL ? NULL : behind(text, folder);

	return at != NULL && *at == '/' ? at + 1 : NULL;
}

const char *
fleet_place_node(const char *prefix, enum fleet_place place, const char *key)
{
	const char *node =
	    behind_folder(behind_folder(key, prefix), places[place]);

	return node != NULL && fleet_node_fault(node) == NULL ? node : NULL;
}

/* Where its kind begins, or NULL. */
static const char *
read_scope(const char *at, struct fleet_item *item)
{
	const char *in = behind_folder(at, scopes[FLEET_ALL]), *end;
	enum fleet_scope scope;

	item->scope = FLEET_ALL;
	item->which[0] = '\0';
	if (in != NULL)
		return in;
	scope =
	    behind_folder(at, scopes[FLEET_NODE]) ? FLEET_NODE : FLEET_LABEL;
	in = behind_folder(at, scopes[scope]);
	if (in == NULL || (end = strchr(in, '/')) == NULL ||
	    (size_t)(end - in) >= sizeof(item->which))
		return NULL;
	item->scope = scope;
	memcpy(item->which, in, (size_t)(end - in));
	item->which[end - in] = '\0';
	if ((scope == FLEET_NODE ? fleet_node_fault(item->which)
				 : fleet_label_fault(item->which)) != NULL)
		return NULL;
	return end + 1;
}

/* A name that would be written otherwise is none: it would be there twice. */
static int
read_name(const char *written, struct fleet_item *item)
{
	char *again;
	int is_same;

	item->name = percent_decode(written);
	if (item->name == NULL)
		return 1;
	if ((again = percent_encode(item->name)) == NULL) {
		free(item->name);
		return -1;
	}
	is_same = *written != '\0' && strcmp(again, written) == 0;
	free(again);
	if (!is_same)
		free(item->name);
	return !is_same;
}

int
fleet_item_read(const char *prefix, const char *key, struct fleet_item *item)
{
	const char *at = behind_folder(behind_folder(key, prefix), "desired");
	const char *name;
	unsigned int kind;
	int rc = 1;

	if (at == NULL || (at = read_scope(at, item)) == NULL)
		return 1;
	for (kind = 0; kind < FLEET_KINDS; kind++) {
		if ((name = behind_folder(at, fleet_kinds[kind])) == NULL)
			continue;
		item->kind = (enum fleet_kind)kind;
		rc = read_name(name, item);
	}
	if (rc != 0)
		item->name = NULL;
	return rc;
}
