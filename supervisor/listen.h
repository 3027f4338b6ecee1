/* SPDX-License-Identifier: ISC */
#ifndef LISTEN_H
#define LISTEN_H

#include "endpoint.h"

struct bind_policy;

/*
 * The only bind.  What may be bound the policy says; NULL, for the API: all.
 * ENDPOINT_OK; ENDPOINT_DENIED, by the policy; or ENDPOINT_SYSTEM and errno.
 * *bound is the address that it came to, port 0 being a number by then.
 */
enum endpoint_error listen_open(const struct bind_policy *,
    const struct address *, int *fd, struct address *bound);
enum endpoint_error listen_instead(const struct bind_policy *, int old,
    const struct address *, int *fd, struct address *bound);
enum endpoint_error listen_anew(
    const struct bind_policy *, int *fd, const struct address *);

/* Why not, of that endpoint, right after it: errno is looked at. */
const char *listen_error_text(
    enum endpoint_error, const struct endpoint *, char *text, size_t size);

int descriptor_is_reserved(int fd);
int listen_socket(const struct address *); /* as they all begin */
void listen_give_up(int fd);
void listen_again(int fd);
void listen_close(int *fd);

#endif
