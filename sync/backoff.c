/* SPDX-License-Identifier: ISC */
/* See backoff.h. */

#include <sys/random.h>

#include "backoff.h"
#include "random.h"

static struct random source;

static int64_t
draw(int64_t below)
{
	uint64_t seed = 1;

	if (source.state == 0) {
		/* as good as any, where the kernel has none yet */
		(void)!getrandom(&seed, sizeof(seed), GRND_NONBLOCK);
		random_seed(&source, seed, "backoff", 0);
	}
	return random_below(&source, below);
}

int64_t
backoff_next(struct backoff *b)
{
	int64_t ms = b->first_ms;
	unsigned int i;

	for (i = 0; i < b->tries && ms < b->most_ms; i++)
		ms *= 2;
	if (ms > b->most_ms)
		ms = b->most_ms;
	b->tries++;
	return ms / 2 + draw(ms - ms / 2 + 1);
}

void
backoff_reset(struct backoff *b)
{
	b->tries = 0;
}
