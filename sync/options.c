/* SPDX-License-Identifier: ISC */
/* The command line of toxid-sync. */

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "endpoints.h"
#include "fleet_keys.h"
#include "nitems.h"
#include "options.h"

enum option_name {
	OPTION_ETCD = 1,
	OPTION_PREFIX,
	OPTION_NODE,
	OPTION_LABEL,
	OPTION_TOXID,
	OPTION_TOKEN_FILE,
	OPTION_TOXID_CACERT,
	OPTION_USER,
	OPTION_PASSWORD_FILE,
	OPTION_CACERT,
	OPTION_CERT,
	OPTION_KEY,
	OPTION_SOURCE,
	OPTION_LEASE,
	OPTION_LOG_FORMAT,
	OPTION_CHECK,
	OPTION_HELP,
	OPTION_VERSION,
};

/* In the order in which --help shows them. */
static const struct row {
	const char *name, *value, *help;
	enum option_name is;
} rows[] = {
	{ "etcd", "URL[,URL...]", "where etcd's members are", OPTION_ETCD },
	{ "prefix", "/PATH", "of the fleet's keys: /toxid/lab1",
	    OPTION_PREFIX },
	{ "node", "NAME", "this node's name in the fleet", OPTION_NODE },
	{ "label", "K=V",
	    "documents for it count here, too; may be given again",
	    OPTION_LABEL },
	{ "toxid", "URL", "its API (default http://127.0.0.1:8474)",
	    OPTION_TOXID },
	{ "token-file", "FILE", "what toxid knows this node by",
	    OPTION_TOKEN_FILE },
	{ "toxid-cacert", "FILE", "who vouches for toxid, as PEM",
	    OPTION_TOXID_CACERT },
	{ "user", "NAME", "what etcd knows this node by", OPTION_USER },
	{ "password-file", "FILE", "that user's password",
	    OPTION_PASSWORD_FILE },
	{ "cacert", "FILE", "who vouches for etcd, as PEM", OPTION_CACERT },
	{ "cert", "FILE", "this node's certificate for etcd, as PEM",
	    OPTION_CERT },
	{ "key", "FILE", "its key", OPTION_KEY },
	{ "source", "NAME", "what toxid is to call it (default fleet)",
	    OPTION_SOURCE },
	{ "lease", "SECONDS",
	    "after so long a node that is gone has no status (default 15)",
	    OPTION_LEASE },
	{ "log-format", "FORMAT",
	    "json or logfmt (default: logfmt on a terminal, else json)",
	    OPTION_LOG_FORMAT },
	{ "check", NULL, "ask etcd and toxid once, say how it went, and end",
	    OPTION_CHECK },
	{ "help", NULL, "this", OPTION_HELP },
	{ "version", NULL, "print the version", OPTION_VERSION },
};

