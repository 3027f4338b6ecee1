/* SPDX-License-Identifier: ISC */
/* A proxy's connect: as people and files write it. */
#ifndef CONNECT_H
#define CONNECT_H

#include <stddef.h>

#include <jansson.h>
#include <toxi.h>

/* "accept_delay 2000ms, dial unreachable after 500ms"; NULL is "usual". */
#define CONNECT_TEXT_MAX 192
const char *connect_text(
    const struct toxi_connect *, char text[CONNECT_TEXT_MAX]);

int connect_same(const struct toxi_connect *, const struct toxi_connect *);

/* TOXI_DIAL_USUAL: it is none of them. */
enum toxi_dial_fail connect_fail_of(const char *word);

/* As the API has it. */
json_t *json_of_connect(const struct toxi_connect *);
/*
 * That of a proxy, or of a scenario's step: 1, be it null; 0: it has none; or
 * -1 and *why, which is static.  What values may be the server knows.
 */
int connect_of_proxy(json_t *proxy, struct toxi_connect *, const char **why);

#endif
