/* SPDX-License-Identifier: ISC */
#ifndef ROWS_H
#define ROWS_H

#include <sqlite3.h>

#include "msg.h"

/* A text; 0, or -1: it cannot have been made from what was to be kept. */
int row_text(sqlite3_stmt *, int column, char *to, size_t size);

/*
 * The row that the statement is at, columns as statements.c selects them.  0,
 * or -1: no toxid has written it.  Of a toxic, its proxy stays as it is, and
 * its values are as if none had been given; each has a row of its own.
 */
int row_of_token(sqlite3_stmt *, struct credential *);
int row_of_halt(sqlite3_stmt *, struct halt *);
int row_of_proxy(sqlite3_stmt *, struct stored_proxy *);
int row_of_toxic(sqlite3_stmt *, struct toxic_create *);
/* Without its proxy and how many toxics it has, which stay as they are. */
int row_of_scenario(sqlite3_stmt *, struct scenario_spec *);
/* The connect of one of its steps, which it gets. */
int row_of_scenario_connect(sqlite3_stmt *, struct scenario_spec *);
/* ... and each of its toxics, but for its proxy. */
int row_of_scenario_toxic(sqlite3_stmt *, struct toxic_create *);
int row_of_value(sqlite3_stmt *, struct toxic_spec *);

/*
 * What is kept of that value, bound as parameter at; a text lives in the spec.
 * A list of integers is "500,503", one of texts a blob, each with its NUL.
 */
void row_bind_value(
    sqlite3_stmt *, int at, const struct toxic_spec *, size_t slot);
/* Returns text. */
#define DURATIONS_TEXT_MAX (SCENARIO_STEPS_MAX * 12 + 1)
const char *row_durations(
    const struct scenario_spec *, char text[DURATIONS_TEXT_MAX]);
/* Returns text, or "". */
#define LOSSLESS_TEXT_MAX (SCENARIO_STEPS_MAX + 1)
const char *row_lossless(
    const struct scenario_spec *, char text[LOSSLESS_TEXT_MAX]);
/* Five columns, from there on. */
void row_bind_connect(sqlite3_stmt *, int at, const struct connect_spec *);

#endif