static void __attribute__((__noreturn__, __format__(printf, 1, 2)))
mistake(const char *fmt, ...)
{
	va_list ap;

	fputs("toxid-sync: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("; see toxid-sync --help\n", stderr);
	exit(2);
}

static void __attribute__((__noreturn__)) help(void)
{
	char name[64];
	size_t i;

	puts("Usage: toxid-sync --etcd URL[,URL...] --prefix /PATH "
	     "--node NAME [OPTION...]\n"
	     "Makes this toxid what etcd says that the node is to be.\n");
	for (i = 0; i < nitems(rows); i++) {
		snprintf(name, sizeof(name), "--%s %s", rows[i].name,
		    rows[i].value != NULL ? rows[i].value : "");
		printf("  %-24s %s\n", name, rows[i].help);
	}
	exit(0);
}

static void
judge(const char *option, const char *value, const char *fault)
{
	if (fault != NULL)
		mistake("--%s %s: %s", option, value, fault);
}

static void
add_label(struct options *o, const char *label)
{
	judge("label", label, fleet_label_fault(label));
	if (o->nlabels == LABELS_MAX)
		mistake("there are more than %d labels", LABELS_MAX);
	o->labels[o->nlabels++] = label;
}

static void
set_toxid(struct options *o, const char *value)
{
	struct endpoints one;
	const char *fault;

	if (endpoints_read(&one, value, &fault) == -1)
		mistake("--toxid %s: %s", value, fault);
	if (one.n != 1)
		mistake("--toxid %s: there is one", value);
	o->toxid = one.url[0];
}

static void
set_lease(struct options *o, const char *value)
{
	char *end;

	errno = 0;
	o->lease = strtoll(value, &end, 10);
	if (errno != 0 || end == value || *end != '\0' ||
	    o->lease < LEASE_MIN || o->lease > LEASE_MAX)
		mistake("--lease %s: it is a number of seconds, from %d to %d",
		    value, LEASE_MIN, LEASE_MAX);
}

static void
set_etcd(struct options *o, const char *value)
{
	const char *fault;

	endpoints_free(&o->etcd);
	if (endpoints_read(&o->etcd, value, &fault) == -1)
		mistake("--etcd %s: %s", value, fault);
}

static void
set_log_format(struct options *o, const char *value)
{
	if (strcmp(value, "json") != 0 && strcmp(value, "logfmt") != 0)
		mistake("--log-format %s: it is json or logfmt", value);
	o->log_format = value;
}

/* What is a text, and nothing else. */
static const char **
text_of(struct options *o, enum option_name name)
{
	switch (name) {
	case OPTION_PREFIX:
		return &o->prefix;
	case OPTION_NODE:
		return &o->node;
	case OPTION_TOKEN_FILE:
		return &o->token_file;
	case OPTION_TOXID_CACERT:
		return &o->toxid_tls.ca;
	case OPTION_USER:
		return &o->user;
	case OPTION_PASSWORD_FILE:
		return &o->password_file;
	case OPTION_CACERT:
		return &o->etcd_tls.ca;
	case OPTION_CERT:
		return &o->etcd_tls.cert;
	case OPTION_KEY:
		return &o->etcd_tls.key;
	case OPTION_SOURCE:
		return &o->source;
	default:
		return NULL;
	}
}

static void
take(struct options *o, enum option_name name, const char *value)
{
	const char **text = text_of(o, name);

	if (text != NULL)
		*text = value;
	else if (name == OPTION_ETCD)
		set_etcd(o, value);
	else if (name == OPTION_LABEL)
		add_label(o, value);
	else if (name == OPTION_TOXID)
		set_toxid(o, value);
	else if (name == OPTION_LEASE)
		set_lease(o, value);
	else if (name == OPTION_LOG_FORMAT)
		set_log_format(o, value);
	else if (name == OPTION_CHECK)
		o->check = 1;
	else if (name == OPTION_HELP)
		help();
	else {
		printf("toxid-sync version %s\n", TOXID_VERSION);
		exit(0);
	}
}

static void
judge_all(const struct options *o)
{
	if (o->etcd.n == 0)
		mistake("--etcd is missing");
	if (o->prefix == NULL)
		mistake("--prefix is missing");
	judge("prefix", o->prefix, fleet_prefix_fault(o->prefix));
	if (o->node == NULL)
		mistake("--node is missing");
	judge("node", o->node, fleet_node_fault(o->node));
	judge("source", o->source, fleet_node_fault(o->source));
	if (strcmp(o->source, "config") == 0)
		mistake("--source config: that is the configuration file");
	if ((o->user == NULL) != (o->password_file == NULL))
		mistake("--user and --password-file belong together");
	if ((o->etcd_tls.cert == NULL) != (o->etcd_tls.key == NULL))
		mistake("--cert and --key belong together");
}

void
options_parse(struct options *o, int argc, char *argv[])
{
	struct option longs[nitems(rows) + 1] = { { .name = NULL } };
	size_t i;
	int name;

	for (i = 0; i < nitems(rows); i++)
		longs[i] = (struct option){ .name = rows[i].name,
			.has_arg = rows[i].value != NULL,
			.val = (int)rows[i].is };
	o->source = "fleet";
	o->lease = 15;
	opterr = 0;
	while ((name = getopt_long(argc, argv, "+:h", longs, NULL)) != -1) {
		if (name == 'h')
			help();
		if (name == ':')
			mistake("%s needs a value", argv[optind - 1]);
		if (name == '?')
			mistake("there is no %s", argv[optind - 1]);
		take(o, (enum option_name)name, optarg);
	}
	if (optind < argc)
		mistake("%s: what is it?", argv[optind]);
	if (o->toxid == NULL)
		set_toxid(o, "http://127.0.0.1:8474");
	judge_all(o);
}
