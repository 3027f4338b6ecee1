/* SPDX-License-Identifier: ISC */
#ifndef LISTEN_H
#define LISTEN_H

struct address;

/* The only bind: 0, or -1 and errno. */
int descriptor_is_reserved(int fd);
int listen_open(const struct address *, int *fd, struct address *bound);
int listen_instead(
    int old, const struct address *, int *fd, struct address *bound);
int listen_anew(int *fd, const struct address *);
int listen_socket(const struct address *); /* as they all begin */
void listen_give_up(int fd);
void listen_again(int fd);
void listen_close(int *fd);

#endif
