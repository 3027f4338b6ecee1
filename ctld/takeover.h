/* SPDX-License-Identifier: ISC */
#ifndef TAKEOVER_H
#define TAKEOVER_H

struct msg;

/*
 * A ctld that follows another: after its death, or in an upgrade.  It reads the
 * journal, has from toxid what that has kept, and greets those children that
 * go on: apid at once, of the workers some in each turn of the loop, and one
 * that a change is about before the others.  What one of them has said before
 * it answers is of the earlier ctld, and dropped; what is asked about its proxy
 * waits for it, and nothing else does.
 */

/* 1; 0: there was none before it, or none that had come so far. */
int takeover_begin(void);

/*
 * To be said before anything that may fail for lack of memory, descriptors or
 * room in the journal: what ends this ctld keeps the next one, too, and with
 * the last one that toxid tries sessions end.  So each that gives up after
 * another lives for so long that it is not counted.
 */
void takeover_rests(void);

/* Not while workers have to be told that the one before ends on purpose. */
int takeover_diald_may_start(void);

/* In the trial of an upgrade; its exit status says whether it could. */
void takeover_try(const int journals[2]) __attribute__((__noreturn__));

/* What a greeted child answers: 0, or -1: it may not. */
int takeover_toxic_here(struct msg *);
int takeover_worker_here(struct msg *);
int takeover_apid_here(struct msg *);

#endif
