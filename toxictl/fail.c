/* SPDX-License-Identifier: ISC */
/* What went wrong, on stderr. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "holder.h"
#include "json.h"
#include "probe.h"
#include "table.h"
#include "token.h"
#include "toxictl.h"

/* A terminal shall show what is said, and not do what it says. */
static void
print_plain(const char *text)
{
	char *plain = table_plain(text);

	fputs(plain, stderr);
	free(plain);
}

/* hint is what to do about it, or "". */
static json_t *
json_of_failure(int status, const char *text, const char *hint)
{
	json_t *json = json_pack("{s:o}", "error", json_of_text(text));

	if (status != 0)
		json_object_set_new(json, "status", json_integer(status));
	if (*hint != '\0')
		json_object_set_new(json, "hint", json_of_text(hint));
	return json;
}

static void
tell(const struct ctl *ctl, int status, const char *text, const char *hint)
{
	const struct command *c = ctl->command;

	if (ctl->is_json) {
		json_out(stderr, json_of_failure(status, text, hint));
		return;
	}
	print_plain(text);
	if (*hint != '\0') {
		fputc('\n', stderr);
		print_plain(hint);
	}
	fputs(c == NULL || (c->traits & IS_NEW) != 0 ? "\n" : "\n\n", stderr);
}

/* ": held by nginx, process 123", where a server here says that one is. */
static void
tell_holder(const struct ctl *ctl, const char *error, char *text, size_t size)
{
	char holder[128];

	*text = '\0';
	if (probe_is_local(ctl->server) &&
	    holder_of_error(error, holder, sizeof(holder)) == 0)
		snprintf(text, size, ": held by %s", holder);
}

void
fail_hint(
    const struct ctl *ctl, const struct toxi_error *err, char hint[HINT_MAX])
{
	token_hint(ctl->token, ctl->options.tenant, err, hint, HINT_MAX);
}

int
fail(const struct ctl *ctl, const struct toxi_error *err, const char *format,
    ...)
{
	char *what, *text, holder[160], hint[HINT_MAX] = "";
	va_list ap;
	int n;

	va_start(ap, format);
	n = vasprintf(&what, format, ap);
	va_end(ap);
	if (n == -1)
		return EXIT_FAILED;
	tell_holder(ctl, err != NULL ? err->text : "", holder, sizeof(holder));
	if (err == NULL)
		n = asprintf(&text, "%s", what);
	else if (err->code == TOXI_ERR_HTTP)
		n = asprintf(&text, "%s: HTTP %d: %s%s", what, err->status,
		    err->text, holder);
	else
		n = asprintf(&text, "%s: %s", what, err->text);
	free(what);
	if (n == -1)
		return EXIT_FAILED;
	fflush(stdout);
	if (err != NULL)
		fail_hint(ctl, err, hint);
	tell(ctl, err != NULL ? err->status : 0, text, hint);
	free(text);
	return EXIT_FAILED;
}

int
fail_usage(const struct ctl *ctl, const char *text)
{
	const struct command *c = ctl->command;

	if (ctl->is_json) {
		tell(ctl, 0, text, "");
		return EXIT_USAGE;
	}
	print_plain("Incorrect Usage: ");
	print_plain(text);
	fprintf(stderr, "\nSee '%s help%s%s%s%.*s'.\n", ctl->program,
	    c != NULL && c->group != NULL ? " " : "",
	    c != NULL && c->group != NULL ? c->group : "", c != NULL ? " " : "",
	    c != NULL ? (int)name_length(c->names) : 0,
	    c != NULL ? c->names : "");
	return EXIT_USAGE;
}

/* As toxiproxy-cli, which calls this no usage error: help, and 1. */
int
fail_missing(const struct ctl *ctl, const char *text)
{
	if (!ctl->is_json)
		help_command(ctl, ctl->command);
	return fail(ctl, NULL, "%s", text);
}
