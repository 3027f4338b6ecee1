/* SPDX-License-Identifier: ISC */
/* Times in their order: a binary heap. */

#include <stdlib.h>

#include "clock.h"
#include "heap.h"
#include "log.h"

static void
place(struct heap *h, uint32_t i, struct deadline *d)
{
	h->of[i] = d;
	d->index = i;
}

/* Both leave d where it belongs, starting from the free place i. */
static void
sift_up(struct heap *h, uint32_t i, struct deadline *d)
{
	for (; i > 1 && d->at < h->of[i / 2]->at; i /= 2)
		place(h, i, h->of[i / 2]);
	place(h, i, d);
}

static void
sift_down(struct heap *h, uint32_t i, struct deadline *d)
{
	uint32_t child;

	for (; (child = 2 * i) <= h->len; i = child) {
		if (child < h->len && h->of[child + 1]->at < h->of[child]->at)
			child++;
		if (d->at <= h->of[child]->at)
			break;
		place(h, i, h->of[child]);
	}
	place(h, i, d);
}

static void
settle(struct heap *h, uint32_t i, struct deadline *d)
{
	if (i > 1 && d->at < h->of[i / 2]->at)
		sift_up(h, i, d);
	else
		sift_down(h, i, d);
}

static int
resize(struct heap *h, uint32_t size)
{
	struct deadline **of;

	/* NOLINTNEXTLINE(bugprone-sizeof-expression): of pointers */
	if ((of = reallocarray(h->of, size, sizeof(*of))) == NULL)
		return -1;
	h->of = of;
	h->size = size;
	return 0;
}

int
heap_reserve(struct heap *h, uint32_t n)
{
	return n + 1 > h->size ? resize(h, n + 1) : 0;
}

void
heap_free(struct heap *h)
{
	free(h->of);
	*h = (struct heap){ .of = NULL };
}

static void
insert(struct heap *h, struct deadline *d)
{
	if (h->len + 1 >= h->size &&
	    resize(h, h->size == 0 ? 16 : h->size * 2) == -1)
		fatal("%s", __func__);
	h->len++;
	sift_up(h, h->len, d);
}

static void
take_out(struct heap *h, struct deadline *d)
{
	struct deadline *last = h->of[h->len--];

	if (last != d)
		settle(h, d->index, last);
	d->index = 0;
}

void
heap_set(struct heap *h, struct deadline *d, int64_t at)
{
	if (at == CLOCK_NEVER) {
		if (d->index != 0)
			take_out(h, d);
		return;
	}
	if (d->index != 0 && d->at == at)
		return;
	d->at = at;
	if (d->index != 0)
		settle(h, d->index, d);
	else
		insert(h, d);
}

int64_t
heap_next(const struct heap *h)
{
	return h->len > 0 ? h->of[1]->at : CLOCK_NEVER;
}

struct deadline *
heap_take_due(struct heap *h, int64_t now)
{
	struct deadline *d;

	if (h->len == 0 || h->of[1]->at > now)
		return NULL;
	d = h->of[1];
	take_out(h, d);
	return d;
}
