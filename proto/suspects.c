/* SPDX-License-Identifier: ISC */
/* Hosts that resolvd may have died of. */

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "suspects.h"

/* Then it is forgotten: the name may have another answer by now. */
#define SUSPECTED_FOR (60 * NS_PER_S)
#define SUSPECTS_MAX 1024

static TAILQ_HEAD(suspects, suspect) suspects = TAILQ_HEAD_INITIALIZER(
    suspects);
static unsigned int nsuspects, ndeaths;
static uint64_t norders;
static void *by_host; /* tsearch(3) of struct suspect */

static int
compare_hosts(const void *a, const void *b)
{
	const struct suspect *x = a, *y = b;

	return strcasecmp(x->host, y->host);
}

/* "x." is "x", as long as nobody has a search list for it. */
static void
set_host(struct suspect *s, const char host[HOST_MAX + 1])
{
	size_t n = strlen(host);

	memcpy(s->host, host, sizeof(s->host));
	if (n > 1 && s->host[n - 1] == '.')
		s->host[n - 1] = '\0';
}

int
suspects_are_any(void)
{
	return nsuspects > 0;
}

void
suspects_clear(struct suspect *s)
{
	tdelete(s, &by_host, compare_hosts);
	TAILQ_REMOVE(&suspects, s, entry);
	nsuspects--;
	free(s);
}

struct suspect *
suspects_find(const char host[HOST_MAX + 1], int64_t now)
{
	struct suspect key, **found;

	set_host(&key, host);
	if ((found = tfind(&key, &by_host, compare_hosts)) == NULL)
		return NULL;
	if (now < (*found)->until)
		return *found;
	suspects_clear(*found);
	return NULL;
}

/* Where there are too many, the one that was suspected first is let off. */
static struct suspect *
suspect_new(const char host[HOST_MAX + 1])
{
	struct suspect *s;

	if (nsuspects == SUSPECTS_MAX)
		suspects_clear(TAILQ_LAST(&suspects, suspects));
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	set_host(s, host);
	if (tsearch(s, &by_host, compare_hosts) == NULL) {
		free(s);
		return NULL;
	}
	TAILQ_INSERT_HEAD(&suspects, s, entry);
	nsuspects++;
	return s;
}

void
suspects_another_death(void)
{
	ndeaths++;
}

/* Once for each death, though it be asked for with many ports. */
void
suspects_blame(const char host[HOST_MAX + 1], unsigned int weight, int64_t now)
{
	struct suspect *s = suspects_find(host, now);

	if (s == NULL && (s = suspect_new(host)) == NULL)
		return;
	if (s->blamed != ndeaths)
		s->weight += weight;
	s->blamed = ndeaths;
	s->order = ++norders;
	s->until = now + SUSPECTED_FOR;
}
