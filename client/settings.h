/* SPDX-License-Identifier: ISC */
/* Which server, and how to talk to it: struct toxi_options, checked. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <curl/curl.h>

#include "toxi.h"

/* What of the options is text, and kept. */
enum setting {
	SETTING_UNIX_SOCKET,
	SETTING_HTTP_PROXY,
	SETTING_CA_FILE,
	SETTING_CERT_FILE,
	SETTING_KEY_FILE,
	SETTING_USER, /* out of the URL, as is the next: no URL of ours has them
		       */
	SETTING_PASSWORD,
	SETTINGS
};

/* Where what we say of ourselves is from. */
enum token_source {
	TOKEN_NONE,
	TOKEN_OPTION, /* or a header */
	TOKEN_URL,
	TOKEN_ENVIRONMENT
};

struct settings {
	char *url;  /* "http://localhost:8474", without a slash at its end */
	char *host; /* "localhost"; an IPv6 one without its brackets */
	char *text[SETTINGS];       /* NULL: not given */
	struct curl_slist *headers; /* with ours */
	enum token_source token_source;
	int is_local;    /* the server is where we are */
	int may_sigpipe; /* TLS libraries write without care */
	int insecure;
	int connect_timeout_ms;
	int timeout_ms;
};

/* A zeroed one may be freed.  -1: *err says why, and it is to be freed. */
int settings_init(
    struct settings *, const struct toxi_options *, struct toxi_error *);
void settings_free(struct settings *);

/* For people to whom a server says 401: what it was sent.  Static. */
const char *settings_token(const struct settings *);

/* Where a new proxy should listen so that we can reach it. */
const char *settings_listen(const struct settings *);

/*
 * Where to connect to, for a proxy that says it listens there: a new
 * "host:port", or NULL.
 */
char *settings_address(const struct settings *, const char *listen);

#endif
