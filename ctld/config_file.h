/* SPDX-License-Identifier: ISC */
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

/* The configuration file, until the first apid has populated from it. */

struct child;

void config_open(void);
int config_fd(void);
void config_close(void);
int config_offer(struct child *apid);
void config_reader_died(const struct child *apid);

#endif
