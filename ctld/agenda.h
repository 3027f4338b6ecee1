/* SPDX-License-Identifier: ISC */
#ifndef AGENDA_H
#define AGENDA_H

/*
 * What the loop is to see to soon.  Whoever causes it puts it here, from below,
 * and need not know who does it; who has done it takes it off.
 */
enum agenda {
	AGENDA_START,  /* children who may come now: roles.c, at once */
	AGENDA_SPARES, /* of workers there are too few: workers.c */
	AGENDA_HEALTH, /* is another: health.c, with the next tick */
	AGENDA_STATUS, /* so are sessions or proxies, counted: notify.c */
	AGENDA_MAX
};

void agenda_add(enum agenda);
int agenda_has(enum agenda);
void agenda_done(enum agenda);

#endif
