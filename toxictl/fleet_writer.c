/* SPDX-License-Identifier: ISC */
/* See fleet_writer.h. */

#include <err.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "fleet_writer.h"

static int
take(struct fleet_target *t, enum fleet_scope scope, const char *which,
    const char *why, const char **fault)
{
	static const char *const too_long = "is too long";

	*fault = why != NULL                    ? why
	    : strlen(which) >= sizeof(t->which) ? too_long
						: NULL;
	if (*fault != NULL)
		return -1;
	t->scope = scope;
	memcpy(t->which, which, strlen(which) + 1);
	return 0;
}

int
fleet_target_read(struct fleet_target *t, const char *text, const char **fault)
{
	memset(t, 0, sizeof(*t));
	if (strcmp(text, "all") == 0)
		return take(t, FLEET_ALL, "", NULL, fault);
	if (strncmp(text, "label/", 6) == 0)
		return take(t, FLEET_LABEL, text + 6,
		    fleet_label_fault(text + 6), fault);
	if (strncmp(text, "node/", 5) == 0)
		return take(
		    t, FLEET_NODE, text + 5, fleet_node_fault(text + 5), fault);
	*fault = "is neither all, label/KEY=VALUE nor node/NAME";
	return -1;
}

const char *
fleet_target_which(const struct fleet_target *t)
{
	return t->scope == FLEET_ALL ? NULL : t->which;
}

char *
fleet_writer_key(const char *prefix, const char *text)
{
	char *key;

	if (asprintf(&key, "%s/writers/%s", prefix, text != NULL ? text : "") ==
	    -1)
		return NULL;
	return key;
}

int
fleet_writer_target(const char *prefix, const char *key, struct fleet_target *t)
{
	size_t len = strlen(prefix);
	const char *fault;

	if (strncmp(key, prefix, len) != 0 ||
	    strncmp(key + len, "/writers/", 9) != 0)
		return -1;
	return fleet_target_read(t, key + len + 9, &fault);
}

/* "anna@builder" */
static void
say_who(char *text, size_t size)
{
	const struct passwd *user = getpwuid(geteuid());
	char host[65] = "";

	if (gethostname(host, sizeof(host) - 1) == -1)
		host[0] = '\0';
	if (user != NULL)
		snprintf(text, size, "%.60s@%s", user->pw_name, host);
	else
		snprintf(text, size, "%lu@%s", (unsigned long)geteuid(), host);
}

json_t *
fleet_writer_new(void)
{
	char who[160], at[32], id[17];
	time_t now = time(NULL);
	uint64_t unique;
	struct tm utc;
	json_t *json;

	if (getrandom(&unique, sizeof(unique), 0) != sizeof(unique))
		err(1, "getrandom");
	snprintf(id, sizeof(id), "%016" PRIx64, unique);
	say_who(who, sizeof(who));
	strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	json = json_pack("{s:s,s:s,s:s}", "by", who, "at", at, "id", id);
	if (json == NULL)
		err(1, NULL);
	return json;
}
