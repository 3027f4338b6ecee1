/* SPDX-License-Identifier: ISC */
#ifndef CERTIFICATE_H
#define CERTIFICATE_H

#include <stddef.h>

/*
 * -tls-cert and -tls-key: files that toxid opens and apid reads.  Here they are
 * descriptors, and what is in them is not looked at.
 */

struct child;
struct pair_end;

#define CERTIFICATE_FAULT_MAX 1024

int certificate_is_named(void);
/* Both anew, beside those that count.  0, or -1 and why not. */
int certificate_open(char why[CERTIFICATE_FAULT_MAX]);
/* Those, to who is to say what is wrong with them. */
void certificate_show(struct child *reader);
/* ... which it has said: 0, or -1 and the same as a text. */
int certificate_verdict(
    const struct pair_end *, char why[CERTIFICATE_FAULT_MAX]);
void certificate_take(void);   /* those that were opened are what counts */
void certificate_forget(void); /* ... are not to */
/* Before it serves: 0, or -1: they cannot be had, and it was killed. */
int certificate_feed(struct child *apid);
void certificate_apid_died(const struct child *apid);

#endif
