/* SPDX-License-Identifier: ISC */
#ifndef STATE_DIR_H
#define STATE_DIR_H

/* Where stored's folder is. */

void state_dir_bad(const char *why) __attribute__((__noreturn__));
void state_dir_open(const char *path, int *dir_fd, int *lock_fd);

#endif
