/* SPDX-License-Identifier: ISC */
/*
 * SIGHUP: the configuration file is read again by an apid that meets nothing
 * else, its addresses are looked up, and the difference is applied.
 */

#include <errno.h>
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
#include "difference.h"
#include "dispatch.h"
#include "document.h"
#include "event_make.h"
#include "file_settings.h"
#include "log.h"
#include "look.h"
#include "mishaps.h"
#include "mode.h"
#include "msg.h"
#include "notify.h"
#include "ports.h"
#include "proxy_spec.h"
#include "reload.h"
#include "reload_files.h"
#include "requests.h"
#include "settings.h"
#include "state.h"
#include "store.h"
#include "text_put.h"
#include "toxid.h"
#include "truth_save.h"

static struct askers waiting, answering; /* for the next one; for this */

static struct reload {
	int is_on, is_read, is_applied;
	int has_pair;         /* a certificate and a key, and they are good */
	int ends_socket;      /* of the API */
	int again;            /* asked for once more, or too early */
	struct child *reader; /* NULL: it has ended */
	struct document document;
	char fault[1024]; /* the first, of the document */
	struct file_settings settings;
	int64_t deadline;
} now_on;

static void
finish(void)
{
	document_free(&now_on.document);
	if (now_on.reader != NULL) {
		now_on.reader->is_dismissed = 1;
		child_end(now_on.reader);
	}
	file_settings_free(&now_on.settings);
	certificate_forget();
	now_on.reader = NULL;
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

static void go_on(void);

static void
document_moved(struct document *d)
{
	(void)d;
	go_on();
}

/* "ctld.json:3:14: proxy \"web\": why"; of all of them the first. */
static void
document_has_fault(struct document *d, const struct wanted *w,
    const struct desired_fault *fault)
{
	char proxy[PROXY_KEY_TEXT_MAX + 1];

	if (d->nfaults > 1)
		return;
	if (w == NULL) {
		text_put(now_on.fault, sizeof(now_on.fault), fault->why);
		return;
	}
	proxy_key_text(change_key(w->change), proxy);
	snprintf(now_on.fault, sizeof(now_on.fault),
	    "%s:%u:%u: proxy \"%s\": %s", ctld.options.config, w->line,
	    w->column, proxy, fault->why);
}

static void
start(void)
{
	struct nothing nothing = { 0 };
	char why[CERTIFICATE_FAULT_MAX];
	int fd;

	now_on = (struct reload){ .is_on = 1 };
	answering = waiting;
	waiting.n = 0;
	now_on.document = (struct document){ .source = SOURCE_CONFIG,
		.moved = document_moved,
		.fault = document_has_fault };
	document_open(&now_on.document);
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

/* What is no fault of its reader's is none. */
static int
went(enum document_read read)
{
	if (read == DOCUMENT_NO_MEMORY)
		fail("out of memory");
	else if (read == DOCUMENT_TOO_MANY)
		fail("there are too many toxics in it");
	return read == DOCUMENT_ODD ? -1 : 0;
}

static int
on_proxy(struct msg *m)
{
	const struct config_proxy *proxy = msg_get_config_proxy(m);

	if (m->id != now_on.document.n + 1) /* it numbers them */
		return -1;
	return went(document_proxy(
	    &now_on.document, &proxy->create, proxy->line, proxy->column));
}

static int
on_toxic(struct msg *m)
{
	return went(document_toxic(&now_on.document, m));
}

static int
on_setting(struct msg *m)
{
	int r = file_settings_read(&now_on.settings, m);

	return r == -2 ? went(DOCUMENT_NO_MEMORY) : r;
}

/* ---- applying */

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

static void
log_reloaded(const struct difference_counts *n)
{
	event_reloaded(n->made, n->replaced, n->removed, n->unchanged);
	log_event(LOG_INFO, "Reloaded configuration", LOG_INT("made", n->made),
	    LOG_INT("replaced", n->replaced), LOG_INT("deleted", n->removed),
	    LOG_INT("unchanged", n->unchanged));
}

static void
apply(void)
{
	struct difference_counts n;

	certificate_take();
	file_settings_apply(&now_on.settings);
	if (now_on.ends_socket)
		api_end_socket();
	truth_begin();
	n = difference_apply(&now_on.document);
	truth_commit();
	store_resync();
	log_reloaded(&n);
	now_on.is_applied = 1;
	see_whether_stored(clock_now());
}

/* All that may fail; why, or NULL: it can be applied. */
static const char *
prepare(void)
{
	struct file_settings *settings = &now_on.settings;
	char *why = now_on.fault;
	const size_t size = sizeof(now_on.fault);

	if (file_settings_orphans(settings, why, size) == -1 ||
	    api_fits(&settings->limits, why, size) == -1 ||
	    ports_fit(&settings->limits, why, size) == -1)
		return why;
	switch (difference_prepare(&now_on.document, &settings->limits,
	    file_settings_room(settings))) {
	case ANSWER_OK:
		break;
	case ANSWER_NO_MEMORY:
		return "out of memory";
	default:
		return why;
	}
	if (file_settings_inherit(settings) == 0)
		return NULL;
	difference_undo(&now_on.document);
	return "out of memory";
}

/* Whenever something has come: what was planned may have moved on. */
static void
go_on(void)
{
	struct document *d = &now_on.document;
	const char *why = NULL;

	if (mode.is_draining) {
		fail("shutting down");
		return;
	}
	difference_plan(d);
	if (document_look_up(d) > 0)
		return;
	/* what a worker has not said yet cannot be changed */
	if (!TAILQ_EMPTY(&store.storing) || !children_have_answered())
		return;     /* reload_tick() comes again */
	difference_plan(d); /* the addresses may say: it is there */
	if ((why = prepare()) != NULL)
		fail(why);
	else
		apply();
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
		*state = now_on.document.reading != NULL ? LISTS : READS;
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
