/* SPDX-License-Identifier: ISC */
#ifndef LOSS_H
#define LOSS_H

struct given;

/*
 * The programs by which workers lose segments, each with a map of its own; or
 * why there are none.  Whatever comes after it loads no more.
 */
void loss_open(struct given *);

#endif
