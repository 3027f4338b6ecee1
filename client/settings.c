/* SPDX-License-Identifier: ISC */
/* Which server, and how to talk to it. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "failure.h"
#include "settings.h"

/*
 * libcurl has to be initialized once in a process, before its first use; it
 * counts, so it does not matter who else does it.  Nobody knows who is the
 * last, so it is never undone.
 */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode once_result;

static void
init_curl(void)
{
	once_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/*
 * A URL that is none may have a password somewhere before an "@": of such only
 * what is behind that is shown.
 */
static int
bad_url(struct toxi_error *err, CURLUcode code, const char *given)
{
	const char *at = strrchr(given, '@');

	if (code == CURLUE_OUT_OF_MEMORY)
		return fail_nomem(err);
	return fail(err, TOXI_ERR_ARGUMENT, "url \"%s%.200s\": %s",
	    at != NULL ? "..." : "", at != NULL ? at : given,
	    curl_url_strerror(code));
}

static char *
copy_part(CURLU *url, CURLUPart part, unsigned int flags, CURLUcode *code)
{
	char *theirs, *copy;

	if ((*code = curl_url_get(url, part, &theirs, flags)) != CURLUE_OK)
		return NULL;
	if ((copy = strdup(theirs)) == NULL)
		*code = CURLUE_OUT_OF_MEMORY;
	curl_free(theirs);
	return copy;
}

static int
is_loopback(const char *host)
{
	return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
	    strncmp(host, "127.", 4) == 0;
}

/* "[::1]" becomes "::1". */
static void
strip_brackets(char *host)
{
	size_t len = strlen(host);

	if (host[0] != '[' || host[len - 1] != ']')
		return;
	memmove(host, host + 1, len - 2);
	host[len - 2] = '\0';
}

/* "http://user:password@host": out of it, so that no text of ours has it. */
static CURLUcode
take_userinfo(struct settings *s, CURLU *url)
{
	char **user = &s->text[SETTING_USER];
	CURLUcode code;

	*user = copy_part(url, CURLUPART_USER, CURLU_URLDECODE, &code);
	if (code != CURLUE_OK && code != CURLUE_NO_USER)
		return code;
	s->text[SETTING_PASSWORD] =
	    copy_part(url, CURLUPART_PASSWORD, CURLU_URLDECODE, &code);
	if (code != CURLUE_OK && code != CURLUE_NO_PASSWORD)
		return code;
	if (*user == NULL && s->text[SETTING_PASSWORD] != NULL &&
	    (*user = strdup("")) == NULL)
		return CURLUE_OUT_OF_MEMORY;
	curl_url_set(url, CURLUPART_USER, NULL, 0);
	curl_url_set(url, CURLUPART_PASSWORD, NULL, 0);
	return CURLUE_OK;
}

static int
take_url(
    struct settings *s, CURLU *url, const char *given, struct toxi_error *err)
{
	CURLUcode code;
	char *scheme;
	size_t len;

	if ((scheme = copy_part(url, CURLUPART_SCHEME, 0, &code)) == NULL)
		return bad_url(err, code, given);
	s->may_sigpipe = strcmp(scheme, "https") == 0;
	if (!s->may_sigpipe && strcmp(scheme, "http") != 0) {
		fail(err, TOXI_ERR_ARGUMENT, "url: neither http nor https: %s",
		    scheme);
		free(scheme);
		return -1;
	}
	free(scheme);
	curl_url_set(url, CURLUPART_QUERY, NULL, 0);
	curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0);
	if ((code = take_userinfo(s, url)) != CURLUE_OK ||
	    (s->host = copy_part(url, CURLUPART_HOST, 0, &code)) == NULL ||
	    (s->url = copy_part(url, CURLUPART_URL, 0, &code)) == NULL)
		return bad_url(err, code, given);
	strip_brackets(s->host);
	for (len = strlen(s->url); len > 0 && s->url[len - 1] == '/';)
		s->url[--len] = '\0';
	return 0;
}

/* "unix:/run/toxid/api.sock": its path; NULL: that is no such URL. */
static const char *
socket_of(const char *url)
{
	static const char scheme[] = "unix:";
	const size_t len = sizeof(scheme) - 1;

	if (url == NULL || strncmp(url, scheme, len) != 0)
		return NULL;
	return strncmp(url + len, "//", 2) == 0 ? url + len + 2 : url + len;
}

