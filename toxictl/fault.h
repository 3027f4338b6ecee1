/* SPDX-License-Identifier: ISC */
#ifndef FAULT_H
#define FAULT_H

#include <jansson.h>

/* What is wrong with a document; what is not said is NULL. */
struct fault {
	const char *item;   /* "proxies[3]", or its key in a fleet's etcd */
	const char *name;   /* "web" */
	const char *field;  /* "listen" */
	const char *source; /* of which that name is, if of another */
	const char *text;
};

/*
 * As a line: proxies[3] "web", listen: why (it is of source "other").  By
 * malloc; exits if there is no memory.
 */
char *fault_text(const struct fault *);
/* As the server has it.  NULL: no memory. */
json_t *json_of_fault(const struct fault *);

#endif
