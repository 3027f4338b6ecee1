/* SPDX-License-Identifier: ISC */
/* What is settled once at the start. */

#include "state.h"

struct toxid toxid = {
	.empty_dir_fd = -1,
	.state_dir_fd = -1,
	.state_lock_fd = -1,
};