/* Who is called there is the server, by whatever name. */
static int
take_socket(struct toxi_options *options, struct toxi_error *err)
{
	const char *path = socket_of(options->url);

	if (path == NULL)
		return 0;
	if (*path == '\0')
		return fail(err, TOXI_ERR_ARGUMENT, "url: unix: has no path");
	options->unix_socket = path;
	options->url = NULL;
	return 0;
}

/* "localhost:8474" is as good as "http://localhost:8474". */
static int
parse_url(struct settings *s, const char *given, struct toxi_error *err)
{
	CURLUcode code;
	CURLU *url;
	char *whole;
	int rc;

	if (asprintf(&whole, "%s%s",
		strstr(given, "://") == NULL ? "http://" : "", given) == -1)
		return fail_nomem(err);
	if ((url = curl_url()) == NULL) {
		free(whole);
		return fail_nomem(err);
	}
	code = curl_url_set(url, CURLUPART_URL, whole, 0);
	free(whole);
	rc = code == CURLUE_OK ? take_url(s, url, given, err)
			       : bad_url(err, code, given);
	curl_url_cleanup(url);
	return rc;
}

static int
add_header(struct settings *s, const char *header, struct toxi_error *err)
{
	struct curl_slist *longer;

	if (strpbrk(header, "\r\n") != NULL)
		return fail(
		    err, TOXI_ERR_ARGUMENT, "a header has more than a line");
	if ((longer = curl_slist_append(s->headers, header)) == NULL)
		return fail_nomem(err);
	s->headers = longer;
	return 0;
}

static int
has_authorization(const char *const *headers)
{
	static const char name[] = "Authorization:";

	for (; headers != NULL && *headers != NULL; headers++)
		if (strncasecmp(*headers, name, sizeof(name) - 1) == 0)
			return 1;
	return 0;
}

static void
drop_userinfo(struct settings *s)
{
	free(s->text[SETTING_USER]);
	free(s->text[SETTING_PASSWORD]);
	s->text[SETTING_USER] = s->text[SETTING_PASSWORD] = NULL;
}

/*
 * The token that is to be a header, or NULL.  What is nearer to this client
 * counts: its options, then its URL, then what all programs are told.
 */
static const char *
find_token(struct settings *s, const struct toxi_options *options)
{
	const char *token = options->token;

	if (token != NULL || has_authorization(options->headers)) {
		drop_userinfo(s);
		if (token == NULL || *token != '\0')
			s->token_source = TOKEN_OPTION;
		return token;
	}
	if (s->text[SETTING_USER] != NULL) {
		s->token_source = TOKEN_URL;
		return NULL;
	}
	token = secure_getenv("TOXIPROXY_AUTH_TOKEN");
	if (token != NULL && *token != '\0')
		s->token_source = TOKEN_ENVIRONMENT;
	return token;
}

const char *
settings_token(const struct settings *s)
{
	static const char *const texts[] = {
		[TOKEN_NONE] = "no token was given, nor is "
			       "TOXIPROXY_AUTH_TOKEN set",
		[TOKEN_OPTION] = "the token that was given is none that the "
				 "server knows, or has expired",
		[TOKEN_URL] = "the password in the URL is no token that the "
			      "server knows, or has expired",
		[TOKEN_ENVIRONMENT] = "TOXIPROXY_AUTH_TOKEN is none that the "
				      "server knows, or has expired",
	};

	return texts[s->token_source];
}

static int
add_token(struct settings *s, const struct toxi_options *options,
    struct toxi_error *err)
{
	const char *token = find_token(s, options);
	char *header;
	int rc;

	if (token == NULL || *token == '\0')
		return 0;
	if (asprintf(&header, "Authorization: Bearer %s", token) == -1)
		return fail_nomem(err);
	rc = add_header(s, header, err);
	free(header);
	return rc;
}

/*
 * "" is a tenant, too: libcurl sends a header without a value where its name
 * ends in ";".  One of blanks it would not send at all.
 */
