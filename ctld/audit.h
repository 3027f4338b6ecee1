/* SPDX-License-Identifier: ISC */
#ifndef AUDIT_H
#define AUDIT_H

#include "msg.h"

struct change;

/*
 * Who has changed what, or was refused it, where callers are told apart: a line
 * of log, whatever the log's level, before anybody is answered.
 */
void audit(const struct change *, enum answer_code);

#endif
