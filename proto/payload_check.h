/* SPDX-License-Identifier: ISC */
#ifndef PAYLOAD_CHECK_H
#define PAYLOAD_CHECK_H

#include "payload.h"

/*
 * int setup_ok(const struct setup *), and so on: what payload_is_sound() asks,
 * for each in the file of those who say it.  What comes in there was written by
 * a process that may have been taken over: nothing is believed but what is
 * checked.
 */
#define X(payload) int payload##_ok(const struct payload *);
MSG_PAYLOADS(X)
#undef X

#endif
