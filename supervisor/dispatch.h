/* SPDX-License-Identifier: ISC */
#ifndef DISPATCH_H
#define DISPATCH_H

/* What a child says. */

struct child;
struct msg;

/* 0, or -1 and errno: it is not to be listened to any more. */
int child_hear(struct child *, int n);
void child_readable(struct child *);

/* What a child of each role may say; -1: malformed or out of place */
int dispatch_apid(struct child *, struct msg *);
int dispatch_config(struct child *, struct msg *); /* reload.c */
int dispatch_relayd(struct child *, struct msg *);
int dispatch_diald(struct child *, struct msg *);
int dispatch_resolvd(struct child *, struct msg *);
int dispatch_stored(struct child *, struct msg *);

#endif
