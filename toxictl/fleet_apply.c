/* SPDX-License-Identifier: ISC */
/* A file as what the nodes of a fleet, or some of them, are to have. */

#include <stdio.h>
#include <string.h>

#include "document.h"
#include "fleet.h"
#include "fleet_write.h"
#include "json.h"
#include "table.h"

struct applying {
	const struct ctl *ctl;
	struct fleet_target target;
	const char *text; /* the scope's */
	struct fleet_plan plan;
	struct fleet_written written;
	int is_dry;
};

static const char *
action(const struct fleet_change *c)
{
	if (c->value == NULL)
		return "delete";
	return c->was != 0 ? "update" : "create";
}

static const char *
what(const struct fleet_change *c)
{
	return c->kind == FLEET_PROXIES ? "proxy" : "scenario";
}

static json_t *
json_of_plan(const struct applying *a)
{
	const struct fleet_change *c;
	json_t *changes = json_array();
	size_t i;

	for (i = 0; i < a->plan.n; i++) {
		c = &a->plan.list[i];
		json_array_append_new(changes,
		    json_pack("{s:s,s:s,s:s}", "action", action(c), "what",
			what(c), "name", c->name));
	}
	return json_pack("{s:s,s:I,s:o,s:I,s:I}", "scope", a->text, "revision",
	    (json_int_t)a->written.revision, "changes", changes, "unchanged",
	    (json_int_t)a->plan.unchanged, "transactions",
	    (json_int_t)a->written.parts);
}

static void
say_change(const struct applying *a, const struct fleet_change *c)
{
	enum colour colour = c->value == NULL ? RED
	    : c->was != 0                     ? YELLOW
					      : GREEN;

	printf("%s%s%s ", table_colour(colour, a->ctl->is_coloured), action(c),
	    table_colour(PLAIN, a->ctl->is_coloured));
	table_say("%s %s%s\n", what(c), c->name,
	    c->value != NULL && strcmp(c->value, "null") == 0
		? ": these nodes have none"
		: "");
}

static void
say_end(const struct applying *a)
{
	char counts[96];

	if (a->plan.n == 0) {
		table_say("%s is as it should be.\n", a->text);
		return;
	}
	snprintf(counts, sizeof(counts), "%zu changed, %zu unchanged",
	    a->plan.n, a->plan.unchanged);
	if (a->is_dry) {
		table_say("%s would be: %s\n", a->text, counts);
		return;
	}
	table_say("%s: %s, ", a->text, counts);
	printf("revision %lld\n", (long long)a->written.revision);
	if (a->written.parts > 1)
		printf("It took %zu transactions: nodes may have seen what is "
		       "between, where nothing is missing that was before and "
		       "is now.\n",
		    a->written.parts);
}

static void
say(const struct applying *a)
{
	size_t i;

	if (a->ctl->is_json) {
		json_out(stdout, json_of_plan(a));
		return;
	}
	for (i = 0; i < a->plan.n; i++)
		say_change(a, &a->plan.list[i]);
	say_end(a);
}

static int
apply(struct applying *a, const struct args *args, const json_t *document)
{
	char digest[DIGEST_MAX];
	struct fleet_store s;
	int code, rc;

	if (fleet_open(&s, a->ctl, args, &code) == -1)
		return code;
	document_digest(document, digest);
	rc = fleet_plan_make(&a->plan, &s, &a->target, document);
	if (rc == 0 && !a->is_dry)
		rc = fleet_write(&s, a->text, digest, &a->plan, &a->written);
	if (a->is_dry)
		a->written.revision = a->plan.revision;
	if (rc == 0)
		say(a);
	fleet_plan_free(&a->plan);
	fleet_close(&s);
	return rc == 0 ? EXIT_OK : EXIT_FAILED;
}

static int
apply_file(struct applying *a, const struct args *args)
{
	struct config config;
	json_t *document = document_read(
	    &config, args_word(args), args_has(args, FLAG_PROXIES_ONLY), 1);
	int code;

	if (document != NULL)
		code = apply(a, args, document);
	else
		code =
		    fail(a->ctl, NULL, "%s:%s", args_word(args), config.error);
	json_decref(document);
	config_free(&config);
	return code;
}

int
cmd_fleet_apply(struct ctl *ctl, struct args *args)
{
	struct applying a = { .ctl = ctl,
		.text = args_value(args, FLAG_SCOPE),
		.is_dry = args_has(args, FLAG_DRY_RUN) };
	const char *fault;

	if (args->n_words != 1)
		return fail_usage(ctl, "one FILE is wanted, or -");
	if (a.text == NULL)
		a.text = "all";
	if (fleet_target_read(&a.target, a.text, &fault) == -1)
		return fail(ctl, NULL, "--scope %.100s: it %s", a.text, fault);
	return apply_file(&a, args);
}
