/* SPDX-License-Identifier: ISC */
/*
 * A configuration file that is an object may have settings beside the proxies.
 * They have to be known before anything else is, and are read by an apid of its
 * own, which meets nobody.  Without them toxid could be another than was asked
 * for: where they cannot be had it does not start.  So is a file that is only
 * to be checked.
 */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agreed.h"
#include "api.h"
#include "bind_policy.h"
#include "certificate.h"
#include "chan.h"
#include "child.h"
#include "clock.h"
#include "config_file.h"
#include "dispatch.h"
#include "endpoint.h"
#include "file_settings.h"
#include "give_up.h"
#include "log.h"
#include "msg.h"
#include "options.h"
#include "proxy_spec.h"
#include "settings.h"
#include "state.h"
#include "toxid.h"

static struct child *reader;
static struct config_end end;
static struct pair_end pair;
static int is_read, is_about_pair;
static struct file_settings settings;
static int is_denied; /* listening somewhere that it says */

const char *
settings_place(
    const struct config_end *bad, const char *path, char *text, size_t size)
{
	if (bad->line > 0)
		snprintf(text, size, "%s:%u:%u: %s", path, bad->line,
		    bad->column, bad->why);
	else
		snprintf(text, size, "%s: %s", path, bad->why);
	return text;
}

/* ---- its reader */

static int
wait_once(struct child *c)
{
	struct pollfd p = { .fd = c->chan.fd, .events = POLLIN };

	if (chan_wants_write(&c->chan))
		p.events |= POLLOUT;
	if (poll(&p, 1, 100) == -1 && errno != EINTR)
		return -1;
	if ((p.revents & POLLOUT) != 0)
		child_writable(c);
	if ((p.revents & ~POLLOUT) != 0)
		child_readable(c);
	return 0;
}

/* NULL: it has said all; or why it does not. */
static const char *
hear(int (*told_to_end)(void))
{
	int64_t deadline = clock_now() + READ_WITHIN;

	while (!is_read) {
		if (reader->state == CHILD_KILLED)
			return "its reader died";
		if (clock_now() > deadline)
			return "it takes too long to read";
		if (told_to_end())
			return "told to end before it was read";
		if (wait_once(reader) == -1)
			return strerror(errno);
	}
	reader->is_dismissed = 1;
	child_end(reader);
	reader = NULL;
	return NULL;
}

static int
has_reader(void)
{
	is_read = 0;
	reader = child_new(ROLE_CONFIG);
	return reader != NULL;
}

/* What it says of the file; NULL and end, or why there is none. */
static const char *
ask(enum msg_type question, int fd, int (*told_to_end)(void))
{
	struct nothing nothing = { 0 };

	if (!has_reader()) {
		close(fd);
		return "there is nobody to read it";
	}
	child_send(reader, question, 0, &nothing, fd);
	return hear(told_to_end);
}

static void
say_fault(const struct config_fault *fault)
{
	fprintf(stderr, "%s:%u:%u: %s\n", ctld.options.check, fault->line,
	    fault->column, fault->text);
}

/* Names are not looked up for it. */
static void
check_listener(const struct config_proxy *p)
{
	const struct proxy_spec *spec = &p->create.spec;
	char proxy[PROXY_KEY_TEXT_MAX + 1], why[256];

	if (!spec->enabled || !spec->listen.literal ||
	    bind_policy_allows(
		&ctld.options.bind_policy, &spec->listen.address))
		return;
	endpoint_error_text(
	    &spec->listen, ENDPOINT_DENIED, 0, why, sizeof(why));
	proxy_key_text(&spec->key, proxy);
	fprintf(stderr, "%s:%u:%u: proxy \"%s\": listen %s: %s\n",
	    ctld.options.check, p->line, p->column, proxy, spec->listen.text,
	    why);
	is_denied = 1;
}

static int
on_proxy(struct msg *m)
{
	check_listener(msg_get_config_proxy(m));
	return 0;
}

static int
on_setting(struct msg *m)
{
	int r = file_settings_read(&settings, m);

	if (r == -2)
		fatal("%s", __func__);
	return r;
}

static int
on_fault(struct msg *m)
{
	say_fault(msg_get_config_fault(m));
	return 0;
}

static int
on_pair(struct msg *m)
{
	pair = *msg_get_pair_end(m);
	is_read = 1;
	return 0;
}

static int
on_end(struct msg *m)
{
	end = *msg_get_config_end(m);
	is_read = 1;
	return file_settings_end(&settings);
}

enum {
	READS = 0x2, /* for the settings alone */
	CHECKS = 0x4,
	HAS_READ = 0x8,
	LOOKS = 0x10 /* at the certificate */
};

