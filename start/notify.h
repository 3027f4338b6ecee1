/* SPDX-License-Identifier: ISC */
#ifndef NOTIFY_H
#define NOTIFY_H

struct given;

/*
 * Who started toxid and wants to know how it is: from the environment, which is
 * without it afterwards.  See sd_notify(3).
 */
void notify_open(struct given *);

#endif
