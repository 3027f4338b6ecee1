/* SPDX-License-Identifier: ISC */
/*
 * http: how long the calls of an API take, one after another on one
 * connection.  A line of the file is a call:
 *
 *	[NAME:] METHOD PATH [BODY]
 *
 * where every %d becomes the number of the round.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "http.h"
#include "load.h"
#include "net.h"
#include "nitems.h"
#include "run.h"
#include "stats.h"

#define CALLS_MAX 64
#define TEXT_MAX 65536

struct call {
	const char *name;
	const char *method;
	const char *path; /* this and body with their %d */
	const char *body;
	struct samples samples;
	int64_t errors; /* replies that are not 2xx */
};

static const char *requests;
static int64_t nrounds;

static struct call calls[CALLS_MAX];
static size_t ncalls;
static struct reader reader = { .fd = -1 };

/* The next word of *text, which is then what follows it; or "". */
static char *
next_word(char **text)
{
	char *word = *text + strspn(*text, " \t");
	char *end = word + strcspn(word, " \t");

	if (*end != '\0')
		*end++ = '\0';
	*text = end;
	return word;
}

/* The line is kept. */
static void
call_parse(struct call *c, char *line)
{
	char *name, *word = next_word(&line);
	size_t len = strlen(word);

	if (len > 1 && word[len - 1] == ':') {
		word[len - 1] = '\0';
		c->name = word;
		word = next_word(&line);
	}
	c->method = word;
	c->path = next_word(&line);
	c->body = line + strspn(line, " \t");
	if (*c->path != '/')
		failx("%s: a line is not METHOD PATH BODY", requests);
	if (c->name != NULL)
		return;
	if (asprintf(&name, "%s %s", c->method, c->path) == -1)
		fail("asprintf");
	c->name = name;
}

static void
call_add(char *line)
{
	struct call *c = &calls[ncalls];
	size_t i;

	if (ncalls == CALLS_MAX)
		failx("%s: more than %d lines", requests, CALLS_MAX);
	call_parse(c, line);
	for (i = 0; i < ncalls; i++) {
		if (strcmp(calls[i].name, c->name) == 0)
			failx("%s: two lines are %s", requests, c->name);
	}
	ncalls++;
}

static void
calls_read(void)
{
	char *line = NULL;
	size_t size = 0;
	FILE *f;

	if (requests == NULL)
		failx("-requests is missing");
	if ((f = fopen(requests, "re")) == NULL)
		fail("%s", requests);
	while (getline(&line, &size, f) != -1) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[strspn(line, " \t")] == '\0')
			continue;
		call_add(line);
		line = NULL;
		size = 0;
	}
	free(line);
	if (ncalls == 0)
		failx("%s: no line in it", requests);
	fclose(f);
}

/* Every %d of template becomes n. */
static void
expand(char *out, const char *template, int64_t n)
{
	size_t len = 0;

	while (*template != '\0') {
		if (len + 32 > TEXT_MAX)
			failx("%s: a line is too long", requests);
		if (strncmp(template, "%d", 2) == 0) {
			len += (size_t)sprintf(out + len, "%d", (int)n);
			template += 2;
		} else {
			out[len++] = *template ++;
		}
	}
	out[len] = '\0';
}

/* Returns its length; it stays until the next. */
static size_t
request_build(const struct call *c, int64_t round, const char **request)
{
	static char path[TEXT_MAX], body[TEXT_MAX], text[2 * TEXT_MAX + 1024];
	int n;

	expand(path, c->path, round);
	expand(body, c->body, round);
	n = snprintf(text, sizeof(text),
	    "%s %s HTTP/1.1\r\n"
	    "Host: %s\r\n"
	    "Content-Type: application/json\r\n"
	    "Content-Length: %zu\r\n"
	    "\r\n"
	    "%s",
	    c->method, path, common.connect.at[0].text, strlen(body), body);
	if (n < 0 || (size_t)n >= sizeof(text))
		failx("%s: a line is too long", requests);
	*request = text;
	return (size_t)n;
}

static void
connection_open(void)
{
	if (reader.fd == -1)
		reader.fd = net_connect(&common.connect.at[0], 0);
}

static void
connection_close(void)
{
	close(reader.fd);
	reader.fd = -1;
	reader.pos = reader.end = 0;
}

static void
call_make(struct call *c, int64_t round)
{
	const char *request;
	struct reply reply;
	size_t len = request_build(c, round, &request);
	int64_t began;

	run_watch(GRACE_S, "waiting for a reply");
	connection_open();
	began = clock_now();
	net_send_all(reader.fd, request, len);
	reply_read(&reader, c->method, &reply);
	samples_add(&c->samples, clock_now() - began);
	c->errors += reply.status / 100 != 2;
	if (reply.last)
		connection_close();
}

static void
report(void)
{
	struct call *c;

	json_open("http");
	json_object("calls");
	for (c = calls; c < calls + ncalls; c++) {
		json_object(c->name);
		json_count("n", (int64_t)c->samples.n);
		json_us("p50_us", &c->samples, 0.5);
		json_us("p99_us", &c->samples, 0.99);
		json_us("max_us", &c->samples, 1);
		json_count("errors", c->errors);
		json_object_end();
	}
	json_object_end();
	json_count("total_calls", (int64_t)ncalls * nrounds);
	json_close();
}

static void
http(void)
{
	int64_t round;
	size_t i;

	calls_read();
	for (round = 0; round < nrounds; round++) {
		for (i = 0; i < ncalls; i++)
			call_make(&calls[i], round);
	}
	run_watch(0, "");
	report();
}

static const struct option options[] = {
	{ "requests", OPTION_TEXT, &requests, NULL,
	    .help = "file of lines: [NAME:] METHOD PATH [BODY]; "
		    "%d is the number of the round, from 0" },
	{ "count", OPTION_COUNT, &nrounds, "1000", .min = 1, .max = 10000000,
	    .help = "rounds: each makes every call of the file once" },
};

const struct mode mode_http = {
	.name = "http",
	.help = "calls of an API, one after another",
	.has = 0,
	.options = options,
	.noptions = nitems(options),
	.run = http,
};
