/* SPDX-License-Identifier: ISC */
#ifndef STATE_DIR_H
#define STATE_DIR_H

struct given;

/*
 * Opens stored's folder in that directory, once it is known whether stored has
 * a user of its own: one that is ours alone; or gives up.
 */
void state_dir_open(const char *path, struct given *);

#endif
