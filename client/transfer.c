/* SPDX-License-Identifier: ISC */
/* A request on its way: what libcurl is told, and what came back. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "transfer.h"

/* An answer that is larger comes from nobody we know. */
#define ANSWER_MAX ((size_t)64 << 20)

/* Room for len more, and the NUL; double what there was, not to copy often. */
static int
make_room(struct transfer *t, size_t len)
{
	size_t size = t->answer_size;
	char *larger;

	if (len < size - t->answer_len)
		return 0;
	size = (t->answer_len + len + 1) * 2;
	if ((larger = realloc(t->answer, size)) == NULL)
		return -1;
	t->answer = larger;
	t->answer_size = size;
	return 0;
}

size_t
transfer_take(char *bytes, size_t one, size_t len, void *arg)
{
	struct transfer *t = arg;

	(void)one;
	if (len > ANSWER_MAX - t->answer_len) {
		t->is_too_long = 1;
		return 0;
	}
	if (make_room(t, len) == -1)
		return 0;
	memcpy(t->answer + t->answer_len, bytes, len);
	t->answer_len += len;
	t->answer[t->answer_len] = '\0';
	return len;
}

static int
set_text(CURL *easy, CURLoption option, const char *text)
{
	if (text == NULL)
		return 0;
	return curl_easy_setopt(easy, option, text) == CURLE_OK ? 0 : -1;
}

/* libcurl copies: it says no when it has no memory for that. */
static int
set_texts(CURL *easy, const struct settings *s)
{
	static const CURLoption options[SETTINGS] = {
		[SETTING_UNIX_SOCKET] = CURLOPT_UNIX_SOCKET_PATH,
		[SETTING_HTTP_PROXY] = CURLOPT_PROXY,
		[SETTING_CA_FILE] = CURLOPT_CAINFO,
		[SETTING_CERT_FILE] = CURLOPT_SSLCERT,
		[SETTING_KEY_FILE] = CURLOPT_SSLKEY,
		[SETTING_USER] = CURLOPT_USERNAME,
		[SETTING_PASSWORD] = CURLOPT_PASSWORD,
	};
	size_t i;

	/* Set at all, they keep it from asking the environment. */
	if (set_text(easy, CURLOPT_PROXY, "") == -1 ||
	    set_text(easy, CURLOPT_NOPROXY, "") == -1)
		return -1;
	for (i = 0; i < SETTINGS; i++)
		if (set_text(easy, options[i], s->text[i]) == -1)
			return -1;
	return 0;
}

static void
set_behaviour(CURL *easy, const struct settings *s, int waits_ms)
{
	/* No signals: there may be other threads. */
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, s->headers);
	curl_easy_setopt(
	    easy, CURLOPT_TIMEOUT_MS, (long)s->timeout_ms + (long)waits_ms);
	curl_easy_setopt(
	    easy, CURLOPT_CONNECTTIMEOUT_MS, (long)s->connect_timeout_ms);
	if (s->insecure) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}

/* Those of all requests, and one more: of a session, or the request's own. */
static int
set_headers(struct transfer *t, const struct settings *s)
{
	const struct curl_slist *h;
	struct curl_slist *longer;
	const char *session = t->request.session;
	char text[128] = "";

	if (session != NULL && *session != '\0')
		snprintf(text, sizeof(text), "X-Toxid-Session: %s", session);
	else if (t->request.header == NULL)
		return 0;
	if ((t->headers = curl_slist_append(
		 NULL, *text != '\0' ? text : t->request.header)) == NULL)
		return -1;
	for (h = s->headers; h != NULL; h = h->next) {
		if ((longer = curl_slist_append(t->headers, h->data)) == NULL)
			return -1;
		t->headers = longer;
	}
	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
	return 0;
}

static int
set_request(struct transfer *t, const struct settings *s)
{
	const struct request *r = &t->request;

	curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->why);
	curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, transfer_take);
	curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
	/* The name: a POST without a body has to say that it has none. */
	if (strcmp(r->method, "POST") == 0 || t->ask != NULL) {
		curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
		curl_easy_setopt(
		    t->easy, CURLOPT_POSTFIELDS, t->ask ? t->ask : "");
	}
	if (set_headers(t, s) == -1 ||
	    set_text(t->easy, CURLOPT_USERAGENT, "libtoxi") == -1 ||
	    set_text(t->easy, CURLOPT_CUSTOMREQUEST, r->method) == -1 ||
	    set_text(t->easy, CURLOPT_URL, t->url) == -1)
		return -1;
	return set_texts(t->easy, s);
}

int
transfer_init(struct transfer *t, const struct settings *s, CURL *easy,
    struct request *request)
{
	struct toxi_error *err = &t->request.error;

