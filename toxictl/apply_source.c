/* SPDX-License-Identifier: ISC */
/* A file as all that a source wants a server to have: all of it or nothing. */

#include <stdio.h>
#include <stdlib.h>

#include "apply_source.h"
#include "document.h"
#include "fault.h"
#include "json.h"
#include "table.h"
#include "toxictl.h"

/* ---- refused */

static struct fault
fault_of(const struct toxi_fault *f)
{
	return (struct fault){ .item = f->item,
		.name = f->name,
		.field = f->field,
		.source = f->source,
		.text = f->text };
}

static json_t *
json_of_refusal(const struct toxi_error *e, const struct toxi_desired *d)
{
	json_t *json = json_pack(
	    "{s:o,s:i}", "error", json_of_text(e->text), "status", e->status);
	json_t *faults = json_array();
	struct fault f;
	size_t i;

	for (i = 0; i < d->n_faults; i++) {
		f = fault_of(&d->faults[i]);
		json_array_append_new(faults, json_of_fault(&f));
	}
	json_object_set_new(json, "faults", faults);
	if (d->generation != NULL)
		json_object_set_new(
		    json, "generation", json_string(d->generation));
	return json;
}

/* All that is wrong, each on a line. */
static void
say_faults(const struct toxi_desired *d)
{
	char *text, *plain;
	struct fault f;
	size_t i;

	for (i = 0; i < d->n_faults; i++) {
		f = fault_of(&d->faults[i]);
		text = fault_text(&f);
		plain = table_plain(text);
		fprintf(stderr, "%s\n", plain);
		free(plain);
		free(text);
	}
}

static int
refused(const struct ctl *ctl, const struct toxi_error *e, const char *source,
    const struct toxi_desired *d)
{
	int code;

	if (e->code == TOXI_ERR_UNSUPPORTED)
		return fail(ctl, NULL,
		    "%s takes no --source, as Toxiproxy takes none",
		    ctl->server);
	if (d != NULL && ctl->is_json) {
		json_out(stderr, json_of_refusal(e, d));
		return EXIT_FAILED;
	}
	code =
	    fail(ctl, e, "Failed to apply the document of source %s", source);
	if (d != NULL)
		say_faults(d);
	return code;
}

/* ---- applied */

static json_t *
json_of_applied(const struct toxi_desired *d)
{
	json_t *proxies = json_array();
	size_t i;

	for (i = 0; i < d->n_proxies; i++)
		json_array_append_new(proxies,
		    json_pack("{s:s,s:s,s:s*}", "name", d->proxies[i].name,
			"listen", d->proxies[i].listen, "upstream",
			d->proxies[i].upstream));
	return json_pack("{s:s,s:s,s:s*,s:o,s:{s:I,s:I,s:I,s:I}}", "source",
	    d->source, "generation", d->generation, "applied_at", d->applied_at,
	    "proxies", proxies, "changes", "made", (json_int_t)d->made,
	    "replaced", (json_int_t)d->replaced, "removed",
	    (json_int_t)d->removed, "unchanged", (json_int_t)d->unchanged);
}

static void
say_addresses(const struct ctl *ctl, const struct toxi_desired *d)
{
	static const char *const heads[] = { "Name", "Listen", "Upstream" };
	const struct toxi_desired_proxy *p;
	struct table *table;

	if (!ctl->is_terminal) {
		for (p = d->proxies; p < d->proxies + d->n_proxies; p++)
			table_say("%s\t%s\t%s\n", p->name, p->listen,
			    p->upstream != NULL ? p->upstream : "");
		return;
	}
	table = table_new(heads, 3);
	for (p = d->proxies; p < d->proxies + d->n_proxies; p++) {
		table_cell(table, BLUE, "%s", p->name);
		table_cell(table, PLAIN, "%s", p->listen);
		table_cell(
		    table, PLAIN, "%s", p->upstream != NULL ? p->upstream : "");
	}
	table_print(table, ctl->is_coloured);
}

static void
say_applied(const struct ctl *ctl, const struct toxi_desired *d)
{
	char counts[160];

	if (ctl->is_json) {
		json_out(stdout, json_of_applied(d));
		return;
	}
	snprintf(counts, sizeof(counts),
	    "made %lld, replaced %lld, removed %lld, unchanged %lld",
	    (long long)d->made, (long long)d->replaced, (long long)d->removed,
	    (long long)d->unchanged);
	table_say("Source %s is at generation %s: %s\n", d->source,
	    d->generation, counts);
	say_addresses(ctl, d);
}

/* ---- asked */

static int
put(struct ctl *ctl, const struct args *args, const json_t *json)
{
	struct toxi_document document = { .source =
					      args_value(args, FLAG_SOURCE),
		.generation = args_value(args, FLAG_GENERATION),
		.if_match = args_value(args, FLAG_IF_MATCH),
		.force = args_has(args, FLAG_FORCE) };
	char digest[DIGEST_MAX], *text;
	struct toxi_desired *d;
	struct toxi_error e;
	int code = EXIT_OK;

	document_digest(json, digest);
	if (document.generation == NULL)
		document.generation = digest;
	document.json = text = json_text(json);
	if (toxi_desired_put(ctl->toxi, &document, &d, &e) == -1)
		code = refused(ctl, &e, document.source, d);
	else
		say_applied(ctl, d);
	toxi_desired_free(d);
	free(text);
	return code;
}

int
apply_source(struct ctl *ctl, struct args *args)
{
	struct config config;
	json_t *document;
	int code;

	if (args_has(args, FLAG_DRY_RUN))
		return fail_usage(ctl,
		    "--source has no --dry-run: the server says what is wrong "
		    "before it changes anything, and changes all or nothing");
	if (args_has(args, FLAG_PRUNE))
		return fail_usage(ctl,
		    "--source needs no --prune: what the source had before and "
		    "the file has not goes");
	document = document_read(
	    &config, args_word(args), args_has(args, FLAG_PROXIES_ONLY), 0);
	if (document == NULL)
		code = fail(ctl, NULL, "%s:%s", args_word(args), config.error);
	else
		code = put(ctl, args, document);
	json_decref(document);
	config_free(&config);
	return code;
}
