/* SPDX-License-Identifier: ISC */
#ifndef MODE_H
#define MODE_H

/*
 * What ctld as a whole is at: drain.c and upgrade.c bring it about, and files
 * below them, which must not need them, do otherwise then.
 */
extern struct mode {
	int is_draining;  /* no new clients, no changes */
	int is_upgrading; /* no child is to be started */
	int quit;         /* the loop has had its last turn */
} mode;

void mode_drain(void);
void mode_upgrade(int is_on);
void mode_quit(void);

#endif
