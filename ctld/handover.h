/* SPDX-License-Identifier: ISC */
#ifndef HANDOVER_H
#define HANDOVER_H

#include <stdint.h>

/*
 * The truth and the workers, from one program to the next.  The
 * format is raised with every change of a struct that is handed over, or of
 * one in it; the digest is theirs, in that format: a unit test says what it is.
 */
#define HANDOVER_FORMAT 5
#define HANDOVER_DIGEST UINT64_C(0x50b5722a8cf669ee)
int handover_save(int fd);
int handover_load(int fd, int is_trial, uint32_t *msg_version);

#endif
