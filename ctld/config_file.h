/* SPDX-License-Identifier: ISC */
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

#include <stdint.h>

/* The configuration file, until the first apid has populated from it. */

struct child;

void config_open(void);
int config_fd(void);
/* What guards toxid, by a print: see struct config_end. */
void config_guards(uint64_t print);
uint64_t config_guards_print(void);
void config_close(void);
/*
 * The truth is not in it.  Who may call is: of a pipe the first apid has to see
 * that it does not say so.
 */
void config_has_no_say(void);
int config_offer(struct child *apid);
void config_reader_died(const struct child *apid);

#endif
