/* SPDX-License-Identifier: ISC */
#ifndef ANSWERS_H
#define ANSWERS_H

/* What ctld may ask. */

/* One question, if there is one.  0: there is none; -1: ctld is at its end. */
int answer_one(void);

#endif
