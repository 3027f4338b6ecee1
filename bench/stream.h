/* SPDX-License-Identifier: ISC */
#ifndef STREAM_H
#define STREAM_H

#include <stddef.h>
#include <stdint.h>

/* How many bytes, when nobody can say yet. */
#define STREAM_ENDLESS UINT64_MAX

/*
 * One direction of a session: each byte follows from the key and from its
 * place, so that either end knows it without the other.
 */
struct stream {
	uint64_t key;
	uint64_t at; /* the next byte */
	uint64_t total;
};

uint64_t stream_mix(uint64_t);

/* The next n bytes; the place stays. */
void stream_fill(const struct stream *, uint8_t *, size_t n);

/* Moves on over n bytes that have come.  -1: they are not the right ones. */
int stream_check(struct stream *, const uint8_t *, size_t n);

#endif
