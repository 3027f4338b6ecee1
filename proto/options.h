/* SPDX-License-Identifier: ISC */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "bind_policy.h"
#include "host_name.h"

/* The command line: Go's flag syntax. */

struct host_names {
	const char *names[ALLOW_HOSTS_MAX];
	size_t n;
};

struct options {
	const char *host, *port;
	struct host_names allow_hosts;
	const char *api_socket;
	struct bind_policy bind_policy; /* of proxies, not of the API */
	const char *config;
	const char *check; /* a file, instead of a start; NULL: none */
	const char *tls_cert, *tls_key; /* both, or NULL */
	int64_t reload; /* a process, instead of a start; 0: none */
	int64_t seed;
	int proxy_metrics, runtime_metrics, debug_toxics;
	int64_t max_proxies, uid_base, spares;
	int64_t drain; /* s */
	int64_t session_buffer, worker_buffer, total_buffer, worker_memory;
	const char *state, *durability;
	const char *log_format;
	int version;
};

void options_parse(struct options *, int argc, char *argv[]);
int options_log_level(const char *value, int *known);
int options_are_durable(const struct options *);
int options_have_socket(const struct options *); /* of the API */

#endif
