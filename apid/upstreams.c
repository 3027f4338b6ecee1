/* SPDX-License-Identifier: ISC */
/*
 * "upstreams": {"allow": [...], "deny": [...]} of a configuration file.  What
 * the rules mean is diald's to know.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "log.h"
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
add(struct config *c, const struct policy_rule *r)
{
	c->rules = reallocarray(c->rules, c->nrules + 1, sizeof(*c->rules));
	if (c->rules == NULL)
		fatal("%s", __func__);
	c->rules[c->nrules++] = *r;
}

void
rules_read(struct config *c, enum rule_list list, const char *path,
    json_t *values, rule_fault_fn *fault, struct complaints *of)
{
	struct policy_rule r = { .list = (uint8_t)list };
	const char *text, *why;
	char nth[48];
	json_t *v;
	size_t i;

	json_array_foreach(values, i, v)
	{
		snprintf(nth, sizeof(nth), "%s[%zu]", path, i);
		r.number = (uint16_t)i;
		if ((text = json_string_value(v)) == NULL)
			complain(of, nth, "%s: expected a string, got %s", nth,
			    type_name(v));
		else if ((why = policy_rule_read(&r, text)) != NULL ||
		    (why = fault(&r)) != NULL)
			complain(of, nth, "%s: \"%.128s\": %s", nth, text, why);
		else
			add(c, &r);
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
read_list(
    struct config *c, enum rule_list list, json_t *value, struct complaints *of)
{
	size_t n = json_array_size(value);
	char path[32];

	snprintf(path, sizeof(path), "upstreams.%s", lists[list]);
	if (!json_is_array(value))
		complain(of, path, "%s: expected an array, got %s", path,
		    type_name(value));
	else if (n > LIST_RULES_MAX)
		complain(of, path, "%s: there are more than %d", path,
		    LIST_RULES_MAX);
	else if (n == 0 && list == RULES_ALLOW)
		complain(of, path,
		    "%s: nothing is in it: leave it out to allow all, or deny "
		    "\"*\"",
		    path);
	else
		rules_read(c, list, path, value, no_fault, of);
}

static void
unknown(const char *key, struct complaints *of)
{
	const char *near = meant(key, lists, nitems(lists));
	char path[96];

	snprintf(path, sizeof(path), "upstreams.%.64s", key);
	complain(of, path, "%s: unknown key%s%s%s", path,
	    near != NULL ? ": did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
}

/* Of two that differ in case no one is passed over, as of other members. */
void
upstreams_read(struct config *c, json_t *value, struct complaints *of)
{
	unsigned int seen[nitems(lists)] = { 0 };
	const char *key;
	size_t list;
	json_t *v;

	if (!json_is_object(value)) {
		complain(of, "upstreams",
		    "upstreams: expected an object, got %s", type_name(value));
		return;
	}
	json_object_foreach(value, key, v)
	{
		for (list = 0; list < nitems(lists); list++) {
			if (strcasecmp(key, lists[list]) == 0)
				break;
		}
		if (list == nitems(lists))
			unknown(key, of);
		else if (seen[list]++ > 0)
			complain(of, "upstreams",
			    "upstreams.%s: it is there twice", lists[list]);
		else
			read_list(c, (enum rule_list)list, v, of);
	}
}
