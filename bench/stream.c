/* SPDX-License-Identifier: ISC */
/* The bytes of a verified stream: SplitMix64, which can begin anywhere. */

#include <string.h>

#include "stream.h"

#define GAMMA UINT64_C(0x9e3779b97f4a7c15)
#define WORD sizeof(uint64_t)

uint64_t
stream_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static uint64_t
word_at(const struct stream *s, uint64_t at)
{
	return stream_mix(s->key + (at / WORD + 1) * GAMMA);
}

/* Up to the end of a word. */
static size_t
part(uint64_t at, size_t n)
{
	size_t left = WORD - at % WORD;

	return left < n ? left : n;
}

void
stream_fill(const struct stream *s, uint8_t *data, size_t n)
{
	uint64_t at = s->at, word;
	size_t len;

	for (; n > 0; data += len, at += len, n -= len) {
		word = word_at(s, at);
		len = part(at, n);
		memcpy(data, (const uint8_t *)&word + at % WORD, len);
	}
}

int
stream_check(struct stream *s, const uint8_t *data, size_t n)
{
	uint64_t word;
	size_t len;

	if (n > s->total - s->at)
		return -1;
	for (; n > 0; data += len, s->at += len, n -= len) {
		word = word_at(s, s->at);
		len = part(s->at, n);
		if (memcmp(data, (const uint8_t *)&word + s->at % WORD, len) !=
		    0)
			return -1;
	}
	return 0;
}
