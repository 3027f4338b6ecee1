/* SPDX-License-Identifier: ISC */
/*
 * Proxies and toxics as lines: for a pipe those of toxiproxy-cli, byte for
 * byte; for people in tables.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connect.h"
#include "show.h"
#include "selects.h"
#include "waves.h"
#include "table.h"
#include "ttl.h"

#define NUMBER_MAX 40

/* The fewest digits that are this number; scientific beyond a million. */
static void
print_number(double number, char *text)
{
	long digits, exponent;

	for (digits = 0; digits < 17; digits++) {
		snprintf(text, NUMBER_MAX, "%.*e", (int)digits, number);
		if (strtod(text, NULL) == number)
			break;
	}
	exponent = strtol(strchr(text, 'e') + 1, NULL, 10);
	if (exponent < -4 || exponent >= 6)
		return;
	snprintf(text, NUMBER_MAX, "%.*f",
	    digits > exponent ? (int)(digits - exponent) : 0, number);
}

static void
print_attribute(const struct toxi_attribute *a)
{
	char text[NUMBER_MAX], *end;
	double number = (double)a->value;

	if (a->json != NULL) {
		number = strtod(a->json, &end);
		if (end == a->json || *end != '\0') {
			table_say("\t%s=%s", a->name, a->json);
			return;
		}
	}
	print_number(number, text);
	table_say("\t%s=%s", a->name, text);
}

static int
compare_attributes(const void *a, const void *b)
{
	return strcmp(((const struct toxi_attribute *)a)->name,
	    ((const struct toxi_attribute *)b)->name);
}

const char *
show_stream(const struct toxi_toxic *toxic)
{
	return toxic->stream == TOXI_UPSTREAM ? "upstream" : "downstream";
}

static void
print_toxic(const struct toxi_toxic *toxic)
{
	struct toxi_toxic sorted = *toxic;
	char toxicity[NUMBER_MAX * 8], *select, *waves;
	size_t i, n = 0;

	while (n < TOXI_ATTRIBUTES && sorted.attributes[n].name != NULL)
		n++;
	qsort(sorted.attributes, n, sizeof(sorted.attributes[0]),
	    compare_attributes);
	/* toxiproxy-cli keeps it in single precision */
	snprintf(
	    toxicity, sizeof(toxicity), "%.2f", (double)(float)toxic->toxicity);
	table_say("%s\ttype=%s\tstream=%s\ttoxicity=%s\tattributes=[",
	    toxic->name, toxic->type, show_stream(toxic), toxicity);
	for (i = 0; i < n; i++)
		print_attribute(&sorted.attributes[i]);
	table_say("\t]");
	if (toxic->select != NULL) {
		select = select_text(toxic->select);
		table_say("\tselect=[%s]", select);
		free(select);
	}
	if (toxic->n_waves > 0) {
		waves = waves_text(toxic);
		table_say("\twave=[%s]", waves);
		free(waves);
	}
	putchar('\n');
}

char *
show_attributes(const struct toxi_toxic *toxic)
{
	const struct toxi_attribute *a = toxic->attributes;
	char *text, *select, *waves;
	size_t size;
	FILE *out;
	int i;

	if ((out = open_memstream(&text, &size)) == NULL)
		err(1, NULL);
	for (i = 0; i < TOXI_ATTRIBUTES && a[i].name != NULL; i++)
		if (a[i].json != NULL)
			fprintf(out, "%s%s=%s", i > 0 ? " " : "", a[i].name,
			    a[i].json);
		else
			fprintf(out, "%s%s=%lld", i > 0 ? " " : "", a[i].name,
			    (long long)a[i].value);
	if (toxic->select != NULL) {
		select = select_text(toxic->select);
		fprintf(out, "%sselect %s", i > 0 ? ", " : "", select);
		free(select);
	}
	if (toxic->n_waves > 0) {
		waves = waves_text(toxic);
		fprintf(out, "%swave %s",
		    i > 0 || toxic->select != NULL ? ", " : "", waves);
		free(waves);
	}
	if (fclose(out) == EOF)
		err(1, NULL);
	return text;
}

static int
compare_proxies(const void *a, const void *b)
{
	return strcmp((*(const struct toxi_proxy *const *)a)->name,
	    (*(const struct toxi_proxy *const *)b)->name);
}

/* By name; by malloc. */
static const struct toxi_proxy **
sort_proxies(const struct toxi_proxies *proxies)
{
	const struct toxi_proxy **sorted;
	size_t i;

	sorted = calloc(proxies->n + 1, sizeof(struct toxi_proxy *));
	if (sorted == NULL)
		err(1, NULL);
	for (i = 0; i < proxies->n; i++)
		sorted[i] = &proxies->list[i];
	qsort(sorted, proxies->n, sizeof(struct toxi_proxy *), compare_proxies);
	return sorted;
}

static void
print_proxy(const struct toxi_proxy *proxy)
{
	table_say("%s\t%s\t%s\t", proxy->name, proxy->listen, proxy->upstream);
	printf("%s\t%zu\n",
	    proxy->state == TOXI_ENABLED ? "enabled" : "disabled",
	    proxy->toxics.n);
}

/* What is left of a lease; of none nothing. */
static void
tabulate_lease(struct table *table, int64_t left)
{
	char text[NUMBER_MAX] = "";

	if (left > 0)
		ttl_text(left, text, sizeof(text));
	table_cell(table, PLAIN, "%s", text);
}

