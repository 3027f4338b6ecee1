/* SPDX-License-Identifier: ISC */
#ifndef IN_HAND_H
#define IN_HAND_H

#include <stdint.h>

#include "msg.h"

/*
 * Whose message ctld has in hand.  It is in a memory file of toxid's, so that
 * who follows a ctld that died knows what it may have died of: two deaths of
 * one child's messages, and that child is not heard again.
 */

struct child;

/*
 * Before the locks.  fd: the memory file, which is taken.  fell: the ctld
 * before this one has ended itself, or was killed for what it did; whether it
 * was a fault that ended it is in the file.
 */
void in_hand_open(int fd, int fell);

/* From here on a fault is noted: not a signal that somebody else has sent. */
void in_hand_note_faults(void);

void in_hand_begin(const struct child *);
void in_hand_end(void);

/*
 * Have two ctlds died of it?  A worker is known by its id; any other, of which
 * there is one, by its role, and its id is 0.  Asked once: whoever comes after
 * it begins anew.
 */
int in_hand_is_poison(enum role, uint32_t id);

#endif
