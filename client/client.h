/* SPDX-License-Identifier: ISC */
/* A blocking client: performs requests, for any number of threads. */
#ifndef CLIENT_H
#define CLIENT_H

#include "request.h"
#include "settings.h"
#include "toxi.h"

/* Where the caller wants the result; what is NULL is thrown away. */
struct wanted {
	struct toxi_proxy **proxy;
	struct toxi_proxies **proxies;
	struct toxi_toxic **toxic;
	struct toxi_toxics **toxics;
	struct toxi_health **health;
	struct toxi_healths **healths;
	struct toxi_caller **caller;
	struct toxi_token **token;
	struct toxi_tokens **tokens;
	struct toxi_halts **halts;
	struct toxi_history **history;
	struct toxi_proxy_session **session;
	struct toxi_proxy_sessions **sessions;
	struct toxi_stats **stats;
	struct toxi_waited **waited;
	struct toxi_profile **profile;
	struct toxi_profiles **profiles;
	struct toxi_scenario **scenario;
	struct toxi_scenarios **scenarios;
	struct toxi_desired **desired;
	struct toxi_sources **sources;
	char **text;
	struct toxi_error *err;
};

/* Takes the request. */
int client_perform(struct toxi *, struct request *, const struct wanted *);

const struct settings *client_settings(const struct toxi *);

#endif
