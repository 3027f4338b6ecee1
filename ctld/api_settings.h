/* SPDX-License-Identifier: ISC */
#ifndef API_SETTINGS_H
#define API_SETTINGS_H

#include <stddef.h>

#include "host_name.h"
#include "msg.h"

/* "api" of the configuration file. */

struct child;

/* Zeros: nothing of it is said. */
struct api_settings {
	struct api_host hosts[ALLOW_HOSTS_MAX]; /* in the order of the file */
	size_t n;
};

/* 0; -1: no honest reader says it. */
int api_settings_add_host(struct api_settings *, const struct api_host *);
/* They are those that count from now on.  1, or 0: they did so before. */
int api_settings_take(const struct api_settings *);
/* To an apid: by which names it may be called, those of the command line, too.
 */
void api_settings_feed(struct child *apid);

/* truth_save.c, truth_load.c: a part of the journal */
int api_settings_are_new(void); /* since it was asked last */
const struct api_host *api_settings_hosts(size_t *n);
int api_settings_load(const void *bytes, size_t size); /* 0, or -1 */

#endif
