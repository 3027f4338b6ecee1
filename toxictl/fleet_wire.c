/* SPDX-License-Identifier: ISC */
/* A request to one member of etcd, and its answer. */

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet_wire.h"

#define CONNECT_MS 3000
#define ANSWER_MS 20000
/* An answer that is larger comes from nobody we know. */
#define ANSWER_MAX ((size_t)256 << 20)

struct fleet_wire {
	CURL *easy;
	struct curl_slist *headers;
	struct fleet_tls tls;
	char *answer;
	size_t len, size;
	char why[CURL_ERROR_SIZE];
};

struct fleet_wire *
fleet_wire_new(const struct fleet_tls *tls)
{
	struct fleet_wire *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->tls = *tls;
	w->easy = curl_easy_init();
	if (w->easy != NULL)
		return w;
	free(w);
	return NULL;
}

void
fleet_wire_free(struct fleet_wire *w)
{
	if (w == NULL)
		return;
	curl_easy_cleanup(w->easy);
	curl_slist_free_all(w->headers);
	free(w->answer);
	free(w);
}

static size_t
take(char *bytes, size_t one, size_t len, void *arg)
{
	struct fleet_wire *w = arg;
	char *larger;

	(void)one;
	if (len > ANSWER_MAX - w->len)
		return 0;
	if (w->len + len >= w->size) {
		w->size = (w->len + len + 1) * 2;
		if ((larger = realloc(w->answer, w->size)) == NULL)
			return 0;
		w->answer = larger;
	}
	memcpy(w->answer + w->len, bytes, len);
	w->len += len;
	w->answer[w->len] = '\0';
	return len;
}

static void
set_tls(const struct fleet_wire *w)
{
	if (w->tls.ca_file != NULL)
		curl_easy_setopt(w->easy, CURLOPT_CAINFO, w->tls.ca_file);
	if (w->tls.cert_file != NULL)
		curl_easy_setopt(w->easy, CURLOPT_SSLCERT, w->tls.cert_file);
	if (w->tls.key_file != NULL)
		curl_easy_setopt(w->easy, CURLOPT_SSLKEY, w->tls.key_file);
}

/* -1: no memory. */
static int
set_headers(struct fleet_wire *w, const char *token)
{
	struct curl_slist *longer;
	char *text;

	curl_slist_free_all(w->headers);
	/* Without waiting for leave to send what is large. */
	w->headers = curl_slist_append(NULL, "Expect:");
	if (w->headers == NULL)
		return -1;
	if (token == NULL)
		return 0;
	if (asprintf(&text, "Authorization: %s", token) == -1)
		return -1;
	longer = curl_slist_append(w->headers, text);
	free(text);
	if (longer == NULL)
		return -1;
	w->headers = longer;
	return 0;
}

static const char *
perform(struct fleet_wire *w, const char *url, const char *ask)
{
	CURLcode code;

	w->why[0] = '\0';
	curl_easy_setopt(w->easy, CURLOPT_URL, url);
	curl_easy_setopt(w->easy, CURLOPT_ERRORBUFFER, w->why);
	curl_easy_setopt(w->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(w->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(w->easy, CURLOPT_USERAGENT, "toxictl");
	curl_easy_setopt(w->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(w->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(w->easy, CURLOPT_TIMEOUT_MS, (long)ANSWER_MS);
	curl_easy_setopt(w->easy, CURLOPT_HTTPHEADER, w->headers);
	curl_easy_setopt(w->easy, CURLOPT_POSTFIELDS, ask);
	curl_easy_setopt(w->easy, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(w->easy, CURLOPT_WRITEDATA, w);
	set_tls(w);
	code = curl_easy_perform(w->easy);
	if (code == CURLE_OK)
		return NULL;
	return w->why[0] != '\0' ? w->why : curl_easy_strerror(code);
}

const char *
fleet_wire_ask(struct fleet_wire *w, const char *url, const char *path,
    const char *token, const char *ask, struct etcd_answer *answer)
{
	const char *why;
	char *whole;

	memset(answer, 0, sizeof(*answer));
	w->len = 0;
	if (ask == NULL || set_headers(w, token) == -1 ||
	    asprintf(&whole, "%s%s", url, path) == -1)
		return "no memory";
	why = perform(w, whole, ask);
	free(whole);
	if (why != NULL)
		return why;
	curl_easy_getinfo(w->easy, CURLINFO_RESPONSE_CODE, &answer->status);
	answer->text = w->len > 0 ? w->answer : "";
	answer->len = w->len;
	return NULL;
}
