/* SPDX-License-Identifier: ISC */
#ifndef REMARK_TEXT_H
#define REMARK_TEXT_H

#include "priv.h"

/* The words for what toxid has to say, for the log and for people. */

const char *remark_text(enum priv_remark_kind); /* constant */

/* On stderr: "toxid: ctld died: another follows: signal 9". */
void remark_print(const struct priv_remark *);

#endif
