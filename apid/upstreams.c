/* SPDX-License-Identifier: ISC */
/*
 * "upstreams": {"allow": [...], "deny": [...]} of a configuration file.  What
 * the rules mean is diald's to know.
 */

#include <stdio.h>
#include <string.h>

#include "file.h"
#include "meant.h"
#include "nitems.h"
#include "policy_text.h"
#include "values.h"

static const char *const lists[] = {
	[RULES_DENY] = "deny",
	[RULES_ALLOW] = "allow",
};

int
upstreams_are(const char *key, json_t *value)
{
	return strcasecmp(key, "upstreams") == 0 &&
	    (member(value, "allow") != NULL || member(value, "deny") != NULL);
}

static void
add(struct reading *reading, const char *path, const struct policy_rule *r)
{
	struct config *c = reading->config;

	if (c->nrules == RULES_MAX) {
		complain(reading, path,
		    "%s: there are more than %d rules in the file", path,
		    RULES_MAX);
		return;
	}
	c->rules = room_for_one_more(c->rules, c->nrules, sizeof(*c->rules));
	c->rules[c->nrules++] = *r;
}

void
rules_read(struct reading *reading, enum rule_list list, const char *path,
    json_t *values, rule_fault_fn *fault)
{
	struct policy_rule r = { .policy_id = reading->policy_id,
		.list = (uint8_t)list };
	const char *text, *why;
	struct path nth;
	json_t *v;
	size_t i;

	json_array_foreach(values, i, v)
	{
		nth = path_nth(path, i);
		r.number = (uint16_t)i;
		if ((text = json_string_value(v)) == NULL)
			complain(reading, nth.text,
			    "%s: expected a string, got %s", nth.text,
			    type_name(v));
		else if ((why = policy_rule_read(&r, text)) != NULL ||
		    (why = fault(&r)) != NULL)
			complain(reading, nth.text, "%s: \"%.128s\": %s",
			    nth.text, text, why);
		else
			add(reading, nth.text, &r);
	}
}

static const char *
no_fault(const struct policy_rule *r)
{
	(void)r;
	return NULL;
}

/* Who writes that nothing is allowed may have meant all: it is asked. */
static void
read_list(struct reading *r, enum rule_list list, json_t *value)
{
	struct path path = path_of("upstreams", lists[list]);

	if (!is_list(r, path.text, value, LIST_RULES_MAX))
		return;
	if (json_array_size(value) == 0 && list == RULES_ALLOW)
		complain(r, path.text,
		    "%s: nothing is in it: leave it out to allow all, or deny "
		    "\"*\"",
		    path.text);
	rules_read(r, list, path.text, value, no_fault);
}

static void
unknown(struct reading *r, const char *key)
{
	char path[96];

	snprintf(path, sizeof(path), "upstreams.%.64s", key);
	complain_of_key(r, path, meant(key, lists, nitems(lists)));
}

/* Of two that differ in case no one is passed over, as of other members. */
void
upstreams_read(struct reading *r, json_t *value)
{
	unsigned int seen[nitems(lists)] = { 0 };
	const char *key;
	size_t list;
	json_t *v;

	if (!is_object(r, "upstreams", value))
		return;
	json_object_foreach(value, key, v)
	{
		for (list = 0; list < nitems(lists); list++) {
			if (strcasecmp(key, lists[list]) == 0)
				break;
		}
		if (list == nitems(lists))
			unknown(r, key);
		else if (seen[list]++ > 0)
			complain(r, "upstreams",
			    "upstreams.%s: it is there twice", lists[list]);
		else
			read_list(r, (enum rule_list)list, v);
	}
}
