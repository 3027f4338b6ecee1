/* SPDX-License-Identifier: ISC */
/* Proxies and toxics as a file says; and that file out of a server. */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply_source.h"
#include "connect.h"
#include "json.h"
#include "kinds.h"
#include "plan.h"
#include "show.h"
#include "table.h"
#include "toxictl.h"

static int
delete_proxy(struct toxi *toxi, const struct step *s, struct toxi_error *err)
{
	return toxi_proxy_delete(toxi, s->proxy, err);
}

static int
create_proxy(struct toxi *toxi, const struct step *s, struct toxi_error *err)
{
	return toxi_proxy_create(toxi, s->to, NULL, err);
}

/* An address that is the same is not sent: it would close connections. */
static int
update_proxy(struct toxi *toxi, const struct step *s, struct toxi_error *err)
{
	struct toxi_proxy to = *s->to;

	if (plan_same_listen(to.listen, s->from->listen))
		to.listen = NULL;
	if (strcmp(to.upstream, s->from->upstream) == 0)
		to.upstream = NULL;
	return toxi_proxy_update(toxi, &to, NULL, err);
}

static int
remove_toxic(struct toxi *toxi, const struct step *s, struct toxi_error *err)
{
	return toxi_toxic_remove(toxi, s->proxy, s->toxic, err);
}

static int
add_toxic(struct toxi *toxi, const struct step *s, struct toxi_error *err)
{
	return toxi_toxic_add(toxi, s->proxy, *s->as, NULL, err);
}

/* What it is in a new one, as JSON by malloc. */
static char *
default_text(const char *type, const char *name)
{
	json_t *standard = kinds_default(kinds_attribute_of(type, name));
	char *text = json_dumps(standard, JSON_ENCODE_ANY);

	json_decref(standard);
	if (text == NULL)
		err(EXIT_FAILED, NULL);
	return text;
}

static int
has_attribute(const struct toxi_toxic *toxic, int n, const char *name)
{
	int i;

	for (i = 0; i < n; i++)
		if (strcmp(toxic->attributes[i].name, name) == 0)
			return 1;
	return 0;
}

static int
attributes_of(const struct toxi_toxic *toxic)
{
	int n = 0;

	while (n < TOXI_ATTRIBUTES && toxic->attributes[n].name != NULL)
		n++;
	return n;
}

/* An update leaves what it does not name: that becomes as in a new one. */
static int
update_toxic(struct toxi *toxi, const struct step *s, struct toxi_error *err)
{
	static const struct toxi_select none;
	static const struct toxi_wave still;
	int given = attributes_of(s->as), n = given, i, rc;
	char *texts[TOXI_ATTRIBUTES];
	struct toxi_toxic to = *s->as;
	const char *name;

	if (to.select == NULL && s->was->select != NULL)
		to.select = &none;
	if (to.waves == NULL && s->was->waves != NULL)
		to.waves = &still; /* n_waves is 0: not any more */
	for (i = 0; i < attributes_of(s->was) && n < TOXI_ATTRIBUTES; i++) {
		name = s->was->attributes[i].name;
		if (has_attribute(&to, given, name))
			continue;
		texts[n] = default_text(to.type, name);
		to.attributes[n] = (struct toxi_attribute){
			.name = name, .kind = TOXI_JSON, .json = texts[n]
		};
		n++;
	}
	rc = toxi_toxic_update(toxi, s->proxy, to, NULL, err);
	for (i = given; i < n; i++)
		free(texts[i]);
	return rc;
}

static const struct {
	const char *action;
	const char *what;
	enum colour colour;
	int (*perform)(struct toxi *, const struct step *, struct toxi_error *);
} kinds[STEP_MAX] = {
	[STEP_DELETE_PROXY] = { "delete", "proxy", RED, delete_proxy },
	[STEP_CREATE_PROXY] = { "create", "proxy", GREEN, create_proxy },
	[STEP_UPDATE_PROXY] = { "update", "proxy", YELLOW, update_proxy },
	[STEP_REMOVE_TOXIC] = { "remove", "toxic", RED, remove_toxic },
	[STEP_ADD_TOXIC] = { "add", "toxic", GREEN, add_toxic },
	[STEP_UPDATE_TOXIC] = { "update", "toxic", YELLOW, update_toxic },
};

static void
tell_changes(
    FILE *out, const struct toxi_proxy *from, const struct toxi_proxy *to)
{
	char was[CONNECT_TEXT_MAX], is[CONNECT_TEXT_MAX];

	if (!plan_same_listen(to->listen, from->listen))
		fprintf(out, ", listen %s -> %s", from->listen, to->listen);
	if (strcmp(to->upstream, from->upstream) != 0)
		fprintf(
		    out, ", upstream %s -> %s", from->upstream, to->upstream);
	if (to->connect != NULL && !connect_same(to->connect, from->connect))
		fprintf(out, ", connect %s -> %s",
		    connect_text(from->connect, was),
		    connect_text(to->connect, is));
	if (to->state != from->state)
		fprintf(out, ", %s",
		    to->state == TOXI_ENABLED ? "enabled" : "disabled");
}

static void
tell_toxic(FILE *out, const struct toxi_toxic *toxic)
{
	char *attributes = show_attributes(toxic);

	fprintf(out, ": %s %s %g%s%s", show_stream(toxic), toxic->type,
	    toxic->toxicity, *attributes != '\0' ? " " : "", attributes);
	free(attributes);
}

