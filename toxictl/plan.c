/* SPDX-License-Identifier: ISC */
/* What has to be done so that a server is as a file says. */

#include <err.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "connect.h"
#include "json.h"
#include "kinds.h"
#include "plan.h"
#include "selects.h"
#include "waves.h"

static void
push(struct plan *plan, struct step step)
{
	struct step *steps;

	if (plan->n == plan->room) {
		plan->room = plan->room * 2 + 16;
		steps = reallocarray(plan->steps, plan->room, sizeof(*steps));
		if (steps == NULL)
			err(1, NULL);
		plan->steps = steps;
	}
	plan->steps[plan->n++] = step;
}

/* The host of an address, as the server would show it. */
static size_t
host_of(const char *address, const char **host)
{
	const char *colon = strrchr(address, ':');
	size_t len =
	    colon != NULL ? (size_t)(colon - address) : strlen(address);

	*host = address;
	if (len == 0 || (len == 7 && strncmp(address, "0.0.0.0", 7) == 0))
		*host = "[::]";
	else if (len == 9 && strncmp(address, "localhost", 9) == 0)
		*host = "127.0.0.1";
	else
		return len;
	return strlen(*host);
}

int
plan_same_listen(const char *wanted, const char *there)
{
	const char *host, *host_there, *port, *port_there;
	size_t len, len_there;

	if (wanted == NULL || *wanted == '\0' || strcmp(wanted, there) == 0)
		return 1;
	len = host_of(wanted, &host);
	len_there = host_of(there, &host_there);
	if (len != len_there || strncmp(host, host_there, len) != 0)
		return 0;
	port = strrchr(wanted, ':');
	port_there = strrchr(there, ':');
	if (port == NULL || port_there == NULL)
		return 0;
	return strcmp(port, ":0") == 0 || strcmp(port, ":") == 0 ||
	    strcmp(port, port_there) == 0;
}

static const struct toxi_attribute *
find_attribute(const struct toxi_toxic *toxic, const char *name)
{
	int i;

	for (i = 0; i < TOXI_ATTRIBUTES && toxic->attributes[i].name != NULL;
	     i++)
		if (strcmp(toxic->attributes[i].name, name) == 0)
			return &toxic->attributes[i];
	return NULL;
}

/* As numbers they are the same however they are written: 1.0 is 1. */
static int
is_same(const json_t *a, const json_t *b)
{
	size_t i, n = json_array_size(a);

	if (json_is_array(a) && json_is_array(b)) {
		for (i = 0; i < n; i++)
			if (!is_same(
				json_array_get(a, i), json_array_get(b, i)))
				return 0;
		return n == json_array_size(b);
	}
	/* Two integers may be further apart than doubles can say. */
	if (json_is_real(a) || json_is_real(b))
		return json_is_number(a) && json_is_number(b) &&
		    json_number_value(a) == json_number_value(b);
	return json_equal(a, b);
}

/* Takes both; NULL: no memory. */
static int
compare(json_t *a, json_t *b)
{
	int same;

	if (a == NULL || b == NULL)
		err(1, NULL);
	same = is_same(a, b);
	json_decref(a);
	json_decref(b);
	return same;
}

/* What is not said is wanted to be as in a new one. */
static int
same_attributes(const struct toxi_toxic *wanted, const struct toxi_toxic *there)
{
	const struct toxi_attribute *a, *b;
	int i;

	for (i = 0; i < TOXI_ATTRIBUTES; i++) {
		a = &wanted->attributes[i];
		if (a->name == NULL)
			break;
		b = find_attribute(there, a->name);
		if (b == NULL ||
		    !compare(json_of_attribute(a), json_of_attribute(b)))
			return 0;
	}
	for (i = 0; i < TOXI_ATTRIBUTES; i++) {
		b = &there->attributes[i];
		if (b->name == NULL)
			break;
		if (find_attribute(wanted, b->name) == NULL &&
		    !compare(
			kinds_default(kinds_attribute_of(there->type, b->name)),
			json_of_attribute(b)))
			return 0;
	}
	return 1;
}

