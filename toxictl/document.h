/* SPDX-License-Identifier: ISC */
/* A file as one document: all that a server, or a fleet, is to have. */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include <jansson.h>

#include "config.h"

/*
 * What apply takes, and "scenarios" beside "proxies": {"proxies": [...],
 * "scenarios": [...]}, each proxy with its name.  With is_checked also what is
 * said of each proxy is looked at, as config_read() does; without, that is the
 * server's to do.  NULL: c->error says why.  c is to be freed in any case.
 */
json_t *document_read(
    struct config *c, const char *path, int proxies_only, int is_checked);

/* The same text for the same document, however it is written. */
#define DIGEST_MAX 33
void document_digest(const json_t *, char digest[DIGEST_MAX]);

#endif