static const struct handler from_reader[MSG_MAX] = {
	[MSG_CONFIG_PROXY] = { on_proxy, CHECKS },
	[MSG_CONFIG_HOST] = { on_setting, READS },
	[MSG_CONFIG_PROFILE_TOXIC] = { on_setting, READS },
	[MSG_CONFIG_TENANT] = { on_setting, READS },
	[MSG_CONFIG_CREDENTIAL] = { on_setting, READS },
	[MSG_CONFIG_LIMITS] = { on_setting, READS },
	[MSG_CONFIG_RULE] = { on_setting, READS },
	[MSG_CONFIG_PROXY_CLIENTS] = { on_setting, READS },
	[MSG_CONFIG_FAULT] = { on_fault, CHECKS },
	[MSG_CONFIG_PAIR_END] = { on_pair, LOOKS },
	[MSG_CONFIG_END] = { on_end, READS | CHECKS },
};

const struct handler *
settings_may_say(const struct child *c, unsigned int *state)
{
	if (c != reader)
		return NULL;
	if (is_read)
		*state = HAS_READ;
	else if (is_about_pair)
		*state = LOOKS;
	else
		*state = ctld.options.check != NULL ? CHECKS : READS;
	return from_reader;
}

/* ---- at the start */

static void __attribute__((__noreturn__)) fail(const char *why)
{
	char text[1024];

	snprintf(text, sizeof(text), "config file %s", why);
	give_up(text);
}

/* Its first byte tells: more of it is not looked at here. */
static int
is_object(int fd)
{
	static const char blanks[] = " \t\r\n\xef\xbb\xbf"; /* and a BOM */
	char text[16384];
	off_t at = 0;
	ssize_t i, n;

	while ((n = pread(fd, text, sizeof(text), at)) > 0) {
		for (i = 0; i < n; i++) {
			if (memchr(blanks, text[i], sizeof(blanks) - 1) == NULL)
				return text[i] == '{';
		}
		at += n;
	}
	/* of a pipe its reader tells; a directory has none */
	return n == -1 && errno != ESPIPE && errno != EISDIR;
}

static void
take(void)
{
	if (end.is_durable)
		ctld.options.durability = "full";
	if (file_settings_clash(&settings))
		fail(SETTINGS_CLASH);
	file_settings_apply(&settings);
	config_guards(end.guards_print);
	if (end.is_socket_off)
		api_end_socket();
}

/* What the command line says of them goes first. */
void
settings_read(int (*told_to_end)(void))
{
	const char *path = ctld.options.config, *why;
	char text[1024];
	int fd;

	if (config_fd() == -1 || !is_object(config_fd()))
		return;
	/* with an offset of its own: the first apid reads it again */
	fd = toxid_open(PRIV_FILE_CONFIG);
	why = fd == -1 ? strerror(errno)
		       : ask(MSG_CONFIG_SETTINGS, fd, told_to_end);
	if (why != NULL) {
		snprintf(text, sizeof(text), "%s: %s", path, why);
		fail(text);
	}
	if (end.is_bad)
		fail(settings_place(&end, path, text, sizeof(text)));
	take();
}

/* A toxid that could not be called by HTTPS would be another than was asked
 * for.
 */
void
settings_look_at_certificate(int (*told_to_end)(void))
{
	char text[CERTIFICATE_FAULT_MAX];
	const char *why;

	if (!certificate_is_named())
		return;
	if (certificate_open(text) == -1)
		give_up(text);
	if (!has_reader())
		give_up("there is nobody to read the certificate");
	is_about_pair = 1;
	certificate_show(reader);
	if ((why = hear(told_to_end)) != NULL) {
		snprintf(text, sizeof(text), "the certificate: %s", why);
		give_up(text);
	}
	is_about_pair = 0;
	if (certificate_verdict(&pair, text) == -1)
		give_up(text);
	certificate_take();
}

/* ---- instead of a start */

static void __attribute__((__noreturn__)) finish(int status)
{
	fflush(stdout);
	toxid_end(status);
	exit(status);
}

/* All that is wrong with it, a line each, or what is in it. */
void
settings_check(int (*told_to_end)(void))
{
	const char *path = ctld.options.check, *why;
	int fd = toxid_open(PRIV_FILE_CHECK);
	char text[1024];

	why =
	    fd == -1 ? strerror(errno) : ask(MSG_CONFIG_CHECK, fd, told_to_end);
	if (why != NULL)
		fprintf(stderr, "%s: %s\n", path, why);
	else if (end.why[0] != '\0')
		fprintf(stderr, "%s\n",
		    settings_place(&end, path, text, sizeof(text)));
	if (why != NULL || end.is_bad || is_denied)
		finish(1);
	printf("%s: %u %s, %u %s\n", path, end.nproxies,
	    end.nproxies == 1 ? "proxy" : "proxies", end.ntoxics,
	    end.ntoxics == 1 ? "toxic" : "toxics");
	finish(0);
}
