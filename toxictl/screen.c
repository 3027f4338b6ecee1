/* SPDX-License-Identifier: ISC */
/* The full screen of top. */

#include <err.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ncurses.h>

#include "screen.h"
#include "show.h"
#include "table.h"

enum {
	PAIR_ON = 1,
	PAIR_OFF,
	PAIR_TOXIC,
	PAIR_SPARK
};

/* How wide a column is; the sparkline has what is left. */
enum {
	NAME_MIN = 18,
	ADDRESS = 23, /* listen, and upstream */
	NUMBERS = 40, /* all that follow */
	SPARK_MIN = 10
};

/* Where each column begins; -1: there is no room for it. */
struct layout {
	int listen, upstream, toxics, sessions, up, down, restarts, spark;
};

/* Names are shown whole as long as the figures fit; then come addresses. */
static struct layout
lay_out(const struct model *m)
{
	struct layout at = { .listen = -1, .upstream = -1 };
	int name = NAME_MIN, left;
	size_t i;

	for (i = 0; i < m->n; i++)
		if ((int)table_width(m->rows[i].name) + 3 > name)
			name = (int)table_width(m->rows[i].name) + 3;
	if (name > COLS - NUMBERS)
		name = COLS - NUMBERS > NAME_MIN ? COLS - NUMBERS : NAME_MIN;
	left = COLS - NUMBERS - name - SPARK_MIN;
	at.toxics = name;
	if (left >= ADDRESS) {
		at.listen = name;
		at.toxics += ADDRESS;
	}
	if (left >= 2 * ADDRESS) {
		at.upstream = name + ADDRESS;
		at.toxics += ADDRESS;
	}
	at.sessions = at.toxics + 7;
	at.up = at.toxics + 14;
	at.down = at.toxics + 24;
	at.restarts = at.toxics + 34;
	at.spark = at.toxics + NUMBERS;
	return at;
}

static int
end_of_name(const struct layout *at)
{
	return at->listen != -1 ? at->listen : at->toxics;
}

void
screen_begin(const struct screen *s)
{
	initscr();
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	curs_set(0);
	set_escdelay(50);
	if (!s->is_coloured || !has_colors())
		return;
	start_color();
	use_default_colors();
	init_pair(PAIR_ON, COLOR_GREEN, -1);
	init_pair(PAIR_OFF, COLOR_RED, -1);
	init_pair(PAIR_TOXIC, COLOR_YELLOW, -1);
	init_pair(PAIR_SPARK, COLOR_CYAN, -1);
}

void
screen_end(void)
{
	endwin();
}

void
screen_forget(void)
{
	clearok(stdscr, TRUE);
}

int
screen_key(int ms)
{
	timeout(ms);
	return getch();
}

void
screen_amount(double bytes, char *text, size_t size)
{
	static const char *const units[] = { "B", "KB", "MB", "GB", "TB" };
	size_t unit = 0;

	while (bytes >= 999.5 && unit < 4) {
		bytes /= 1000; /* as the toxics count */
		unit++;
	}
	snprintf(text, size, unit > 0 && bytes < 9.95 ? "%.1f %s" : "%.0f %s",
	    bytes, units[unit]);
}

/* Where it is told in bytes that a terminal shows as one, or in ASCII. */
static void
draw_spark(const struct row *row, int x, int y)
{
	static const char *const blocks[] = { "\u2581", "\u2582", "\u2583",
		"\u2584", "\u2585", "\u2586", "\u2587", "\u2588" };
	static const char *const ascii[] = { "_", ".", "-", "=", "+", "*", "#",
		"@" };
	const char *const *marks = MB_CUR_MAX > 1 ? blocks : ascii;
	size_t i, width, height;
	double max = 1;

	if (x >= COLS)
		return;
	width = (size_t)(COLS - x);
	if (width > row->n_history)
		width = row->n_history;
	for (i = 0; i < width; i++)
		if (row->history[i] > max)
			max = row->history[i];
	attron(COLOR_PAIR(PAIR_SPARK));
	for (i = 0; i < width; i++) { /* the latest is the rightmost */
		height = (size_t)(row->history[width - 1 - i] / max * 7);
		mvaddstr(y, x + (int)i, marks[height]);
	}
	attroff(COLOR_PAIR(PAIR_SPARK));
}

