/* SPDX-License-Identifier: ISC */
/* A child's first and last words to ctld. */

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agreed.h"
#include "child.h"
#include "clock.h"
#include "far.h"
#include "title.h"

static struct chan *log_chan;
static int nguarded;  /* listeners, from LISTENER_FD on */
FAR struct msg heard; /* not on the stack: of its 8 KB few are touched */

/*
 * A line that does not fit the socket is lost: nobody waits for a log.  With
 * the next one that does, it is said how many were.
 */
static void
log_to_ctld(const struct log_record *r)
{
	static int64_t lost;
	int64_t n = lost;

	if (chan_try_send(log_chan, MSG_LOG, r) == -1) {
		lost++;
		return;
	}
	lost = 0;
	if (n > 0)
		log_event(LOG_WARN, "Log lines lost: the channel was full",
		    LOG_INT("lines", n));
}

void
child_start(struct chan *c, char *argv[], struct setup *setup)
{
	/* Before all: no other process of its user looks into it. */
	(void)prctl(PR_SET_DUMPABLE, 0);
	title_init(argv);
	syscall(SYS_close_range, ROOT_DIR_FD + 1, ~0U, 0);
	fcntl(CHAN_FD, F_SETFD, FD_CLOEXEC);
	chan_open(c, CHAN_FD);
	log_chan = c;
	log_init(LOG_TRACE, log_to_ctld);
	if (chan_wait(c) == -1 || chan_receive(c, &heard) != 1)
		fatal("%s: no message", __func__);
	if (heard.type != MSG_SETUP)
		fatalx("%s: %s", __func__, msg_name(heard.type));
	*setup = *msg_get_setup(&heard);
	if (setup->version != MSG_VERSION)
		fatalx("%s: version %u, I speak %d", __func__, setup->version,
		    MSG_VERSION);
	log_init(setup->log_level, log_to_ctld);
}

/* stored has a directory as an ordinary user, too. */
static void
set_identity(struct lockdown *l, const struct setup *setup)
{
	l->changes_root = (setup->flags & SETUP_CHANGES_ROOT) != 0;
	l->has_own_ids = (setup->flags & SETUP_HAS_OWN_IDS) != 0;
	l->uid = setup->uid;
	l->dir = l->changes_root || l->may_write_dir ? ROOT_DIR_FD : -1;
	if (l->dir == -1)
		close(ROOT_DIR_FD); /* if it is anything, it is not ours */
}

void
child_lock_up(struct chan *c, const struct setup *setup, struct lockdown *l,
    void (*open_all)(void))
{
	struct ready ready = { .version = MSG_VERSION };
	int i;

	set_identity(l, setup);
	l->memory_max = setup->memory_max;
	ready.locks = lockdown_identity(l);
	nguarded = l->listeners;
	for (i = 0; i < nguarded; i++) /* nothing else gets the number */
		child_drop_listener(LISTENER_FD + i);
	open_all();
	ready.locks |= lockdown_powers(l);
	if (chan_send(c, MSG_READY, 0, &ready, -1) == -1)
		fatal("%s", __func__);
}

int
child_take_listener(int fd, int number)
{
	if (nguarded == 0)
		return fd;
	if (dup3(fd, number, O_CLOEXEC) == -1)
		fatal("%s", __func__);
	close(fd);
	return number;
}

void
child_drop_listener(int fd)
{
	if (nguarded == 0)
		close(fd);
	else if (dup3(STDIN_FILENO, fd, O_CLOEXEC) == -1)
		fatal("%s", __func__);
}

int
child_receive(struct chan *c, const struct handler rows[MSG_MAX],
    unsigned int (*state)(void))
{
	struct msg *m = &heard;
	int r;

	while ((r = chan_receive(c, m)) == 1) {
		if (handle(rows, state(), c, m) == -1)
			fatalx("ctld sent a bad %s", msg_name(m->type));
		msg_drop(m);
	}
	if (r == -1 && errno == EBADMSG)
		fatalx("ctld sent a malformed %s", msg_name(m->type));
	return r;
}

int
child_on_ping(struct msg *m)
{
	struct vitals v = { 0 };
	struct rusage ru;

	if (getrusage(RUSAGE_SELF, &ru) == 0) {
		v.cpu_us = (uint64_t)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) *
			1000000 +
		    (uint64_t)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec);
		v.resident_max = (uint64_t)ru.ru_maxrss * 1024;
	}
	if (chan_send((struct chan *)m->from, MSG_PONG, m->id, &v, -1) == -1)
		fatal("%s", __func__);
	return 0;
}
