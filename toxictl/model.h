/* SPDX-License-Identifier: ISC */
/* What top shows: a server, and how it has changed since the last look. */
#ifndef MODEL_H
#define MODEL_H

#include <stddef.h>

#include <toxi.h>

#define HISTORY_MAX 120

struct row {
	const struct toxi_proxy *proxy; /* of the model's proxies */
	char *name;                     /* without what a terminal obeys */
	double bytes[2];                /* by enum toxi_stream, so far */
	double rates[2];                /* a second */
	double sessions;                /* -1: not known */
	double restarts;
	double dial_failures;
	double history[HISTORY_MAX]; /* both rates, the latest first */
	size_t n_history;
};

struct model {
	struct toxi_proxies *proxies;
	struct row *rows; /* by name */
	size_t n;
	int has_rates;           /* the server says them */
	double looked;           /* s, monotonic; 0: never */
	struct toxi_error error; /* of the last look; TOXI_OK: none */
	char *why;               /* how connections of one ended; or NULL */
};

/* A failure leaves what there was. */
void model_look(struct model *, struct toxi *);
/* ... of that row, if there is one: a question more to the server. */
void model_ask_why(struct model *, struct toxi *, size_t row);
void model_free(struct model *);

#endif
