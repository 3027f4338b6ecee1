/* SPDX-License-Identifier: ISC */
#ifndef INSPECT_H
#define INSPECT_H

struct address;

/* Is a listener as priv_bind() made it?  NULL, or what is not. */
const char *listen_fault(int fd, const struct address *);

#endif