	memset(t, 0, sizeof(*t));
	t->easy = easy;
	t->request = *request;
	t->token = settings_token(s);
	t->unix_socket = s->text[SETTING_UNIX_SOCKET];
	memset(request, 0, sizeof(*request));
	if (err->code != TOXI_OK)
		return -1;
	if (easy == NULL)
		return fail_nomem(err);
	if (asprintf(&t->url, "%s%s", s->url, t->request.path) == -1) {
		t->url = NULL;
		return fail_nomem(err);
	}
	if (t->request.ask != NULL &&
	    (t->ask = json_dumps(t->request.ask, JSON_COMPACT)) == NULL)
		return fail_nomem(err);
	set_behaviour(easy, s, t->request.waits_ms);
	return set_request(t, s) == -1 ? fail_nomem(err) : 0;
}

void
transfer_free(struct transfer *t)
{
	request_free(&t->request);
	free(t->url);
	free(t->ask);
	curl_slist_free_all(t->headers);
	free(t->answer);
}

struct meaning {
	CURLcode from;
	enum toxi_code code;
};

/* All others: the connection was there, and broke. */
static const struct meaning meanings[] = {
	{ CURLE_OUT_OF_MEMORY, TOXI_ERR_NOMEM },
	{ CURLE_OPERATION_TIMEDOUT, TOXI_ERR_TIMEOUT },
	{ CURLE_COULDNT_RESOLVE_PROXY, TOXI_ERR_CONNECT },
	{ CURLE_COULDNT_RESOLVE_HOST, TOXI_ERR_CONNECT },
	{ CURLE_COULDNT_CONNECT, TOXI_ERR_CONNECT },
	{ CURLE_PROXY, TOXI_ERR_CONNECT },
	{ CURLE_INTERFACE_FAILED, TOXI_ERR_CONNECT },
	{ CURLE_SSL_CONNECT_ERROR, TOXI_ERR_CONNECT },
	{ CURLE_SSL_CERTPROBLEM, TOXI_ERR_CONNECT },
	{ CURLE_SSL_CIPHER, TOXI_ERR_CONNECT },
	{ CURLE_SSL_CACERT_BADFILE, TOXI_ERR_CONNECT },
	{ CURLE_SSL_ISSUER_ERROR, TOXI_ERR_CONNECT },
	{ CURLE_SSL_ENGINE_NOTFOUND, TOXI_ERR_CONNECT },
	{ CURLE_PEER_FAILED_VERIFICATION, TOXI_ERR_CONNECT },
	/* The scheme was looked at before: here it is HTTP/0.9. */
	{ CURLE_UNSUPPORTED_PROTOCOL, TOXI_ERR_PROTOCOL },
	{ CURLE_WEIRD_SERVER_REPLY, TOXI_ERR_PROTOCOL },
	{ CURLE_BAD_CONTENT_ENCODING, TOXI_ERR_PROTOCOL },
};

static enum toxi_code
code_of(const struct transfer *t, CURLcode code)
{
	size_t i;

	if (code == CURLE_WRITE_ERROR) /* take() did not */
		return t->is_too_long ? TOXI_ERR_PROTOCOL : TOXI_ERR_NOMEM;
	for (i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].from == code)
			return meanings[i].code;
	return TOXI_ERR_TRANSPORT;
}

/* A server that does not know us says no more than that. */
static void
explain(const struct transfer *t, struct toxi_error *err)
{
	char said[256];

	if (err->code != TOXI_ERR_HTTP || err->status != 401)
		return;
	snprintf(said, sizeof(said), "%.255s", err->text);
	fail(err, TOXI_ERR_HTTP, "%s: %s", said, t->token);
}

void
transfer_end(struct transfer *t, CURLcode code, struct result *result)
{
	long status = 0, error_number = 0;

	memset(result, 0, sizeof(*result));
	result->error.call = t->request.error.call;
	if (code == CURLE_OK) {
		curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
		answer_read(result, &t->request, status,
		    t->answer ? t->answer : "", t->answer_len);
		explain(t, &result->error);
		return;
	}
	curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &error_number);
	result->error.error_number = (int)error_number;
	if (code == CURLE_COULDNT_CONNECT && t->unix_socket != NULL) {
		/* libcurl would name the host of the URL */
		fail(&result->error, TOXI_ERR_CONNECT, "unix:%.200s: %s",
		    t->unix_socket,
		    error_number != 0 ? strerror((int)error_number)
				      : "there is nobody");
		return;
	}
	fail(&result->error, code_of(t, code), "%s",
	    t->is_too_long          ? "the answer is too long"
		: t->why[0] != '\0' ? t->why
				    : curl_easy_strerror(code));
}