/* No wider than the column; x -1: there is no room for it. */
static void
draw_text(int y, int x, int end, const char *text)
{
	char *plain;

	if (x < 0 || x >= COLS)
		return;
	plain = table_plain(text);
	mvaddnstr(y, x, plain, (int)table_fit(plain, (size_t)(end - x - 1)));
	free(plain);
}

/* The end of a text, in so many columns or one less. */
static const char *
end_of(const char *text, size_t columns)
{
	size_t n;

	while (table_width(text) > columns) {
		n = table_fit(text, 2);
		text += n > 0 ? n : 1;
	}
	return text;
}

/* Of one that is too long the middle is left out: others begin as it does. */
static void
draw_name(int y, int end, const char *name)
{
	char *plain = table_plain(name);
	size_t room = (size_t)end - 2, rest = room - strlen("...");

	if (table_width(plain) <= room) {
		mvaddstr(y, 1, plain);
	} else {
		mvaddnstr(y, 1, plain, (int)table_fit(plain, rest / 2));
		addstr("...");
		addstr(end_of(plain, rest - rest / 2));
	}
	free(plain);
}

/* In brackets: they are off. */
static void
draw_toxic_count(const struct toxi_proxy *proxy, const struct layout *at, int y)
{
	const int pair = proxy->toxics.n > 0 && !proxy->halted ? PAIR_TOXIC : 0;
	char text[32];

	snprintf(text, sizeof(text), proxy->halted ? "(%zu)" : "%zu",
	    proxy->toxics.n);
	attron(COLOR_PAIR(pair));
	mvprintw(y, at->toxics, "%6s", text);
	attroff(COLOR_PAIR(pair));
}

static void
draw_numbers(const struct row *row, const struct layout *at, int y, int rates)
{
	char up[32], down[32];

	draw_toxic_count(row->proxy, at, y);
	if (!rates)
		return;
	screen_amount(row->rates[TOXI_UPSTREAM], up, sizeof(up));
	screen_amount(row->rates[TOXI_DOWNSTREAM], down, sizeof(down));
	mvprintw(y, at->up, "%8s", up);
	mvprintw(y, at->down, "%8s", down);
	if (row->sessions >= 0) { /* not of Toxiproxy */
		mvprintw(y, at->sessions, "%5.0f", row->sessions);
		mvprintw(y, at->restarts, "%4.0f", row->restarts);
	}
	draw_spark(row, at->spark, y);
}

static void
draw_row(const struct row *row, const struct layout *at, int y, int is_chosen,
    int rates)
{
	int is_enabled = row->proxy->state == TOXI_ENABLED;
	int pair = is_enabled ? PAIR_ON : PAIR_OFF;

	attron(COLOR_PAIR(pair) | (is_chosen ? A_REVERSE : 0));
	mvprintw(
	    y, 0, "%c%*s", is_enabled ? ' ' : '-', end_of_name(at) - 2, "");
	draw_name(y, end_of_name(at), row->name);
	attroff(COLOR_PAIR(pair) | A_REVERSE);
	draw_text(y, at->listen, at->listen + ADDRESS, row->proxy->listen);
	draw_text(
	    y, at->upstream, at->upstream + ADDRESS, row->proxy->upstream);
	draw_numbers(row, at, y, rates);
}

/* Of all that are shown, or of so many: a tenant's among those of all. */
static void
draw_halts(const struct model *m)
{
	size_t i, n = 0;

	for (i = 0; i < m->n; i++)
		n += m->rows[i].proxy->halted != 0;
	if (n > 0 && n == m->n)
		addstr(", toxics halted");
	else if (n > 0)
		printw(", toxics of %zu halted", n);
}

/* height: so many rows are shown */
static void
draw_head(const struct screen *s, const struct model *m,
    const struct layout *at, size_t height)
{
	mvprintw(0, 0, "%s: %zu prox%s%s", s->title, m->n,
	    m->n == 1 ? "y" : "ies",
	    m->has_rates ? "" : ", no rates: the server has no /metrics");
	draw_halts(m);
	if (m->n > height)
		printw(", here %zu to %zu: up and down for more", s->first + 1,
		    s->first + height);
	attron(A_BOLD);
	mvaddstr(2, 1, "NAME");
	draw_text(2, at->listen, at->listen + ADDRESS, "LISTEN");
	draw_text(2, at->upstream, at->upstream + ADDRESS, "UPSTREAM");
	mvaddstr(2, at->toxics, "TOXICS");
	mvaddstr(2, at->sessions, " SESS");
	mvaddstr(2, at->up, "    UP/s");
	mvaddstr(2, at->down, "  DOWN/s");
	mvaddstr(2, at->restarts, "DIED");
	attroff(A_BOLD);
}

