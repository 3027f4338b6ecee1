/* SPDX-License-Identifier: ISC */
/*
 * toxid-sync: keeps one toxid as a store of many says.  A program of its own,
 * without a privilege, that toxid does not know of.
 */

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "agent.h"
#include "check.h"
#include "http.h"
#include "locks.h"
#include "log.h"
#include "must.h"
#include "names.h"
#include "nitems.h"
#include "options.h"
#include "output.h"
#include "source.h"

static int
log_level(void)
{
	static const struct {
		const char *name;
		int level;
	} levels[] = {
		{ "trace", LOG_TRACE },
		{ "debug", LOG_DEBUG },
		{ "info", LOG_INFO },
		{ "warn", LOG_WARN },
		{ "error", LOG_ERROR },
	};
	const char *value = getenv("LOG_LEVEL");
	size_t i;

	for (i = 0; value != NULL && i < nitems(levels); i++)
		if (strcasecmp(value, levels[i].name) == 0)
			return levels[i].level;
	return LOG_INFO;
}

/* libevent would write to stderr. */
static void
log_of_libevent(int severity, const char *text)
{
	if (severity >= EVENT_LOG_WARN)
		log_warnx("libevent: %s", text);
}

static struct event_base *
open_loop(void)
{
	struct event_config *config = must(event_config_new());
	struct event_base *base;

	event_set_log_callback(log_of_libevent);
	/* one thread; and times from now on, not from when it last woke up */
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME);
	base = must(event_base_new_with_config(config));
	event_config_free(config);
	return base;
}

static void
on_signal(evutil_socket_t fd, short what, void *arg)
{
	static int is_ending;
	struct signalfd_siginfo info;

	(void)what;
	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (is_ending++) { /* who asks is in a hurry */
		event_base_loopbreak(arg);
		return;
	}
	log_event(LOG_INFO, "Ends", LOG_INT("signal", info.ssi_signo));
	agent_retire();
}

/* By a descriptor: a handler would need calls that the filter has not. */
static int
open_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1 ||
	    (fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC)) == -1)
		fatal("signalfd");
	return fd;
}

/* What the log could not take at once. */
static void
on_flush(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	output_flush();
}

static void
run(struct event_base *base, const struct options *options)
{
	static const struct timeval second = { .tv_sec = 1 };
	const int fd = open_signals();
	struct event *signals =
	    must(event_new(base, fd, EV_READ | EV_PERSIST, on_signal, base));
	struct event *flush =
	    must(event_new(base, -1, EV_PERSIST, on_flush, NULL));

	event_add(signals, NULL);
	evtimer_add(flush, &second);
	locks_take(options);
	log_event(LOG_INFO, "Follows", LOG_STR("source", etcd_source.name),
	    LOG_STR("prefix", options->prefix), LOG_STR("node", options->node),
	    LOG_STR("toxid", options->toxid),
	    LOG_STR("sync_version", TOXID_VERSION));
	agent_open(base, options, &etcd_source);
	event_base_dispatch(base);
	agent_close();
	event_free(signals);
	event_free(flush);
	close(fd);
}

int
main(int argc, char *argv[])
{
	static struct options options;
	struct event_base *base;
	int rc = 0;

	options_parse(&options, argc, argv);
	signal(SIGPIPE, SIG_IGN);
	output_open("toxid-sync", options.check ? LOG_FATAL : log_level(),
	    options.log_format);
	log_init(options.check ? LOG_FATAL : log_level(), output_own);
	base = open_loop();
	names_open(base);
	http_open(base);
	if (options.check)
		rc = check_run(base, &options);
	else
		run(base, &options);
	http_close();
	names_close();
	event_base_free(base);
	endpoints_free(&options.etcd);
	output_drain();
	return rc;
}
