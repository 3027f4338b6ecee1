/* SPDX-License-Identifier: ISC */
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include "config.h"

/*
 * What a file of toxid's own says, toxid.conf(5), and no API takes.  Most of it
 * guards something: who has it in a file would think that it does.  Unless the
 * file's proxies_only is set, all of them are errors.
 */

/* Of the object that has the proxies.  0, or -1 and it is said. */
int config_settings(struct config *, json_t *object);
/* ... of the proxy in hand. */
int config_proxy_settings(struct config *, json_t *proxy);

#endif
