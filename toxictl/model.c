/* SPDX-License-Identifier: ISC */
/* What top shows: a server, and how it has changed since the last look. */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ends.h"
#include "model.h"
#include "sample.h"
#include "table.h"

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
compare_rows(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->proxy->name,
	    ((const struct row *)b)->proxy->name);
}

static struct row *
find_row(const struct model *m, const char *name)
{
	struct toxi_proxy proxy = { .name = name };
	struct row key = { .proxy = &proxy };

	if (m->n == 0)
		return NULL;
	return bsearch(&key, m->rows, m->n, sizeof(key), compare_rows);
}

static void
free_rows(struct row *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(rows[i].name);
	free(rows);
}

/* Rows for these proxies, that know what those before knew of them. */
static void
take_proxies(struct model *m, struct toxi_proxies *proxies)
{
	struct row *rows = calloc(proxies->n + 1, sizeof(*rows)), *before;
	size_t i;

	if (rows == NULL)
		err(1, NULL);
	for (i = 0; i < proxies->n; i++) {
		before = find_row(m, proxies->list[i].name);
		if (before != NULL)
			rows[i] = *before;
		rows[i].proxy = &proxies->list[i];
		rows[i].name = table_plain(proxies->list[i].name);
		rows[i].sessions = -1;
	}
	qsort(rows, proxies->n, sizeof(*rows), compare_rows);
	free_rows(m->rows, m->n);
	toxi_proxies_free(m->proxies);
	m->rows = rows;
	m->n = proxies->n;
	m->proxies = proxies;
}

/* A counter that has gone back began anew: with another worker, say. */
static void
take_bytes(
    struct row *row, enum toxi_stream stream, double value, double seconds)
{
	double more = value - row->bytes[stream];

	if (more < 0)
		more = value;
	row->bytes[stream] = value;
	row->rates[stream] =
	    seconds > 0 && row->n_history > 0 ? more / seconds : 0;
}

static void
take_sample(struct model *m, const struct sample *s, double seconds)
{
	struct row *row;

	if (*s->proxy == '\0' || (row = find_row(m, s->proxy)) == NULL)
		return;
	if (strcmp(s->name, "toxiproxy_proxy_sent_bytes_total") == 0)
		take_bytes(row,
		    strcmp(s->direction, "upstream") == 0 ? TOXI_UPSTREAM
							  : TOXI_DOWNSTREAM,
		    s->value, seconds);
	else if (strcmp(s->name, "toxid_proxy_open_sessions") == 0)
		row->sessions = s->value;
	else if (strcmp(s->name, "toxid_proxy_worker_restarts_total") == 0)
		row->restarts = s->value;
}

static void
remember(struct row *row)
{
	memmove(&row->history[1], &row->history[0],
	    sizeof(row->history) - sizeof(row->history[0]));
	row->history[0] =
	    row->rates[TOXI_UPSTREAM] + row->rates[TOXI_DOWNSTREAM];
	if (row->n_history < HISTORY_MAX)
		row->n_history++;
}

static void
take_metrics(struct model *m, const char *text, double seconds)
{
	struct sample s;
	size_t i;

	for (i = 0; i < m->n; i++)
		m->rows[i].rates[0] = m->rows[i].rates[1] = 0;
	while (sample_next(&text, &s))
		take_sample(m, &s, seconds);
	for (i = 0; i < m->n; i++)
		remember(&m->rows[i]);
}

static void
take_healths(
    struct model *m, const struct toxi_healths *healths, double seconds)
{
	const struct toxi_health *h;
	struct row *row;
	size_t i;

	for (i = 0; i < healths->n; i++) {
		h = &healths->list[i];
		if ((row = find_row(m, h->name)) == NULL)
			continue;
		take_bytes(row, TOXI_UPSTREAM, (double)h->sent[TOXI_UPSTREAM],
		    seconds);
		take_bytes(row, TOXI_DOWNSTREAM,
		    (double)h->sent[TOXI_DOWNSTREAM], seconds);
		row->sessions = (double)h->open_sessions;
		row->restarts = (double)h->worker_restarts;
		row->dial_failures = (double)h->dial_failures;
	}
	for (i = 0; i < m->n; i++)
		remember(&m->rows[i]);
}

/* toxid says it to everybody, Toxiproxy where it was told to. */
static void
take_figures(struct model *m, struct toxi *toxi, double seconds)
{
	struct toxi_healths *healths;
	struct toxi_error e;
	char *text;

	m->has_rates = toxi_health_list(toxi, &healths, &e) == 0;
	if (m->has_rates) {
		take_healths(m, healths, seconds);
		toxi_healths_free(healths);
		return;
	}
	m->has_rates = toxi_metrics(toxi, &text, &e) == 0;
	if (m->has_rates)
		take_metrics(m, text, seconds);
	free(text);
}

void
model_look(struct model *m, struct toxi *toxi)
{
	double looked = now(), seconds = looked - m->looked;
	struct toxi_proxies *proxies;

	if (toxi_proxy_list(toxi, &proxies, &m->error) == -1)
		return;
	take_proxies(m, proxies);
	take_figures(m, toxi, m->looked > 0 ? seconds : 0);
	m->looked = looked;
}

/* Toxiproxy cannot say. */
void
model_ask_why(struct model *m, struct toxi *toxi, size_t row)
{
	struct ends ends;

	free(m->why);
	m->why = NULL;
	if (row >= m->n || m->rows[row].sessions < 0 ||
	    ends_read(toxi, m->rows[row].proxy, &ends, NULL) == -1)
		return;
	m->why = ends_text(&ends);
	ends_free(&ends);
}

void
model_free(struct model *m)
{
	free(m->why);
	free_rows(m->rows, m->n);
	toxi_proxies_free(m->proxies);
}
