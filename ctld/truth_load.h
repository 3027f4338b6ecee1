/* SPDX-License-Identifier: ISC */
#ifndef TRUTH_LOAD_H
#define TRUTH_LOAD_H

#include <stddef.h>
#include <stdint.h>

#include "journal.h"
#include "truth_parts.h"

/*
 * What an earlier ctld has written: proxies without listener and worker, whose
 * ids are in .was.  1; 0: there is none; -1: it is of another format, or
 * damaged. *msg_version is the one of its workers.
 */
int truth_load(const int journals[JOURNALS], uint32_t *msg_version);

/* Each worker that was retired, and has its sessions still. */
const struct retired *truth_retired_workers(size_t *n);

/* All that was read has been taken: those are no more. */
void truth_loaded(void);

#endif
