/* SPDX-License-Identifier: ISC */
#ifndef CONFIG_FAULT_H
#define CONFIG_FAULT_H

#include "config.h"

/*
 * Both say what is wrong with the toxic in hand, or with the proxy if there is
 * none, in error, with its place, and return -1.
 */

/* It is the value at the path: "", or "attributes.latency". */
int __attribute__((__format__(__printf__, 3, 4)))
config_bad(struct config *, const char *path, const char *format, ...);
/* It is a key of the object at the path. */
int __attribute__((__format__(__printf__, 4, 5)))
config_bad_key(struct config *, const char *path, const char *key,
    const char *format, ...);

#endif
