/* SPDX-License-Identifier: ISC */
/* What stored knows, for all its files. */

#include "stored.h"

struct stored stored;
