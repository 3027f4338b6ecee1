/* SPDX-License-Identifier: ISC */
#ifndef RELOAD_H
#define RELOAD_H

#include <stdint.h>

/* SIGHUP. */

struct child;

void reload_asked(void);
void reload_asked_by(uint32_t asker); /* ... who waits for how it went */
int reload_is_on(void);
void reload_tick(int64_t now);
int reload_waits(void); /* 1: one is on, or is to be */
void reload_reader_died(struct child *);

#endif
