/* SPDX-License-Identifier: ISC */
/* A file of proxies and their toxics, as they are wanted. */
#ifndef CONFIG_H
#define CONFIG_H

#include <jansson.h>
#include <toxi.h>

/* What is said of a proxy; its text is that of the JSON. */
struct wanted {
	struct toxi_proxy proxy;     /* without toxics */
	struct toxi_connect connect; /* the proxy's, where it is said */
	struct toxi_toxic *toxics;
	char **names; /* of the toxics, those that were not said too */
	size_t n_toxics;
	int has_toxics; /* they were said: others have to go */
};

struct config {
	char *text;
	size_t len;
	json_t *json;
	json_t *texts; /* what was made of it, that toxics point to */
	struct wanted *list;
	size_t n;
	char error[512];  /* "3:14: proxy \"web\": why", or a blank and why */
	int proxies_only; /* what is toxid's own is left out */
	int is_document;  /* it may have scenarios, too: see document.h */

	/* What is in hand, for who has to say where something is wrong. */
	const char *what;   /* a "step"; NULL: a proxy */
	const char *member; /* of json: the proxies; NULL: it is them */
	const char *key;    /* of the proxy; NULL: they are an array */
	const char *name;   /* that it says of itself; or NULL */
	char toxic[32];     /* "toxics[2]", in it; or "" */
};

/*
 * "-" is stdin.  An array of proxies, an object of them by name, or an object
 * with either as "proxies".  proxies_only: see config_settings.h.  -1: error
 * says why.  To be freed in any case.
 */
int config_read(struct config *, const char *path, int proxies_only);
void config_free(struct config *);

#endif
