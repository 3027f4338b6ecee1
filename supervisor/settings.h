/* SPDX-License-Identifier: ISC */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stddef.h>

/* What the configuration file says of toxid itself. */

struct child;
struct config_end;
struct msg;

void settings_read(void);
/* "FILE:LINE:COLUMN: why"; returns text. */
const char *settings_place(
    const struct config_end *, const char *path, char *text, size_t size);
void settings_check(void) __attribute__((__noreturn__)); /* -check */
int settings_say(const struct child *, const struct msg *);

#endif
