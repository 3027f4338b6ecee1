/* SPDX-License-Identifier: ISC */
#ifndef PLACE_H
#define PLACE_H

#include <stddef.h>

/* Where in a text of JSON a value stands; both count from 1, in characters. */
struct place {
	const char *at, *end; /* of the text */
	unsigned int line, column;
};

/* The text has been parsed: it is JSON.  Its first value. */
void place_start(struct place *, const char *text, size_t len);

/*
 * From a value to one in it, or to its key.  Of an object the last member of
 * that name counts, in any case.  0, or -1: there is none; it is as it was.
 */
int place_member(struct place *, const char *key);
int place_key(struct place *, const char *key);
int place_element(struct place *, size_t i);
/* From an element of an array to the next. */
int place_next(struct place *);

/* All the way down "toxics[0].attributes.latency", or as far as it goes. */
void place_path(struct place *, const char *path);

#endif
