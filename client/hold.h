/* SPDX-License-Identifier: ISC */
/*
 * A session of the server's: what is made in it is there for as long as this
 * process is.  A thread holds on to it, by a connection that stays open, and
 * comes back to it where that breaks.
 */
#ifndef HOLD_H
#define HOLD_H

#include "session_line.h"
#include "settings.h"
#include "toxi.h"

struct hold;

/*
 * When the server has one for us.  The settings have to outlive it.  NULL:
 * TOXI_ERR_UNSUPPORTED, that server has none to give; or why not.
 */
struct hold *hold_open(const struct settings *, struct toxi_error *);

/* Its number, as it is now; never empty. */
void hold_id(struct hold *, char[SESSION_ID_MAX + 1]);

/*
 * The session is over.  In a process that was forked it goes on, as that of
 * the one that has opened it.  Takes NULL.
 */
void hold_close(struct hold *);

#endif
