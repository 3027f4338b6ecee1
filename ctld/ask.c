/* SPDX-License-Identifier: ISC */

#include "ask.h"

int
priv_ask(int line, const struct priv_question *q, int fd, struct priv_answer *a,
    int *got)
{
	int is_lost;

	if (priv_put(line, q, sizeof(*q), 0, fd) == -1 ||
	    priv_get(line, a, sizeof(*a), 0, got, &is_lost) !=
		(ssize_t)sizeof(*a))
		return -1;
	return 0;
}
