/* SPDX-License-Identifier: ISC */
/*
 * SIGHUP: the configuration file is read again by an apid that meets nothing
 * else, its addresses are looked up, and the difference is applied.
 */

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agreed.h"
#include "api.h"
#include "askers.h"
#include "certificate.h"
#include "change.h"
#include "child.h"
#include "children.h"
#include "clock.h"
#include "container_of.h"
#include "difference.h"
#include "difference_print.h"
#include "dispatch.h"
#include "dispatch_resolvd.h"
#include "endpoint.h"
#include "event_make.h"
#include "file_settings.h"
#include "log.h"
#include "look.h"
#include "mishaps.h"
#include "mode.h"
#include "msg.h"
#include "names.h"
#include "notify.h"
#include "ports.h"
#include "proxy_spec.h"
#include "reload.h"
#include "reload_files.h"
#include "requests.h"
#include "proxies.h"
#include "settings.h"
#include "state.h"
#include "store.h"
#include "toxid.h"

static struct askers waiting, answering; /* for the next one; for this */

static struct reload {
	int is_on, is_read, is_asking, is_applied;
	int has_pair;         /* a certificate and a key, and they are good */
	int ends_socket;      /* of the API */
	int again;            /* asked for once more, or too early */
	struct child *reader; /* NULL: it has ended */
	struct wanteds all;
	void *by_key; /* tsearch(3) */
	unsigned int n, ntoxics;
	struct file_settings settings;
	struct change *reading; /* its toxics are still coming */
	uint32_t line, column;  /* of that one */
	int64_t deadline;
} now_on;

static int
compare_keys(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;

	return proxy_key_compare(change_key(x->change), change_key(y->change));
}

static void
wanted_free(struct wanted *w)
{
	tdelete(w, &now_on.by_key, compare_keys);
	TAILQ_REMOVE(&now_on.all, w, entry);
	change_free(w->change);
	free(w);
}

static void
finish(void)
{
	struct wanted *w;

	while ((w = TAILQ_FIRST(&now_on.all)) != NULL)
		wanted_free(w);
	if (now_on.reading != NULL)
		change_free(now_on.reading); /* it was never whole */
	if (now_on.reader != NULL) {
		now_on.reader->is_dismissed = 1;
		child_end(now_on.reader);
	}
	file_settings_free(&now_on.settings);
	certificate_forget();
	now_on.reader = NULL;
	now_on.reading = NULL;
	now_on.is_on = 0;
	notify_reloaded();
}

void
reload_asked_by(uint32_t asker)
{
	askers_add(&waiting, asker);
	reload_asked();
}

static void
fail(const char *why)
{
	askers_answer(&answering, RELOAD_FAILED);
	log_event(LOG_ERROR, "Reload failed, nothing has changed",
	    LOG_STR("config", reload_source()), LOG_STR("error", why));
	mishap_note(ROLE_CONFIG, NULL, why);
	event_reload_failed(why);
	finish();
}

/* ---- reading */

static void
start(void)
{
	struct nothing nothing = { 0 };
	char why[CERTIFICATE_FAULT_MAX];
	int fd;

	now_on = (struct reload){ .is_on = 1 };
	answering = waiting;
	waiting.n = 0;
	TAILQ_INIT(&now_on.all);
	now_on.deadline = clock_now() + RELOAD_WITHIN;
	notify_reloading();
	log_event(
	    LOG_INFO, "Reload started", LOG_STR("config", reload_source()));
	if (reload_open(&fd, why) == -1) {
		fail(why);
		return;
	}
	if ((now_on.reader = child_new(ROLE_CONFIG)) == NULL) {
		if (fd != -1)
			close(fd);
		fail("there is nobody to read it");
		return;
	}
	if (certificate_is_named())
		certificate_show(now_on.reader);
	if (fd != -1)
		child_send(now_on.reader, MSG_CONFIG_READ, 0, &nothing, fd);
}

static void
refuse(const char *why)
{
	log_warnx("SIGHUP: %s", why);
	askers_answer(&waiting, RELOAD_FAILED);
	now_on.again = 0;
}

/* While one goes on, or the file is read for the first time, it waits. */
void
reload_asked(void)
{
	if (!reload_has_config() && !certificate_is_named())
		refuse("there is no configuration file to reload");
	else
		now_on.again = 1;
	reload_tick(clock_now());
}

int
reload_is_on(void)
{
	return now_on.is_on;
}

void
reload_reader_died(struct child *c)
{
	look_reader_died(c);
	if (c != now_on.reader)
		return;
	now_on.reader = NULL;
	if (now_on.is_on && !now_on.is_read)
		fail("its reader died");
}

