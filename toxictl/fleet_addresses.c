/* SPDX-License-Identifier: ISC */
/* Where clients find the proxies of a fleet. */

#include <string.h>

#include "fleet.h"
#include "fleet_state.h"
#include "json.h"
#include "table.h"

struct found {
	const struct ctl *ctl;
	const char *wanted;  /* name of a proxy; NULL: of all */
	json_t *array;       /* with --json */
	struct table *table; /* on a terminal */
	size_t n;
};

static const char *
text(const json_t *proxy, const char *key)
{
	const char *said = json_string_value(json_object_get(proxy, key));

	return said != NULL ? said : "";
}

static void
find(struct found *f, const char *node, const char *name, const json_t *proxy)
{
	const char *listen = text(proxy, "listen");
	const char *upstream = text(proxy, "upstream");

	if (f->wanted != NULL && strcmp(f->wanted, name) != 0)
		return;
	f->n++;
	if (f->array != NULL)
		json_array_append_new(f->array,
		    json_pack("{s:s,s:s,s:s,s:s}", "proxy", name, "node", node,
			"listen", listen, "upstream", upstream));
	else if (f->table == NULL)
		table_say("%s\t%s\t%s\t%s\n", name, node, listen, upstream);
	else {
		table_cell(f->table, BLUE, "%s", name);
		table_cell(f->table, PLAIN, "%s", node);
		table_cell(f->table, GREEN, "%s", listen);
		table_cell(f->table, PLAIN, "%s", upstream);
	}
}

static void
find_all(struct found *f, const struct fleet_state *st)
{
	const struct fleet_node *n;
	json_t *proxies, *proxy;
	const char *name;
	size_t i;

	for (i = 0; i < st->n; i++) {
		n = &st->nodes[i];
		proxies = json_object_get(n->status, "proxies");
		json_object_foreach(proxies, name, proxy)
		    find(f, n->name, name, proxy);
	}
}

static int
show(const struct ctl *ctl, const char *wanted, const struct fleet_state *st)
{
	static const char *const heads[] = { "Proxy", "Node", "Listen",
		"Upstream" };
	struct found f = { .ctl = ctl, .wanted = wanted };

	if (ctl->is_json)
		f.array = json_array();
	else if (ctl->is_terminal)
		f.table = table_new(heads, 4);
	find_all(&f, st);
	if (f.array != NULL)
		json_out(stdout, f.array);
	else if (f.table != NULL)
		table_print(f.table, ctl->is_coloured);
	if (wanted != NULL && f.n == 0)
		return fail(ctl, NULL, "No node has a proxy %s", wanted);
	return EXIT_OK;
}

int
cmd_fleet_addresses(struct ctl *ctl, struct args *args)
{
	struct fleet_state st;
	struct fleet_store s;
	int code;

	if (fleet_open(&s, ctl, args, &code) == -1)
		return code;
	code = EXIT_FAILED;
	if (fleet_state_read(&s, &st) == 0)
		code = show(ctl, args_word(args), &st);
	fleet_state_free(&st);
	fleet_close(&s);
	return code;
}
