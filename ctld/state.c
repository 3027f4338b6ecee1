/* SPDX-License-Identifier: ISC */
/* What everyone in ctld may ask: see state.h. */

#include "state.h"

struct ctld ctld;