/* As in /populate, the last of two of one key counts.  0, or -1: no memory. */
static int
add(struct wanted *w)
{
	struct wanted **found;

	if ((found = tfind(w, &now_on.by_key, compare_keys)) != NULL)
		wanted_free(*found);
	if (tsearch(w, &now_on.by_key, compare_keys) == NULL)
		return -1;
	TAILQ_INSERT_TAIL(&now_on.all, w, entry);
	return 0;
}

/* That is no fault of its reader's. */
static int
fail_for_memory(void)
{
	fail("out of memory");
	return 0;
}

static int
want(struct change *ch)
{
	struct wanted *w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return fail_for_memory();
	ch->config_print = difference_print(ch);
	w->change = ch;
	w->line = now_on.line;
	w->column = now_on.column;
	w->fd = -1;
	if (add(w) == -1) {
		free(w);
		return fail_for_memory();
	}
	now_on.reading = NULL;
	return 0;
}

static int
on_proxy(struct msg *m)
{
	const struct request *populate = request_of(MSG_PROXY_POPULATE);
	const struct config_proxy *proxy = msg_get_config_proxy(m);
	struct change *ch;

	/* it numbers them */
	if (++now_on.n > POPULATE_MAX || m->id != now_on.n)
		return -1;
	if ((ch = change_new(populate, m->id, NULL)) == NULL)
		return fail_for_memory();
	ch->u.create = proxy->create;
	ch->nlisted = proxy->create.ntoxics;
	now_on.line = proxy->line;
	now_on.column = proxy->column;
	now_on.reading = ch;
	return ch->nlisted == 0 ? want(ch) : 0;
}

static int
on_toxic(struct msg *m)
{
	int r = change_read_toxic(now_on.reading, m);

	if (r >= 0 && ++now_on.ntoxics > TOXICS_MAX) {
		fail("there are too many toxics in it");
		return 0;
	}
	if (r == -2)
		return fail_for_memory();
	return r == 1 ? want(now_on.reading) : r;
}

static int
on_setting(struct msg *m)
{
	int r = file_settings_read(&now_on.settings, m);

	return r == -2 ? fail_for_memory() : r;
}

/* ---- looking up */

static int
needs_address(const struct wanted *w)
{
	enum answer_stage stage;

	return w->plan != PLAN_KEEP && w->change->address.family == 0 &&
	    change_endpoint(w->change, &stage) != NULL;
}

static void
fail_to_listen(const struct wanted *w)
{
	const struct proxy_spec *spec = &w->change->u.create.spec;
	char text[384], why[1024];

	endpoint_error_text(&spec->listen, w->change->answer.endpoint_error,
	    w->change->answer.sys_errno, text, sizeof(text));
	wanted_failure(w, text, why, sizeof(why));
	fail(why);
}

static void go_on(void);

/* At once, which ask_for_addresses() sees, or later. */
static void
looked_up(struct waiter *w, const struct lookup_result *r)
{
	struct change *ch = container_of(w, struct change, waiter);

	ch->answer.endpoint_error = r->error;
	ch->answer.sys_errno = r->sys_errno;
	if (r->error == ENDPOINT_OK)
		ch->address = resolver_to_bind(r);
	if (!now_on.is_asking)
		go_on();
}

static void
ask(struct wanted *w)
{
	w->is_asked = 1;
	w->change->waiter.done = looked_up;
	now_on.is_asking = 1;
	names_ask(&w->change->waiter, &w->change->u.create.spec.listen);
	now_on.is_asking = 0;
}

/* How many addresses are still to be had; -1: it has failed. */
static int
ask_for_addresses(void)
{
	struct wanted *w;
	int n = 0;

	TAILQ_FOREACH (w, &now_on.all, entry) {
		if (!needs_address(w))
			continue;
		if (!w->is_asked)
			ask(w);
		if (w->change->answer.endpoint_error != ENDPOINT_OK) {
			fail_to_listen(w);
			return -1;
		}
		n += w->change->address.family == 0;
	}
	return n;
}

/* Who waits is answered when a power cut would not undo it any more. */
static void
see_whether_stored(int64_t now)
{
	int is_stored = !store_is_used() || store.is_synced;

	if (!is_stored && !store_is_failing() && now < now_on.deadline)
		return; /* reload_tick() comes again */
	if (!is_stored)
		log_event(LOG_ERROR, "Reloaded, but not stored yet",
		    LOG_STR("config", reload_source()));
	askers_answer(&answering, is_stored ? RELOAD_DONE : RELOAD_UNSTORED);
	finish();
}

