/* SPDX-License-Identifier: ISC */
#ifndef AGENDA_H
#define AGENDA_H

/*
 * What the loop is to see to soon.  Whoever causes it puts it here, from below,
 * and need not know who does it; who has done it takes it off.
 */
enum agenda {
	AGENDA_START,    /* a role may start now: roles.c, in this turn */
	AGENDA_CHANGES,  /* one that waits may go on: changes.c, the same */
	AGENDA_SESSIONS, /* some are over: api_sessions.c, in this turn */
	AGENDA_PROGRAMS, /* one is free that some lack: losses.c, the same */
	AGENDA_SPARES,   /* there are too few: workers.c, with the next tick */
	AGENDA_HEALTH,   /* is not as apid knows it: health.c, the same */
	AGENDA_STATUS,   /* is not as systemd knows it: notify.c, the same */
	AGENDA_MAX
};

void agenda_add(enum agenda);
int agenda_has(enum agenda);
void agenda_done(enum agenda);

#endif
