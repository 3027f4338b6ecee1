/* SPDX-License-Identifier: ISC */
#ifndef WITH_H
#define WITH_H

#include "toxi.h"

/* Removes it; that somebody else did is as good. */
int toxic_is_gone(
    struct toxi *, const char *proxy, const char *name, struct toxi_error *);

#endif
