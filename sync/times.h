/* SPDX-License-Identifier: ISC */
#ifndef TIMES_H
#define TIMES_H

/* "2026-11-28T18:05:50.123Z" */
#define TIMES_SIZE 32
const char *times_now(char text[TIMES_SIZE]);

#endif
