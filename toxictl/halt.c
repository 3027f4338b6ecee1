/* SPDX-License-Identifier: ISC */
/* The big red button: all toxics off, and on again. */

#include <stdio.h>

#include "json.h"
#include "table.h"
#include "toxictl.h"

static json_t *
json_of_halts(const struct toxi_halts *h)
{
	json_t *tenants = json_array();
	size_t i;

	for (i = 0; i < h->n; i++)
		json_array_append_new(tenants, json_string(h->tenants[i]));
	return json_pack("{s:b,s:b,s:o}", "halted", h->halted, "all", h->all,
	    "tenants", tenants);
}

static void
tell(const struct ctl *ctl, const struct toxi_halts *h)
{
	const char *name;
	size_t i;

	if (ctl->is_json) {
		json_out(stdout, json_of_halts(h));
		return;
	}
	if (h->all)
		puts("All toxics are off");
	for (i = 0; i < h->n; i++) {
		name = h->tenants[i];
		if (*name != '\0')
			table_say("The toxics of %s are off\n", name);
		else
			puts("The toxics of the tenant without a name are "
			     "off");
	}
	if (!h->all && h->n == 0)
		puts("Toxics are on");
}

static int
ask(struct ctl *ctl,
    int (*call)(struct toxi *, struct toxi_halts **, struct toxi_error *),
    const char *what)
{
	struct toxi_halts *halts;
	struct toxi_error err;

	if (call(ctl->toxi, &halts, &err) == -1) {
		if (err.code == TOXI_ERR_UNSUPPORTED)
			return fail(ctl, NULL,
			    "%s cannot hold its toxics off, as Toxiproxy "
			    "cannot",
			    ctl->server);
		return fail(ctl, &err, "Failed to %s", what);
	}
	tell(ctl, halts);
	toxi_halts_free(halts);
	return EXIT_OK;
}

int
cmd_halt(struct ctl *ctl, struct args *args)
{
	(void)args;
	return ask(ctl, toxi_halt, "halt");
}

int
cmd_resume(struct ctl *ctl, struct args *args)
{
	(void)args;
	return ask(ctl, toxi_resume, "resume");
}