static void
tabulate_proxy(
    struct table *table, const struct toxi_proxy *proxy, int has_leases)
{
	const char *behind = proxy->halted ? ", halted" : "";
	char connect[CONNECT_TEXT_MAX];
	int is_enabled = proxy->state == TOXI_ENABLED;

	table_cell(table, is_enabled ? GREEN : RED, "%s", proxy->name);
	table_cell(table, BLUE, "%s", proxy->listen);
	table_cell(table, YELLOW, "%s", proxy->upstream);
	table_cell(table, PURPLE, "%s%s%s", is_enabled ? "enabled" : "disabled",
	    proxy->connect != NULL ? ", " : "",
	    proxy->connect != NULL ? connect_text(proxy->connect, connect)
				   : "");
	if (proxy->toxics.n == 0)
		table_cell(table, PLAIN, "None%s", behind);
	else
		table_cell(table, proxy->halted ? PLAIN : RED, "%zu%s",
		    proxy->toxics.n, behind);
	if (has_leases)
		tabulate_lease(table, proxy->expires_in_ms);
}

static int
are_leased(const struct toxi_proxies *proxies)
{
	size_t i;

	for (i = 0; i < proxies->n; i++)
		if (proxies->list[i].expires_in_ms != 0)
			return 1;
	return 0;
}

void
show_proxies(const struct ctl *ctl, const struct toxi_proxies *proxies)
{
	static const char *const heads[] = { "Name", "Listen", "Upstream",
		"Enabled", "Toxics", "Ends in" };
	const struct toxi_proxy **sorted = sort_proxies(proxies);
	const int has_leases = are_leased(proxies);
	struct table *table;
	size_t i;

	if (!ctl->is_terminal) {
		for (i = 0; i < proxies->n; i++)
			print_proxy(sorted[i]);
	} else if (proxies->n == 0) {
		printf("no proxies\n\nHint: create a proxy with `%s create`\n",
		    ctl->program);
	} else {
		table = table_new(heads, has_leases ? 6 : 5);
		for (i = 0; i < proxies->n; i++)
			tabulate_proxy(table, sorted[i], has_leases);
		table_print(table, ctl->is_coloured);
		printf("\nHint: inspect toxics with `%s inspect <proxyName>`\n",
		    ctl->program);
	}
	free(sorted);
}

static void
tabulate_toxics(const struct ctl *ctl, const struct toxi_toxics *toxics)
{
	static const char *const heads[] = { "Toxic", "Type", "Stream",
		"Toxicity", "Attributes", "Ends in" };
	int has_leases = 0;
	const struct toxi_toxic *toxic;
	struct table *table;
	char *attributes;
	size_t i;

	for (i = 0; i < toxics->n; i++)
		has_leases |= toxics->list[i].expires_in_ms != 0;
	table = table_new(heads, has_leases ? 6 : 5);
	for (i = 0; i < toxics->n; i++) {
		toxic = &toxics->list[i];
		attributes = show_attributes(toxic);
		table_cell(table, BLUE, "%s", toxic->name);
		table_cell(table, PLAIN, "%s", toxic->type);
		table_cell(table, PLAIN, "%s", show_stream(toxic));
		table_cell(table, PLAIN, "%.2f", toxic->toxicity);
		table_cell(table, PLAIN, "%s", attributes);
		if (has_leases)
			tabulate_lease(table, toxic->expires_in_ms);
		free(attributes);
	}
	table_print(table, ctl->is_coloured);
}

static void
print_field(const struct ctl *ctl, const char *name, enum colour colour,
    const char *value)
{
	char *plain = table_plain(value);

	printf("%s: %s%s%s", name, table_colour(colour, ctl->is_coloured),
	    plain, table_colour(PLAIN, ctl->is_coloured));
	free(plain);
}

void
show_own_toxics(const struct ctl *ctl, const struct toxi_toxics *toxics)
{
	size_t i;

	if (ctl->is_terminal && toxics->n > 0)
		tabulate_toxics(ctl, toxics);
	else if (ctl->is_terminal)
		puts("The session has no toxics of its own.");
	else
		for (i = 0; i < toxics->n; i++)
			print_toxic(&toxics->list[i]);
}

void
show_proxy(const struct ctl *ctl, const struct toxi_proxy *proxy)
{
	char left[NUMBER_MAX], connect[CONNECT_TEXT_MAX];
	size_t i;

	if (!ctl->is_terminal) {
		for (i = 0; i < proxy->toxics.n; i++)
			print_toxic(&proxy->toxics.list[i]);
		return;
	}
	print_field(ctl, "Name", proxy->state == TOXI_ENABLED ? GREEN : RED,
	    proxy->name);
	print_field(ctl, "  Listen", BLUE, proxy->listen);
	print_field(ctl, "  Upstream", YELLOW, proxy->upstream);
	if (proxy->expires_in_ms != 0) {
		ttl_text(proxy->expires_in_ms, left, sizeof(left));
		print_field(ctl, "  Ends in", PLAIN, left);
	}
	if (proxy->connect != NULL)
		print_field(ctl, "  Connect", RED,
		    connect_text(proxy->connect, connect));
	if (proxy->halted)
		print_field(ctl, "  Toxics", PLAIN, "halted");
	fputs("\n\n", stdout);
	if (proxy->toxics.n > 0)
		tabulate_toxics(ctl, &proxy->toxics);
	else
		puts("Proxy has no toxics enabled.");
	printf("\nHint: add a toxic with `%s toxic add`\n", ctl->program);
}
