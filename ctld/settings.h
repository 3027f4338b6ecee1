/* SPDX-License-Identifier: ISC */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stddef.h>

#include "handler.h"

/* What the configuration file says of toxid itself. */

struct child;
struct config_end;

void settings_read(void);
/* "FILE:LINE:COLUMN: why"; returns text. */
const char *settings_place(
    const struct config_end *, const char *path, char *text, size_t size);
void settings_check(void) __attribute__((__noreturn__)); /* -check */
/* As those of dispatch.h; NULL: it does not read for them. */
const struct handler *settings_may_say(
    const struct child *, unsigned int *state);

#endif