/* "toxic slow on web: ..."; by malloc */
static char *
tell_step(const struct step *s)
{
	size_t size;
	char *text;
	FILE *out;

	if ((out = open_memstream(&text, &size)) == NULL)
		err(EXIT_FAILED, NULL);
	fprintf(out, "%s ", kinds[s->kind].what);
	if (s->toxic != NULL)
		fprintf(out, "%s on ", s->toxic);
	fputs(s->proxy, out);
	if (s->kind == STEP_CREATE_PROXY)
		fprintf(out, ", listen %s, upstream %s%s",
		    s->to->listen != NULL ? s->to->listen : "localhost:0",
		    s->to->upstream,
		    s->to->state == TOXI_ENABLED ? "" : ", disabled");
	else if (s->kind == STEP_UPDATE_PROXY)
		tell_changes(out, s->from, s->to);
	if (s->as != NULL)
		tell_toxic(out, s->as);
	if (fclose(out) == EOF)
		err(EXIT_FAILED, NULL);
	return text;
}

static void
print_step(const struct ctl *ctl, const struct step *s)
{
	char *text = tell_step(s);

	printf("%s%s%s ", table_colour(kinds[s->kind].colour, ctl->is_coloured),
	    kinds[s->kind].action, table_colour(PLAIN, ctl->is_coloured));
	table_say("%s\n", text);
	fflush(stdout);
	free(text);
}

static json_t *
json_of_step(const struct step *s)
{
	return json_pack("{s:s,s:s,s:s,s:s*}", "action", kinds[s->kind].action,
	    "what", kinds[s->kind].what, "proxy", s->proxy, "toxic", s->toxic);
}

static int
perform(struct ctl *ctl, const struct plan *plan, int is_dry)
{
	json_t *done = json_array();
	struct toxi_error err;
	const struct step *s;
	int code = EXIT_OK;
	size_t i;

	for (i = 0; i < plan->n && code == EXIT_OK; i++) {
		s = &plan->steps[i];
		if (!is_dry &&
		    kinds[s->kind].perform(ctl->toxi, s, &err) == -1) {
			if (s->as != NULL)
				kinds_explain(&err, s->as->type);
			code = fail(ctl, &err, "Failed to %s %s %s%s%s",
			    kinds[s->kind].action, kinds[s->kind].what,
			    s->toxic != NULL ? s->toxic : "",
			    s->toxic != NULL ? " on " : "", s->proxy);
		} else if (ctl->is_json)
			json_array_append_new(done, json_of_step(s));
		else
			print_step(ctl, s);
	}
	if (ctl->is_json)
		json_out(stdout, done);
	else
		json_decref(done);
	if (plan->n == 0 && ctl->is_terminal && !ctl->is_json)
		puts("All is as it should be.");
	return code;
}

static int
apply(struct ctl *ctl, const struct args *args, const struct config *config)
{
	struct toxi_proxies *there;
	struct toxi_error err;
	struct plan plan;
	int code;

	if (toxi_proxy_list(ctl->toxi, &there, &err) == -1)
		return fail(ctl, &err, "Failed to retrieve proxies");
	plan_make(&plan, config, there, args_has(args, FLAG_PRUNE));
	code = perform(ctl, &plan, args_has(args, FLAG_DRY_RUN));
	plan_free(&plan);
	toxi_proxies_free(there);
	return code;
}

int
cmd_apply(struct ctl *ctl, struct args *args)
{
	struct config config;
	int code;

	if (args->n_words != 1)
		return fail_usage(ctl, "one FILE is wanted, or -");
	if (args_has(args, FLAG_SOURCE))
		return apply_source(ctl, args);
	if (args_has(args, FLAG_GENERATION) || args_has(args, FLAG_IF_MATCH) ||
	    args_has(args, FLAG_FORCE))
		return fail_usage(ctl,
		    "--generation, --if-match and --force go with --source");
	if (config_read(&config, args_word(args),
		args_has(args, FLAG_PROXIES_ONLY)) == -1)
		code = fail(ctl, NULL, "%s:%s", args_word(args), config.error);
	else
		code = apply(ctl, args, &config);
	config_free(&config);
	return code;
}

/* It is how the server is for now, and no proxy's. */
static json_t *
without_halts(json_t *array)
{
	json_t *proxy;
	size_t i;

	json_array_foreach(array, i, proxy) json_object_del(proxy, "halted");
	return array;
}

int
cmd_export(struct ctl *ctl, struct args *args)
{
	json_t *array = json_array();
	struct toxi_proxies *proxies;
	struct toxi_proxy *proxy;
	struct toxi_error err;
	size_t i;

	if (args->n_words == 0) {
		json_decref(array);
		if (toxi_proxy_list(ctl->toxi, &proxies, &err) == -1)
			return fail(ctl, &err, "Failed to retrieve proxies");
		array = json_of_proxies(proxies);
		toxi_proxies_free(proxies);
	}
	for (i = 0; i < args->n_words; i++) {
		if (toxi_proxy_get(ctl->toxi, args->words[i], &proxy, &err) ==
		    -1) {
			json_decref(array);
			return fail(ctl, &err, "Failed to retrieve proxy %s",
			    args->words[i]);
		}
		json_array_append_new(array, json_of_proxy(proxy));
		toxi_proxy_free(proxy);
	}
	json_out(stdout, without_halts(array));
	return EXIT_OK;
}
