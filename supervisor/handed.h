/* SPDX-License-Identifier: ISC */
#ifndef HANDED_H
#define HANDED_H

#include <stdint.h>
#include <sys/types.h>

/*
 * What a program of toxid hands to the next one in the same process: its
 * tables, in a memory file; the numbers of descriptors stay.
 */

/* For the next ctld: clients of the API that this one gives back. */
int handed_client(int fd); /* 0, or errno; fd is taken */
void handed_drop(void);    /* there will be no next ctld */

/* From 0; each is had once, and is the caller's; -1: there are no more. */
int handed_client_take(uint32_t n);

/* A file with all there is, which is the caller's; or -1 and errno. */
int handed_save(void);

/* 0, or -1: it is no such file, or one of another format. */
int handed_load(int fd, int is_trial);

/* Does an exec leave it open?  The journal; or all that is in the file. */
void handed_inherit_journals(int inherited);
void handed_inherit(int inherited);

#endif