static const struct toxi_toxic *
find_toxic(const struct toxi_proxy *proxy, const char *name)
{
	size_t i;

	for (i = 0; proxy != NULL && i < proxy->toxics.n; i++)
		if (strcmp(proxy->toxics.list[i].name, name) == 0)
			return &proxy->toxics.list[i];
	return NULL;
}

static int
is_same_kind(const struct toxi_toxic *a, const struct toxi_toxic *b)
{
	return a->stream == b->stream && strcmp(a->type, b->type) == 0;
}

/* Those that may not stay: gone from the file, or to be another kind. */
static void
plan_removals(
    struct plan *plan, const struct wanted *w, const struct toxi_proxy *there)
{
	const struct toxi_toxic *toxic;
	size_t i, j;

	for (i = 0; i < there->toxics.n; i++) {
		toxic = &there->toxics.list[i];
		for (j = 0; j < w->n_toxics; j++)
			if (strcmp(w->names[j], toxic->name) == 0 &&
			    is_same_kind(&w->toxics[j], toxic))
				break;
		if (j == w->n_toxics)
			push(plan,
			    (struct step){ .kind = STEP_REMOVE_TOXIC,
				.proxy = there->name,
				.toxic = toxic->name });
	}
}

static void
plan_toxics(
    struct plan *plan, const struct wanted *w, const struct toxi_proxy *there)
{
	struct step step = { .proxy = w->proxy.name };
	const struct toxi_toxic *toxic;
	size_t i;

	if (there != NULL && w->has_toxics)
		plan_removals(plan, w, there);
	for (i = 0; i < w->n_toxics; i++) {
		step.toxic = w->names[i];
		step.as = &w->toxics[i];
		step.was = toxic = find_toxic(there, w->names[i]);
		if (toxic == NULL || !is_same_kind(step.as, toxic))
			step.kind = STEP_ADD_TOXIC;
		else if (!same_attributes(step.as, toxic) ||
		    !select_is_same(step.as->select, toxic->select) ||
		    !waves_are_same(step.as, toxic) ||
		    (float)step.as->toxicity != (float)toxic->toxicity)
			step.kind = STEP_UPDATE_TOXIC;
		else
			continue;
		push(plan, step);
	}
}

static const struct toxi_proxy *
find_proxy(const struct toxi_proxies *proxies, const char *name)
{
	size_t i;

	for (i = 0; i < proxies->n; i++)
		if (strcmp(proxies->list[i].name, name) == 0)
			return &proxies->list[i];
	return NULL;
}

static void
plan_proxy(
    struct plan *plan, const struct wanted *w, const struct toxi_proxy *there)
{
	struct step step = {
		.proxy = w->proxy.name, .from = there, .to = &w->proxy
	};

	step.kind = there == NULL ? STEP_CREATE_PROXY : STEP_UPDATE_PROXY;
	if (there == NULL ||
	    !plan_same_listen(w->proxy.listen, there->listen) ||
	    strcmp(w->proxy.upstream, there->upstream) != 0 ||
	    w->proxy.state != there->state ||
	    (w->proxy.connect != NULL &&
		!connect_same(w->proxy.connect, there->connect)))
		push(plan, step);
	plan_toxics(plan, w, there);
}

static int
is_wanted(const struct config *config, const char *name)
{
	size_t i;

	for (i = 0; i < config->n; i++)
		if (strcmp(config->list[i].proxy.name, name) == 0)
			return 1;
	return 0;
}

/* Deletions first: they free addresses that others may want. */
void
plan_make(struct plan *plan, const struct config *config,
    const struct toxi_proxies *there, int prune)
{
	const char *name;
	size_t i;

	memset(plan, 0, sizeof(*plan));
	for (i = 0; prune && i < there->n; i++) {
		name = there->list[i].name;
		if (!is_wanted(config, name))
			push(plan,
			    (struct step){
				.kind = STEP_DELETE_PROXY, .proxy = name });
	}
	for (i = 0; i < config->n; i++)
		plan_proxy(plan, &config->list[i],
		    find_proxy(there, config->list[i].proxy.name));
}

void
plan_free(struct plan *plan)
{
	free(plan->steps);
}