/* Whenever something has come: what was planned may have moved on. */
static void
go_on(void)
{
	char why[1024];

	if (mode.is_draining) {
		fail("shutting down");
		return;
	}
	difference_plan(&now_on.all);
	if (ask_for_addresses() != 0)
		return;
	/* what a worker has not said yet cannot be changed */
	if (!TAILQ_EMPTY(&store.storing) || !children_have_answered())
		return;               /* reload_tick() comes again */
	difference_plan(&now_on.all); /* the addresses may say: it is there */
	if (file_settings_orphans(&now_on.settings, why, sizeof(why)) == -1 ||
	    api_fits(&now_on.settings.limits, why, sizeof(why)) == -1 ||
	    ports_fit(&now_on.settings.limits, why, sizeof(why)) == -1 ||
	    difference_prepare(&now_on.all, &now_on.settings.limits,
		file_settings_room(&now_on.settings), why, sizeof(why)) == -1) {
		fail(why);
		return;
	}
	if (file_settings_inherit(&now_on.settings) == -1) {
		fail("out of memory");
		return;
	}
	certificate_take();
	file_settings_apply(&now_on.settings);
	if (now_on.ends_socket)
		api_end_socket();
	difference_apply(&now_on.all);
	now_on.is_applied = 1;
	see_whether_stored(clock_now());
}

/* ---- what its reader may say */

/* Of the certificate and its key, before all else. */
static int
on_pair(struct msg *m)
{
	char why[CERTIFICATE_FAULT_MAX];

	if (!certificate_is_named() || now_on.has_pair)
		return -1;
	if (certificate_verdict(msg_get_pair_end(m), why) == -1) {
		fail(why);
		return 0;
	}
	now_on.has_pair = 1;
	if (reload_has_config())
		return 0;
	now_on.is_read = now_on.is_applied = 1;
	certificate_take();
	see_whether_stored(clock_now());
	return 0;
}

static int
on_end(struct msg *m)
{
	const struct config_end *end = msg_get_config_end(m);
	char text[1024];

	if (certificate_is_named() && !now_on.has_pair)
		return -1;
	now_on.is_read = 1;
	now_on.ends_socket = end->is_socket_off;
	if (end->is_bad)
		fail(settings_place(
		    end, ctld.options.config, text, sizeof(text)));
	else if (file_settings_end(&now_on.settings) == -1)
		return -1;
	else if (file_settings_clash(&now_on.settings))
		fail(SETTINGS_CLASH);
	else
		go_on();
	return 0;
}

enum {
	READS = 0x2,
	LISTS = 0x4,   /* the toxics of a proxy */
	HAS_READ = 0x8 /* or is not the one that we asked */
};

static const struct handler from_reader[MSG_MAX] = {
	[MSG_CONFIG_PROXY] = { on_proxy, READS },
	[MSG_PROXY_CREATE_TOXIC] = { on_toxic, LISTS },
	[MSG_CONFIG_HOST] = { on_setting, READS },
	[MSG_CONFIG_PROFILE_TOXIC] = { on_setting, READS },
	[MSG_CONFIG_TENANT] = { on_setting, READS },
	[MSG_CONFIG_CREDENTIAL] = { on_setting, READS },
	[MSG_CONFIG_LIMITS] = { on_setting, READS },
	[MSG_CONFIG_RULE] = { on_setting, READS },
	[MSG_CONFIG_PROXY_CLIENTS] = { on_setting, READS },
	[MSG_CONFIG_PAIR_END] = { on_pair, READS },
	[MSG_CONFIG_END] = { on_end, READS },
};

const struct handler *
config_may_say(const struct child *c, unsigned int *state)
{
	const struct handler *of_others = settings_may_say(c, state);

	if (of_others == NULL)
		of_others = look_may_say(c, state);
	if (of_others != NULL)
		return of_others;
	if (c != now_on.reader || now_on.is_read)
		*state = HAS_READ;
	else
		*state = now_on.reading != NULL ? LISTS : READS;
	return from_reader;
}

int
reload_waits(void)
{
	return now_on.is_on || now_on.again;
}

void
reload_tick(int64_t now)
{
	if (now_on.is_on && now_on.is_applied)
		see_whether_stored(now);
	else if (now_on.is_on && now_on.is_read)
		go_on();
	if (now_on.is_on && now >= now_on.deadline)
		fail("it took too long");
	if (now_on.again && mode.is_draining)
		refuse("shutting down");
	if (now_on.is_on || !now_on.again || mode.is_upgrading ||
	    look_goes_on() || children.apid == NULL || !children.apid->serves)
		return;
	start();
}
