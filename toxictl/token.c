/* SPDX-License-Identifier: ISC */
/*
 * What we say of ourselves to a server.  No command line has it: others can
 * read that.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "token.h"

static const char too_long[] = "it is too long for a token";
static const char one_word[] =
    "a token is one word of visible ASCII characters";

int
token_check(char *text, const char **why)
{
	size_t len = strlen(text), i;

	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		text[--len] = '\0';
	if (len == 0) {
		*why = "there is no token";
		return -1;
	}
	if (len > TOKEN_TEXT_MAX) {
		*why = too_long;
		return -1;
	}
	*why = one_word;
	for (i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] >= 0x7f)
			return -1;
	return 0;
}

/* How many bytes there were, at most size; -1: errno. */
static ssize_t
read_all(int fd, char *bytes, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size) {
		n = read(fd, bytes + len, size - len);
		if (n == 0)
			break;
		if (n == -1 && errno != EINTR)
			return -1;
		len += n > 0 ? (size_t)n : 0;
	}
	return (ssize_t)len;
}

int
token_read(int fd, char text[TOKEN_TEXT_MAX + 1], const char **why)
{
	char all[TOKEN_TEXT_MAX + 64] = ""; /* and blanks behind it */
	ssize_t len = read_all(fd, all, sizeof(all) - 1);
	int rc = -1;

	if (len == -1)
		*why = strerror(errno);
	else if ((size_t)len == sizeof(all) - 1)
		*why = too_long;
	else if (memchr(all, '\0', (size_t)len) != NULL)
		*why = one_word;
	else if ((rc = token_check(all, why)) == 0)
		memcpy(text, all, strlen(all) + 1);
	explicit_bzero(all, sizeof(all));
	return rc;
}

/* What somebody else can read, or could have put there, is no secret of ours.
 */
static int
check_private(int fd, char *why, size_t size)
{
	struct stat st;

	if (fstat(fd, &st) == -1) {
		snprintf(why, size, "%s", strerror(errno));
		return -1;
	}
	if (st.st_uid != geteuid() && st.st_uid != 0) {
		snprintf(why, size, "it is somebody else's");
		return -1;
	}
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		snprintf(why, size,
		    "others may read or change it, its mode is %04o: "
		    "'chmod 600' makes it yours alone",
		    (unsigned int)(st.st_mode & 07777));
		return -1;
	}
	return 0;
}

static int
open_file(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

/* Closes it. */
static int
take_file(struct token *t, int fd, const char *path, char *why, size_t size)
{
	const char *what;
	int rc = token_read(fd, t->text, &what);

	if (rc == -1)
		snprintf(why, size, "%.255s: %s", path, what);
	close(fd);
	return rc;
}

/* Whose it is, and who may read it, is for who names it to know. */
static int
take_named(struct token *t, char *why, size_t size)
{
	int fd = open_file(t->file);

	if (fd == -1) {
		snprintf(why, size, "%.255s: %s", t->file, strerror(errno));
		return -1;
	}
	t->from = FROM_FILE;
	return take_file(t, fd, t->file, why, size);
}

/* By the rules of XDG: a path that is not whole does not count. */
static void
find_config(struct token *t)
{
	const char *base = getenv("XDG_CONFIG_HOME"), *below = "";
	int n;

	if (base == NULL || *base != '/') {
		base = getenv("HOME");
		below = "/.config";
	}
	if (base == NULL || *base == '\0')
		return;
	n = snprintf(
	    t->config, sizeof(t->config), "%s%s/toxictl/token", base, below);
	if (n < 0 || (size_t)n >= sizeof(t->config))
		t->config[0] = '\0'; /* a home without an end is none */
}

/* Whose home is somebody else's, as in a container, has none there. */
static int
take_config(struct token *t, char *why, size_t size)
{
	char what[128];
	int fd;

	if (t->config[0] == '\0')
		return 0;
	if ((fd = open_file(t->config)) == -1) {
		if (errno == ENOENT || errno == ENOTDIR || errno == EACCES)
			return 0;
		snprintf(why, size, "%s: %s", t->config, strerror(errno));
		return -1;
	}
	t->from = FROM_CONFIG;
	if (check_private(fd, what, sizeof(what)) == 0)
		return take_file(t, fd, t->config, why, size);
	snprintf(why, size, "%s: %s", t->config, what);
	close(fd);
	return -1;
}

int
token_is_in_url(const char *url)
{
	return strncmp(url, "unix:", 5) != 0 && strchr(url, '@') != NULL;
}

int
token_find(
    struct token *t, const char *file, const char *url, char *why, size_t size)
{
	const char *named = getenv(TOKEN_NAME);

	memset(t, 0, sizeof(*t));
	find_config(t);
	t->file = file;
	if (file != NULL)
		return take_named(t, why, size);
	if (token_is_in_url(url))
		t->from = FROM_URL;
	else if (named != NULL && *named != '\0')
		t->from = FROM_ENVIRONMENT;
	else
		return take_config(t, why, size);
	return 0;
}

static const char *
name_of(const struct token *t)
{
	switch (t->from) {
	case FROM_FILE:
		return t->file;
	case FROM_URL:
		return "TOXIPROXY_URL";
	case FROM_ENVIRONMENT:
		return TOKEN_NAME;
	default:
		return t->config;
	}
}

/* The server knows nobody like us. */
static void
hint_at_sources(const struct token *t, char *text, size_t size)
{
	const char *config =
	    t->config[0] != '\0' ? t->config : "~/.config/toxictl/token";

	if (t->from == FROM_NOWHERE)
		snprintf(text, size,
		    "No token was found: neither --token-file nor " TOKEN_NAME
		    " is given, and there is no %s.  Who runs the server makes "
		    "tokens.",
		    config);
	else
		snprintf(text, size,
		    "The token that was sent is that of %s, the first that "
		    "there is of --token-file, TOXIPROXY_URL, " TOKEN_NAME
		    " and %s.  Who runs the server knows which are good.",
		    name_of(t), config);
}

void
token_hint(const struct token *t, const char *tenant,
    const struct toxi_error *e, char *text, size_t size)
{
	*text = '\0';
	if (e->code != TOXI_ERR_HTTP)
		return;
	if (e->status == 401)
		hint_at_sources(t, text, size);
	else if (e->status == 403 && tenant != NULL)
		snprintf(text, size,
		    "Tenant \"%s\" was asked for, by --tenant or "
		    "TOXICTL_TENANT, with the token of %s; 'whoami' without "
		    "that says which tenant is its own.",
		    tenant, t->from != FROM_NOWHERE ? name_of(t) : "nobody");
	else if (e->status == 403 && t->from != FROM_NOWHERE)
		snprintf(text, size,
		    "The token that was sent is that of %s; 'whoami' says "
		    "whose it is, and what it may.",
		    name_of(t));
}
