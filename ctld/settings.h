/* SPDX-License-Identifier: ISC */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stddef.h>

#include "handler.h"

/* What the configuration file says of toxid itself. */

struct child;
struct config_end;

/* The loop is not there yet: told_to_end() is asked now and then. */
void settings_read(int (*told_to_end)(void));
void settings_look_at_certificate(int (*told_to_end)(void));
/* "FILE:LINE:COLUMN: why"; returns text. */
const char *settings_place(
    const struct config_end *, const char *path, char *text, size_t size);
/* -check */
void settings_check(int (*told_to_end)(void)) __attribute__((__noreturn__));
/* As those of dispatch.h; NULL: it does not read for them. */
const struct handler *settings_may_say(
    const struct child *, unsigned int *state);

#endif
