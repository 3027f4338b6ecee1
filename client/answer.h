/* SPDX-License-Identifier: ISC */
/* What came of a request: a result that was asked for, or an error. */
#ifndef ANSWER_H
#define ANSWER_H

#include "request.h"
#include "toxi.h"

struct result {
	struct toxi_error error;
	struct toxi_proxy *proxy;
	struct toxi_proxies *proxies;
	struct toxi_toxic *toxic;
	struct toxi_toxics *toxics;
	struct toxi_health *health;
	struct toxi_healths *healths;
	struct toxi_caller *caller;
	struct toxi_token *token;
	struct toxi_tokens *tokens;
	struct toxi_halts *halts;
	struct toxi_history *history;
	struct toxi_proxy_session *session;
	struct toxi_proxy_sessions *sessions;
	struct toxi_stats *stats;
	struct toxi_waited *waited;
	struct toxi_profile *profile;
	struct toxi_profiles *profiles;
	struct toxi_scenario *scenario;
	struct toxi_scenarios *scenarios;
	struct toxi_desired *desired;
	struct toxi_sources *sources;
	char *text;
};

/* A zeroed result but for error.call becomes what this reply says. */
void answer_read(struct result *, const struct request *, long status,
    const char *body, size_t len);

void result_free(struct result *);

#endif
