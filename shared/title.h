/* SPDX-License-Identifier: ISC */
#ifndef TITLE_H
#define TITLE_H

/*
 * What ps(1) shows.  toxid starts a child with one argument and TITLE_SPACE in
 * its environment; the kernel shows what is written over both.
 */
#define TITLE_SPACE_MAX 320
#define TITLE_SPACE_NAME "TITLE_SPACE="

/* argv as main() got it: what it says is gone with the first title. */
void title_init(char *argv[]);

/* "toxid: relayd [redis]"; longer ones are cut. */
void title_set(const char *title);

#endif