static int
add_tenant(struct settings *s, const char *tenant, struct toxi_error *err)
{
	char header[256];
	const char *p;

	if (tenant == NULL)
		return 0;
	for (p = tenant; *p > ' ' && *p < 0x7f; p++)
		continue;
	if (*p != '\0' || p - tenant > 200)
		return fail(err, TOXI_ERR_ARGUMENT,
		    "no tenant has such a name: it has blanks, or is too long");
	snprintf(header, sizeof(header), "X-Toxid-Tenant%s%s",
	    *tenant != '\0' ? ": " : ";", tenant);
	return add_header(s, header, err);
}

static int
add_headers(
    struct settings *s, const char *const *headers, struct toxi_error *err)
{
	if (add_header(s, "Content-Type: application/json", err) == -1)
		return -1;
	/* No waiting for "100 Continue". */
	if (add_header(s, "Expect:", err) == -1)
		return -1;
	for (; headers != NULL && *headers != NULL; headers++)
		if (add_header(s, *headers, err) == -1)
			return -1;
	return 0;
}

static int
copy_text(struct settings *s, const struct toxi_options *options,
    struct toxi_error *err)
{
	const char *given[SETTINGS] = {
		[SETTING_UNIX_SOCKET] = options->unix_socket,
		[SETTING_HTTP_PROXY] = options->http_proxy,
		[SETTING_CA_FILE] = options->ca_file,
		[SETTING_CERT_FILE] = options->cert_file,
		[SETTING_KEY_FILE] = options->key_file,
	};
	size_t i;

	for (i = 0; i < SETTINGS; i++)
		if (given[i] != NULL && (s->text[i] = strdup(given[i])) == NULL)
			return fail_nomem(err);
	return 0;
}

int
settings_init(struct settings *s, const struct toxi_options *given,
    struct toxi_error *err)
{
	struct toxi_options own = { .url = NULL }, *options = &own;

	if (given != NULL)
		own = *given;
	pthread_once(&once, init_curl);
	if (once_result != CURLE_OK)
		return fail(err, TOXI_ERR_UNSUPPORTED, "libcurl: %s",
		    curl_easy_strerror(once_result));
	if (options->timeout_ms < 0 || options->connect_timeout_ms < 0)
		return fail(err, TOXI_ERR_ARGUMENT, "a negative timeout");
	s->timeout_ms = options->timeout_ms ? options->timeout_ms : 30000;
	s->connect_timeout_ms =
	    options->connect_timeout_ms ? options->connect_timeout_ms : 10000;
	s->insecure = options->insecure;
	if (take_socket(options, err) == -1 ||
	    parse_url(s, options->url ? options->url : "localhost:8474", err) ==
		-1 ||
	    copy_text(s, options, err) == -1 ||
	    add_headers(s, options->headers, err) == -1 ||
	    add_token(s, options, err) == -1 ||
	    add_tenant(s, options->tenant, err) == -1)
		return -1;
	if (options->http_proxy != NULL)
		s->may_sigpipe = 1;
	s->is_local = options->unix_socket != NULL || is_loopback(s->host);
	return 0;
}

void
settings_free(struct settings *s)
{
	size_t i;

	free(s->url);
	free(s->host);
	for (i = 0; i < SETTINGS; i++)
		free(s->text[i]);
	curl_slist_free_all(s->headers);
}

const char *
settings_listen(const struct settings *s)
{
	return s->is_local ? "localhost:0" : ":0";
}

/* What is bound to all addresses can be reached where the API is. */
static int
is_wildcard(const char *listen, size_t host_len)
{
	static const char *const wildcards[] = { "", "0.0.0.0", "[::]" };
	size_t i;

	for (i = 0; i < sizeof(wildcards) / sizeof(wildcards[0]); i++)
		if (strlen(wildcards[i]) == host_len &&
		    memcmp(wildcards[i], listen, host_len) == 0)
			return 1;
	return 0;
}

char *
settings_address(const struct settings *s, const char *listen)
{
	const char *colon = strrchr(listen, ':');
	int is_v6 = strchr(s->host, ':') != NULL;
	char *address;

	if (colon == NULL || !is_wildcard(listen, (size_t)(colon - listen)))
		return strdup(listen);
	if (asprintf(&address, is_v6 ? "[%s]%s" : "%s%s", s->host, colon) == -1)
		return NULL;
	return address;
}
