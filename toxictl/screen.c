/* SPDX-License-Identifier: ISC */
/* The full screen of top. */

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

/* Columns of the table; the sparkline has what is left. */
enum {
	AT_LISTEN = 18,
	AT_UPSTREAM = 41,
	AT_TOXICS = 64,
	AT_SESSIONS = 71,
	AT_UP = 78,
	AT_DOWN = 88,
	AT_RESTARTS = 98,
	AT_SPARK = 104
};

/* On a narrow screen the addresses make room. */
struct layout {
	int listen, upstream, toxics, sessions, up, down, restarts, spark;
};

static struct layout
lay_out(void)
{
	struct layout at = { AT_LISTEN, AT_UPSTREAM, AT_TOXICS, AT_SESSIONS,
		AT_UP, AT_DOWN, AT_RESTARTS, AT_SPARK };
	int less = 0;

	if (COLS < AT_SPARK + 10)
		less = AT_TOXICS - AT_UPSTREAM;
	if (COLS < AT_SPARK + 10 - less)
		less = AT_TOXICS - AT_LISTEN;
	if (less > 0)
		at.upstream = -1;
	if (less > AT_TOXICS - AT_UPSTREAM)
		at.listen = -1;
	at.toxics -= less;
	at.sessions -= less;
	at.up -= less;
	at.down -= less;
	at.restarts -= less;
	at.spark -= less;
	return at;
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
	mvaddnstr(y, x, plain, end - x - 1);
	free(plain);
}

static void
draw_numbers(const struct row *row, const struct layout *at, int y, int rates)
{
	char up[32], down[32];

	attron(COLOR_PAIR(row->proxy->toxics.n > 0 ? PAIR_TOXIC : 0));
	mvprintw(y, at->toxics, "%6zu", row->proxy->toxics.n);
	attroff(COLOR_PAIR(row->proxy->toxics.n > 0 ? PAIR_TOXIC : 0));
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
	mvprintw(y, 0, "%c%*s", is_enabled ? ' ' : '-', AT_LISTEN - 2, "");
	draw_text(y, 1, AT_LISTEN, row->name);
	attroff(COLOR_PAIR(pair) | A_REVERSE);
	draw_text(y, at->listen, AT_UPSTREAM, row->proxy->listen);
	draw_text(y, at->upstream, AT_TOXICS, row->proxy->upstream);
	draw_numbers(row, at, y, rates);
}

static void
draw_head(
    const struct screen *s, const struct model *m, const struct layout *at)
{
	mvprintw(0, 0, "%s: %zu prox%s%s", s->title, m->n,
	    m->n == 1 ? "y" : "ies",
	    m->has_rates ? "" : ", no rates: the server has no /metrics");
	attron(A_BOLD);
	mvaddstr(2, 1, "NAME");
	draw_text(2, at->listen, AT_UPSTREAM, "LISTEN");
	draw_text(2, at->upstream, AT_TOXICS, "UPSTREAM");
	mvaddstr(2, at->toxics, "TOXICS");
	mvaddstr(2, at->sessions, " SESS");
	mvaddstr(2, at->up, "    UP/s");
	mvaddstr(2, at->down, "  DOWN/s");
	mvaddstr(2, at->restarts, "DIED");
	attroff(A_BOLD);
}

/* The toxics of the chosen one, in the lines that are left for them. */
static void
draw_toxics(const struct row *row, int y, int end)
{
	const struct toxi_toxic *toxic;
	char *attributes, *name;
	size_t i;

	for (i = 0; i < row->proxy->toxics.n && y < end; i++, y++) {
		toxic = &row->proxy->toxics.list[i];
		name = table_plain(toxic->name);
		attributes = show_attributes(toxic);
		mvprintw(y, 1, "%s: %s %s on %.0f%%, %s", name,
		    show_stream(toxic), toxic->type, toxic->toxicity * 100,
		    attributes);
		free(attributes);
		free(name);
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
}

void
screen_draw(struct screen *s, const struct model *m)
{
	struct layout at = lay_out();
	int height = LINES - HEAD - TOXICS_MAX - FOOT - 1, y;
	size_t i;

	if (height < 1)
		height = 1;
	scroll_to(s, m, (size_t)height);
	erase();
	draw_head(s, m, &at);
	for (y = 0; y < height && (i = s->first + (size_t)y) < m->n; y++)
		draw_row(
		    &m->rows[i], &at, HEAD + y, i == s->chosen, m->has_rates);
	if (m->n > 0)
		draw_toxics(&m->rows[s->chosen], HEAD + y + 1, LINES - FOOT);
	attron(COLOR_PAIR(m->error[0] != '\0' ? PAIR_OFF : 0));
	mvaddnstr(LINES - 2, 0, m->error[0] != '\0' ? m->error : s->note, COLS);
	attroff(COLOR_PAIR(m->error[0] != '\0' ? PAIR_OFF : 0));
	mvaddnstr(LINES - 1, 0,
	    "space: on/off   a: add toxic   d: remove toxic   q: quit", COLS);
	refresh();
}

void
screen_ask(const char *question, char *answer, int size)
{
	move(LINES - 1, 0);
	clrtoeol();
	addstr(question);
	echo();
	curs_set(1);
	timeout(-1);
	if (getnstr(answer, size - 1) == ERR)
		answer[0] = '\0';
	noecho();
	curs_set(0);
}
