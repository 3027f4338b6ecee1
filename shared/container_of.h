/* SPDX-License-Identifier: ISC */
#ifndef CONTAINER_OF_H
#define CONTAINER_OF_H

#include <stddef.h>
#include <stdint.h>

/* The structure that has this member; the pointer is not NULL. */
#define container_of(pointer, type, member) \
	((type *)((uintptr_t)(pointer)-offsetof(type, member)))

#endif
