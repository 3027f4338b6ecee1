/* SPDX-License-Identifier: ISC */
#ifndef FNV_H
#define FNV_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a, 64 bits: what tells two apart that nobody makes alike on purpose. */
#define FNV_BASIS UINT64_C(0xcbf29ce484222325)

static inline uint64_t
fnv1a(uint64_t h, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	while (n-- > 0)
		h = (h ^ *p++) * UINT64_C(0x100000001b3);
	return h;
}

#endif
