/* SPDX-License-Identifier: ISC */
/* Networks by name: which there are, and of a proxy. */

#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "show.h"
#include "table.h"
#include "toxictl.h"

static json_t *
json_of_profile(const struct toxi_profile *p)
{
	json_t *json, *missing = NULL;
	size_t i;

	if (p->n_missing > 0)
		missing = json_array();
	for (i = 0; i < p->n_missing; i++)
		json_array_append_new(missing, json_string(p->missing[i]));
	json = json_pack("{s:s,s:s*,s:s*,s:o}", "name", p->name, "description",
	    p->description, "source", p->source, "toxics",
	    json_of_toxics(&p->toxics));
	if (p->loss_percent > 0)
		json_object_set_new(
		    json, "loss_percent", json_real(p->loss_percent));
	if (missing != NULL)
		json_object_set_new(json, "missing", missing);
	return json;
}

static int
fail_profile(const struct ctl *ctl, const struct toxi_error *err,
    const char *what, const char *proxy)
{
	if (err->code == TOXI_ERR_UNSUPPORTED)
		return fail(ctl, NULL,
		    "%s has no profiles, as Toxiproxy has none", ctl->server);
	return fail(ctl, err, "Failed to %s%s", what, proxy);
}

void
profile_say_missing(const struct toxi_profile *p, FILE *to)
{
	char *plain;
	size_t i;

	for (i = 0; i < p->n_missing; i++) {
		plain = table_plain(p->missing[i]);
		fprintf(to, "It is applied without %s\n", plain);
		free(plain);
	}
}

/* Each on a line: its name, type, stream and attributes. */
static void
say_toxics(const struct toxi_profile *p)
{
	const struct toxi_toxic *t;
	char *text;

	for (t = p->toxics.list; t < p->toxics.list + p->toxics.n; t++) {
		text = show_attributes(t);
		table_say(
		    "%s\t%s\t%s\t%s\n", t->name, t->type, show_stream(t), text);
		free(text);
	}
}

/* ---- which there are */

static void
list_on_terminal(const struct ctl *ctl, const struct toxi_profiles *all)
{
	static const char *const heads[] = { "Name", "Network", "Source" };
	struct table *table = table_new(heads, 3);
	const struct toxi_profile *p;

	for (p = all->list; p < all->list + all->n; p++) {
		table_cell(table, BLUE, "%s", p->name);
		table_cell(table, PLAIN, "%s",
		    p->description != NULL ? p->description : "");
		table_cell(
		    table, PLAIN, "%s", p->source != NULL ? p->source : "");
	}
	table_print(table, ctl->is_coloured);
}

static void
list_in_lines(const struct toxi_profiles *all)
{
	const struct toxi_profile *p;

	for (p = all->list; p < all->list + all->n; p++)
		table_say("%s\t%s\t%s\n", p->name,
		    p->description != NULL ? p->description : "",
		    p->source != NULL ? p->source : "");
}

int
cmd_profile_list(struct ctl *ctl, struct args *args)
{
	struct toxi_profiles *all;
	struct toxi_error err;
	json_t *array;
	size_t i;

	(void)args;
	if (toxi_profile_list(ctl->toxi, &all, &err) == -1)
		return fail_profile(ctl, &err, "list profiles", "");
	if (ctl->is_json) {
		array = json_array();
		for (i = 0; i < all->n; i++)
			json_array_append_new(
			    array, json_of_profile(&all->list[i]));
		json_out(stdout, array);
	} else if (ctl->is_terminal) {
		list_on_terminal(ctl, all);
	} else {
		list_in_lines(all);
	}
	toxi_profiles_free(all);
	return EXIT_OK;
}

/* ---- of a proxy */

int
cmd_profile_show(struct ctl *ctl, struct args *args)
{
	const char *proxy = args_word(args);
	struct toxi_profile *p;
	struct toxi_error err;

	if (proxy == NULL)
		return fail_usage(ctl, "a PROXY is wanted");
	if (toxi_profile_get(ctl->toxi, proxy, &p, &err) == -1)
		return fail_profile(
		    ctl, &err, "show the profile of proxy ", proxy);
	if (ctl->is_json) {
		json_out(stdout, json_of_profile(p));
	} else {
		table_say("%s\n", p->name);
		say_toxics(p);
		profile_say_missing(p, stdout);
	}
	toxi_profile_free(p);
	return EXIT_OK;
}

int
cmd_profile_apply(struct ctl *ctl, struct args *args)
{
	const char *proxy = args_word(args);
	struct toxi_profile *p;
	struct toxi_error err;

	if (args->n_words != 2)
		return fail_usage(ctl, "a PROXY and a PROFILE are wanted");
	if (toxi_profile_apply(ctl->toxi, proxy, args->words[1], &p, &err) ==
	    -1)
		return fail_profile(
		    ctl, &err, "apply a profile to proxy ", proxy);
	if (ctl->is_json) {
		json_out(stdout, json_of_profile(p));
	} else {
		table_say("Proxy %s is now as %s\n", proxy, p->name);
		profile_say_missing(p, stdout);
	}
	toxi_profile_free(p);
	return EXIT_OK;
}

int
cmd_profile_remove(struct ctl *ctl, struct args *args)
{
	const char *proxy = args_word(args);
	struct toxi_error err;

	if (proxy == NULL)
		return fail_usage(ctl, "a PROXY is wanted");
	if (toxi_profile_remove(ctl->toxi, proxy, &err) == -1)
		return fail_profile(
		    ctl, &err, "remove the profile of proxy ", proxy);
	if (ctl->is_json)
		json_out(stdout, json_pack("{s:s}", "removed", proxy));
	else
		table_say("Removed the profile of proxy %s\n", proxy);
	return EXIT_OK;
}
