/* SPDX-License-Identifier: ISC */
/* A request on its way: what libcurl is told, and what came back. */
#ifndef TRANSFER_H
#define TRANSFER_H

#include <curl/curl.h>

#include "answer.h"
#include "settings.h"

struct transfer {
	CURL *easy;             /* borrowed */
	struct request request; /* owned */
	char *url;
	char *ask;
	struct curl_slist *headers; /* owned; NULL: the settings' */
	char *answer;               /* ends with a NUL */
	size_t answer_len;
	size_t answer_size; /* of the memory */
	int is_too_long;
	const char *token;       /* for people: what we said of ourselves */
	const char *unix_socket; /* likewise: what we connect to, or NULL */
	char why[CURL_ERROR_SIZE];
};

/*
 * Takes the request.  The easy handle is set up to be performed, and belongs
 * to the transfer until that is freed.  -1: transfer->request.error.
 */
int transfer_init(
    struct transfer *, const struct settings *, CURL *, struct request *);

/* A result that is not zeroed before gets what came of it. */
void transfer_end(struct transfer *, CURLcode, struct result *);

/* What is libcurl's to call with what comes, if nobody else is. */
size_t transfer_take(char *bytes, size_t one, size_t len, void *transfer);

void transfer_free(struct transfer *);

#endif
