/* SPDX-License-Identifier: ISC */
/* What ctld as a whole is at: see mode.h. */

#include "mode.h"

struct mode mode;

void
mode_drain(void)
{
	mode.is_draining = 1;
}

void
mode_upgrade(int is_on)
{
	mode.is_upgrading = is_on;
}

void
mode_quit(void)
{
	mode.quit = 1;
}
