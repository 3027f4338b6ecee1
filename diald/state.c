/* SPDX-License-Identifier: ISC */
/* What diald knows, for all its files. */

#include "diald.h"

struct diald diald;
