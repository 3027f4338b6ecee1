/* SPDX-License-Identifier: ISC */
/* A connection that holds on to a session of the server's. */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "failure.h"
#include "session_line.h"

/* The server says something every 10 s: who is silent for longer has gone. */
#define SILENT_S 25L

static void
read_text(struct session_line *l)
{
	json_t *json = json_loads(l->text, 0, NULL);
	const char *id = json_string_value(json_object_get(json, "id"));

	if (id != NULL && strlen(id) <= SESSION_ID_MAX && *id != '\0') {
		snprintf(l->id, sizeof(l->id), "%s", id);
		l->heard(l);
	}
	json_decref(json);
}

static size_t
take(char *bytes, size_t one, size_t len, void *arg)
{
	struct session_line *l = arg;
	long status = 0;
	size_t i;

	curl_easy_getinfo(l->transfer.easy, CURLINFO_RESPONSE_CODE, &status);
	if (status / 100 != 2) /* why not, for people */
		return transfer_take(bytes, one, len, &l->transfer);
	for (i = 0; i < len; i++) {
		if (bytes[i] == '\n') {
			l->text[l->len] = '\0';
			l->len = 0;
			read_text(l);
		} else if (l->len < sizeof(l->text) - 1) {
			l->text[l->len++] = bytes[i];
		}
	}
	return len;
}

/* A command that is run holds on to nothing. */
static int
close_on_exec(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	(void)arg;
	(void)purpose;
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	return CURL_SOCKOPT_OK;
}

int
session_line_begin(struct session_line *l, const struct settings *settings,
    CURL *easy, const char *id)
{
	struct request request;

	request_session(&request, id);
	if (transfer_init(&l->transfer, settings, easy, &request) == -1)
		return -1;
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, l);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, close_on_exec);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 0L);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, SILENT_S);
	return 0;
}

void
session_line_end(struct session_line *l, CURLcode code, struct toxi_error *err)
{
	struct result result;

	failure_begin(err, NULL, l->transfer.request.error.call);
	if (l->id[0] != '\0')
		return;
	if (l->transfer.request.error.code != TOXI_OK) {
		*err = l->transfer.request.error; /* it was never sent */
		return;
	}
	transfer_end(&l->transfer, code, &result);
	*err = result.error;
	if (err->code == TOXI_OK)
		fail(err, TOXI_ERR_PROTOCOL,
		    "the server does not say which session it has opened");
	result_free(&result);
}
