/* SPDX-License-Identifier: ISC */
/* What apid knows, for all its files. */

#include "apid.h"

struct apid apid = { .listener = -1, .socket = -1 };
