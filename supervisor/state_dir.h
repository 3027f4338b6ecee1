/* SPDX-License-Identifier: ISC */
#ifndef STATE_DIR_H
#define STATE_DIR_H

/* Where stored's folder is. */

/*
 * As the options say, after spawn_init(), which finds out what we may: none, or
 * one that is ours alone; or gives up.
 */
void state_dir_init(void);

#endif
