/* SPDX-License-Identifier: ISC */
#ifndef HOST_NAME_H
#define HOST_NAME_H

/* Names that browsers may call the API by: -allow-host, and the configuration
 * file's, each so many. */
#define ALLOW_HOSTS_MAX 64

/* A name, and no port; no part of it is empty, but behind a last dot. */
int host_name_is_good(const char *);

#endif