static void
draw_toxic(const struct toxi_toxic *toxic, int y)
{
	char *attributes = show_attributes(toxic), *text;

	if (asprintf(&text, "%s: %s %s on %.0f%%, %s", toxic->name,
		show_stream(toxic), toxic->type, toxic->toxicity * 100,
		attributes) == -1)
		err(EXIT_FAILURE, NULL);
	draw_text(y, 1, COLS + 1, text);
	free(attributes);
	free(text);
}

/* The toxics of the chosen one, in the lines that are left for them. */
static void
draw_toxics(const struct row *row, int y, int end)
{
	size_t i, n = row->proxy->toxics.n;

	for (i = 0; i < n && y < end; i++, y++) {
		if (y + 1 == end && i + 1 < n) {
			mvprintw(y, 1, "and %zu more toxics", n - i);
			return;
		}
		draw_toxic(&row->proxy->toxics.list[i], y);
	}
}

#define HEAD 3
#define TOXICS_MAX 5
#define FOOT 2 /* note, keys */

/* The chosen one is always in sight. */
static void
scroll_to(struct screen *s, const struct model *m, size_t height)
{
	if (s->chosen >= m->n)
		s->chosen = m->n > 0 ? m->n - 1 : 0;
	if (s->first > s->chosen)
		s->first = s->chosen;
	if (s->chosen >= s->first + height)
		s->first = s->chosen - height + 1;
	if (s->first + height > m->n)
		s->first = m->n > height ? m->n - height : 0;
}

/* Rows: no more lines are left for toxics than some proxy has of them. */
static int
height_of(const struct model *m)
{
	size_t i, toxics = 0;
	int height;

	for (i = 0; i < m->n; i++)
		if (m->rows[i].proxy->toxics.n > toxics)
			toxics = m->rows[i].proxy->toxics.n;
	if (toxics > TOXICS_MAX)
		toxics = TOXICS_MAX;
	height = LINES - HEAD - (int)toxics - FOOT - 1;
	return height > 1 ? height : 1;
}

/* What went wrong, was done last, or goes wrong with the chosen one. */
static void
draw_note(const struct screen *s, const struct model *m)
{
	const int is_error = m->error.code != TOXI_OK;
	const char *note =
	    s->note[0] == '\0' && m->why != NULL ? m->why : s->note;

	attron(COLOR_PAIR(is_error ? PAIR_OFF : 0));
	draw_text(LINES - 2, 0, COLS + 1, is_error ? m->error.text : note);
	attroff(COLOR_PAIR(is_error ? PAIR_OFF : 0));
}

void
screen_draw(struct screen *s, const struct model *m)
{
	struct layout at = lay_out(m);
	int height = height_of(m), y;
	size_t i;

	scroll_to(s, m, (size_t)height);
	erase();
	draw_head(s, m, &at, (size_t)height);
	for (y = 0; y < height && (i = s->first + (size_t)y) < m->n; y++)
		draw_row(
		    &m->rows[i], &at, HEAD + y, i == s->chosen, m->has_rates);
	if (m->n > 0)
		draw_toxics(&m->rows[s->chosen], HEAD + y + 1, LINES - FOOT);
	draw_note(s, m);
	mvaddnstr(LINES - 1, 0,
	    "space: on/off   a: add toxic   d: remove toxic   q: quit", COLS);
	refresh();
}

void
screen_ask(const char *question, char *answer, int size)
{
	char *plain = table_plain(question);

	move(LINES - 1, 0);
	clrtoeol();
	addstr(plain);
	free(plain);
	echo();
	curs_set(1);
	timeout(-1);
	if (getnstr(answer, size - 1) == ERR)
		answer[0] = '\0';
	noecho();
	curs_set(0);
}
