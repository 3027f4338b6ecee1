/* SPDX-License-Identifier: ISC */
/* Toxics for as long as a function runs, however that is left. */

#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "with.h"

struct with {
	struct toxi *toxi;
	const char *proxy;
	struct toxi_toxic **added;
	size_t n;
	struct toxi_error first; /* that went wrong */
};

int
toxic_is_gone(struct toxi *toxi, const char *proxy, const char *name,
    struct toxi_error *err)
{
	return toxi_toxic_remove(toxi, proxy, name, err) == 0 ||
	    failure_is_gone(err);
}

/* The last added first, so that the chain is never in another order. */
static void
remove_all(struct with *w)
{
	struct toxi_error err;
	struct toxi_toxic *toxic;

	while (w->n > 0) {
		toxic = w->added[--w->n];
		if (!toxic_is_gone(w->toxi, w->proxy, toxic->name, &err) &&
		    w->first.code == TOXI_OK)
			w->first = err;
		toxi_toxic_free(toxic);
	}
	free(w->added);
	w->added = NULL;
}

static int
add_all(struct with *w, struct toxi_toxics toxics)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): of pointers */
	if ((w->added = calloc(toxics.n + 1, sizeof(*w->added))) == NULL)
		return fail_nomem(&w->first);
	for (; w->n < toxics.n; w->n++)
		if (toxi_toxic_add(w->toxi, w->proxy, toxics.list[w->n],
			&w->added[w->n], &w->first) == -1) {
			w->n += w->added[w->n] != NULL; /* for good */
			return -1;
		}
	return 0;
}

int
toxi_with(struct toxi *toxi, const char *proxy, struct toxi_toxics toxics,
    int (*fn)(void *), void *arg, struct toxi_error *err)
{
	/* Exceptions and thread cancellation pass here: see -fexceptions. */
	struct with w __attribute__((cleanup(remove_all))) = { .toxi = toxi,
		.proxy = proxy };
	struct toxi_error spare;
	int rc = -1;

	err = failure_begin(err, &spare, __func__);
	failure_begin(&w.first, NULL, __func__);
	if (add_all(&w, toxics) == 0)
		rc = fn(arg);
	remove_all(&w);
	if (w.first.code != TOXI_OK) {
		*err = w.first;
		rc = -1;
	}
	return rc;
}
