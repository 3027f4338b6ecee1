/* SPDX-License-Identifier: ISC */
/* What is asked of what a server is to be. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "object_put.h"
#include "request_parts.h"

static void
begin(
    struct request *r, const char *call, const char *method, enum answer answer)
{
	request_begin(r, call, method, answer);
	r->lack = "the server takes no documents of what it is to be";
	if ((r->path = strdup("/desired")) == NULL)
		fail_nomem(&r->error);
}

/* The document, as it is, and its generation. */
static void
ask(struct request *r, const struct toxi_document *d)
{
	json_error_t why;

	if (d->json == NULL || d->generation == NULL) {
		fail(&r->error, TOXI_ERR_ARGUMENT,
		    d->json == NULL ? "no document" : "no generation");
		return;
	}
	if ((r->ask = json_loads(d->json, 0, &why)) == NULL) {
		if (json_error_code(&why) == json_error_out_of_memory)
			fail_nomem(&r->error);
		else
			fail(&r->error, TOXI_ERR_ARGUMENT,
			    "the document is no JSON: %s", why.text);
		return;
	}
	if (!json_is_object(r->ask)) {
		fail(&r->error, TOXI_ERR_ARGUMENT, "the document is no object");
		return;
	}
	(void)object_put_text(r->ask, "generation", d->generation, &r->error);
}

/* A header that had more lines would be several. */
static void
match(struct request *r, const char *generation)
{
	int is_any = strcmp(generation, "*") == 0;

	if (strpbrk(generation, "\r\n") != NULL) {
		fail(&r->error, TOXI_ERR_ARGUMENT,
		    "no generation has several lines");
		return;
	}
	if (asprintf(&r->header, "If-Match: %s%s%s", is_any ? "" : "\"",
		generation, is_any ? "" : "\"") == -1) {
		r->header = NULL;
		fail_nomem(&r->error);
	}
}

void
request_desired_put(struct request *r, const struct toxi_document *document)
{
	begin(r, "toxi_desired_put", "PUT", ANSWER_DESIRED);
	request_step(r, "source", document->source);
	if (document->force)
		request_behind(r, "?force");
	if (r->error.code == TOXI_OK)
		ask(r, document);
	if (r->error.code == TOXI_OK && document->if_match != NULL)
		match(r, document->if_match);
}

void
request_desired_get(struct request *r, const char *source)
{
	begin(r, "toxi_desired_get", "GET", ANSWER_DESIRED);
	request_step(r, "source", source);
}

void
request_desired_list(struct request *r)
{
	begin(r, "toxi_desired_list", "GET", ANSWER_SOURCES);
}

void
request_desired_delete(struct request *r, const char *source)
{
	begin(r, "toxi_desired_delete", "DELETE", ANSWER_NOTHING);
	request_step(r, "source", source);
}
