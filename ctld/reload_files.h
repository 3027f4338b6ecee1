/* SPDX-License-Identifier: ISC */
#ifndef RELOAD_FILES_H
#define RELOAD_FILES_H

#include "certificate.h"

/* What there is to be read again. */

int reload_has_config(void); /* or certificate and key alone; or nothing */
const char *reload_source(void);
/*
 * Opens all of it: *config, which is the caller's, or -1: it has none; the
 * rest is certificate.h's.  0, or -1 and why.
 */
int reload_open(int *config, char why[CERTIFICATE_FAULT_MAX]);

#endif
