/* SPDX-License-Identifier: ISC */
/* Where a fleet is, and who we are to its etcd. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fleet_keys.h"
#include "fleet_store.h"
#include "fleet_wire.h"

/* "URL[,URL...]/PREFIX": the prefix begins behind the last URL's host. */
static int
take_place(struct fleet_store *s, const char *place, const char **fault)
{
	const char *scheme = NULL, *p, *slash;
	char *urls;
	int rc;

	for (p = place; (p = strstr(p, "://")) != NULL; p += 3)
		scheme = p + 3;
	*fault = "it begins with no http:// or https://";
	if (scheme == NULL)
		return -1;
	*fault = "a PREFIX is wanted behind it, as in "
		 "http://etcd:2379/toxid/lab1";
	slash = strchr(scheme, '/');
	if (slash == NULL || slash[1] == '\0')
		return -1;
	urls = strndup(place, (size_t)(slash - place));
	s->prefix = strdup(slash);
	*fault = "no memory";
	if (urls == NULL || s->prefix == NULL) {
		free(urls);
		return -1;
	}
	rc = endpoints_read(&s->at, urls, fault);
	free(urls);
	return rc;
}

static int
read_password(struct fleet_store *s, const char *path, char *why, size_t size)
{
	const char *fault = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd == -1)
		fault = strerror(errno);
	else if (token_read(fd, s->password, &fault) == 0)
		fault = NULL;
	if (fault != NULL)
		snprintf(why, size, "%.255s: %s", path, fault);
	if (fd != -1)
		close(fd);
	return fault == NULL ? 0 : -1;
}

static int
take_user(struct fleet_store *s, const struct args *args, int *code)
{
	const char *file = args_value(args, FLAG_PASSWORD_FILE);
	char why[512];

	s->user = args_value(args, FLAG_USER);
	if ((s->user == NULL) != (file == NULL)) {
		*code = fail_usage(
		    s->ctl, "--user and --password-file go together");
		return -1;
	}
	if (file == NULL || read_password(s, file, why, sizeof(why)) == 0)
		return 0;
	*code = fail(s->ctl, NULL, "%s", why);
	return -1;
}

static const char *
place_of(const struct args *args)
{
	const char *place = args_value(args, FLAG_FLEET);

	if (place == NULL)
		place = getenv("TOXICTL_FLEET");
	return place != NULL && *place != '\0' ? place : NULL;
}

static int
open_place(struct fleet_store *s, const struct args *args, int *code)
{
	const char *place = place_of(args), *fault;

	if (place == NULL) {
		*code = fail_usage(s->ctl,
		    "which fleet?  --fleet URL[,URL...]/PREFIX, or "
		    "TOXICTL_FLEET");
		return -1;
	}
	if (take_place(s, place, &fault) == -1) {
		*code =
		    fail(s->ctl, NULL, "no fleet: %.200s: %s", place, fault);
		return -1;
	}
	if ((fault = fleet_prefix_fault(s->prefix)) != NULL) {
		*code = fail(s->ctl, NULL, "no fleet: %.200s: %s %s", place,
		    s->prefix, fault);
		return -1;
	}
	return take_user(s, args, code);
}

int
fleet_open(struct fleet_store *s, const struct ctl *ctl,
    const struct args *args, int *code)
{
	struct fleet_tls tls = { .ca_file = ctl->options.ca_file,
		.cert_file = args_value(args, FLAG_CERT),
		.key_file = args_value(args, FLAG_KEY) };

	memset(s, 0, sizeof(*s));
	s->ctl = ctl;
	if (open_place(s, args, code) == -1) {
		fleet_close(s);
		return -1;
	}
	if ((s->wire = fleet_wire_new(&tls)) != NULL)
		return 0;
	*code = fail(ctl, NULL, "no memory");
	fleet_close(s);
	return -1;
}

void
fleet_close(struct fleet_store *s)
{
	fleet_wire_free(s->wire);
	endpoints_free(&s->at);
	explicit_bzero(s->password, sizeof(s->password));
	free(s->token);
	free(s->prefix);
}
