/* SPDX-License-Identifier: ISC */
/* The full screen of top. */
#ifndef SCREEN_H
#define SCREEN_H

#include "model.h"

struct screen {
	const char *title; /* the server */
	int is_coloured;
	size_t chosen;  /* row */
	size_t first;   /* row that is at the top */
	char note[512]; /* what was done last */
};

void screen_begin(const struct screen *);
void screen_end(void);
void screen_draw(struct screen *, const struct model *);

/* What is on the terminal is not what was drawn: the next draws all. */
void screen_forget(void);

/* A line that is typed at the bottom; "" if it was given up. */
void screen_ask(const char *question, char *answer, int size);

/* A key, or ERR when so many ms have passed without one. */
int screen_key(int ms);

/* "1.2 MB", by bytes */
void screen_amount(double, char *, size_t);

#endif
