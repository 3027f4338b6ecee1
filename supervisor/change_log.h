/* SPDX-License-Identifier: ISC */
#ifndef CHANGE_LOG_H
#define CHANGE_LOG_H

struct change;

void change_log(const struct change *);

#endif
