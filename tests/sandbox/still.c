/* SPDX-License-Identifier: ISC */
/* In the place of relayd, and static as it is: as a program finds itself. */

#include <unistd.h>

int
main(void)
{
	for (;;)
		pause();
}
