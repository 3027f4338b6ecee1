/* SPDX-License-Identifier: ISC */
#ifndef FOLDER_H
#define FOLDER_H

/*
 * A folder in memory for a harness that has files.  libFuzzer's own names are
 * relative to where it was started: enter it, and come back.
 */
void folder_open(void);
void folder_enter(void);
void folder_leave(void);

#endif
