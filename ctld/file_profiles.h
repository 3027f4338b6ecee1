/* SPDX-License-Identifier: ISC */
#ifndef FILE_PROFILES_H
#define FILE_PROFILES_H

#include <stddef.h>

#include "agreed.h"
#include "toxic_tail.h"

/* "profiles" of the configuration file: toxics, each with its profile's name
 * in its owner, those of one behind each other. */

struct child;

/* Zeros: there are none. */
struct file_profiles {
	struct toxic_spec *all[FILE_PROFILES_MAX]; /* toxic_spec_dup()'s */
	size_t n;
};

/* 0; -1: no honest reader says it; -2: no memory. */
int file_profiles_add(struct file_profiles *, const struct toxic_spec *);
void file_profiles_free(struct file_profiles *);

/* They are those that count from now on; it is empty then.  1, or 0: they did
 * so before. */
int file_profiles_take(struct file_profiles *);
void file_profiles_feed(struct child *apid);

/* truth_save.c, truth_load.c: parts of the journal */
int file_profiles_are_new(void); /* since it was asked last */
const struct file_profiles *file_profiles_now(void);
int file_profiles_load(size_t n); /* of bytes, which are none: all anew */
int file_profiles_load_toxic(const void *bytes, size_t n); /* 0, or -1 */

#endif
