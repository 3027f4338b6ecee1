/* SPDX-License-Identifier: ISC */
#ifndef SYNC_OPTIONS_H
#define SYNC_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "endpoints.h"
#include "http.h"

/* The command line. */

#define LABELS_MAX 16
#define LEASE_MIN 3 /* s: etcd makes it longer than its elections anyway */
#define LEASE_MAX 3600

struct options {
	struct endpoints etcd;
	const char *prefix, *node;
	const char *labels[LABELS_MAX]; /* in their order: later ones win */
	size_t nlabels;
	const char *toxid, *token_file; /* or NULL, as all files */
	const char *user, *password_file;
	struct http_tls etcd_tls, toxid_tls;
	const char *source;
	int64_t lease; /* s */
	const char *log_format;
	int check;
};

/* What is wrong ends the program, with 2; --help and --version, with 0. */
void options_parse(struct options *, int argc, char *argv[]);

#endif
