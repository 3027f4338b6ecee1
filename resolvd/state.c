/* SPDX-License-Identifier: ISC */
/* What resolvd knows, for all its files. */

#include "resolvd.h"

struct resolvd resolvd;
