/* SPDX-License-Identifier: ISC */
#ifndef HANDED_H
#define HANDED_H

#include <stdint.h>
#include <sys/types.h>

/*
 * What a program of toxid hands to the next one in the same process: its
 * tables, in a memory file; the numbers of descriptors stay.
 */

/* For the next ctld: the truth as this one has written it, and its clients. */
int handed_client(int fd); /* 0, or errno; fd is taken */
void handed_truth(int fd); /* fd is taken */
void handed_drop(void);    /* both: there will be no next ctld */
int handed_truth_fd(void); /* -1: there is none */

/* Each is had once, and is the caller's; -1: there is none, or no more. */
int handed_truth_take(void);
int handed_client_take(uint32_t n); /* from 0 */

/* A file with all there is, which is the caller's; or -1 and errno. */
int handed_save(void);

/* 0, or -1: it is no such file, or one of another format. */
int handed_load(int fd, int is_trial);

/* Of all that is in the file: does an exec leave it open? */
void handed_inherit(int inherited);

#endif
