/* SPDX-License-Identifier: ISC */
/* A file as one document: all that a server, or a fleet, is to have. */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include <jansson.h>

#include "config.h"

/*
 * What apply takes, and "scenarios" beside "proxies": {"proxies": [...],
 * "scenarios": [...]}, each proxy with its name.  With is_of_fleet also what is
 * said of each proxy is looked at, as config_read() does, which else is the
 * server's to do; and a null by its name is among "none": [...].  NULL:
 * c->error says why.  c is to be freed in any case.
 */
json_t *document_read(
    struct config *c, const char *path, int proxies_only, int is_of_fleet);

/* The same text for the same document, however it is written. */
#define DIGEST_MAX 33
void document_digest(const json_t *, char digest[DIGEST_MAX]);

#endif
