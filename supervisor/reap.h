/* SPDX-License-Identifier: ISC */
#ifndef REAP_H
#define REAP_H

/* Whoever has died or was stopped: its table knows it afterwards. */
void reap(void);

#endif
