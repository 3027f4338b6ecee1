/* SPDX-License-Identifier: ISC */
#ifndef RELOAD_H
#define RELOAD_H

#include <sys/types.h>

/* -reload: asks that process, and exits as it went. */
void reload_ask(pid_t) __attribute__((__noreturn__));

#endif
