/* SPDX-License-Identifier: ISC */
#ifndef PRIV_LINE_H
#define PRIV_LINE_H

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

#include "address.h"
#include "agreed.h"

/*
 * The line between toxid, which has root's powers, and ctld, which keeps the
 * truth and has none.  ctld asks, toxid answers each question before it takes
 * the next, and says nothing of itself: that there is news is a doorbell, an
 * eventfd, and what the news are is asked.  So neither has a queue, and toxid
 * never waits.
 *
 * Ids are toxid's, never used twice, and mean what they were given for; no
 * question has a pid, a path or a user in it.
 */
#define PRIV_VERSION 1

/*
 * X(type, states in which it is legal, is there a descriptor with it)
 *
 * A question that is not in this table, at another time or with another
 * descriptor, is ctld's end.
 */
#define PRIV_QUESTIONS(X)                                                     \
	X(START, PRIV_NEW, 0)    /* the first of all */                       \
	X(TAKE, PRIV_ON, 0)      /* what an earlier ctld had, one by one */   \
	X(BIND, PRIV_ON, 0)      /* a listener, where that is allowed */      \
	X(UNBIND, PRIV_ON, 0)    /* it is toxid's no more, nor anybody's */   \
	X(RELISTEN, PRIV_ON, 0)  /* where it was, before another's BIND */    \
	X(REFERENCE, PRIV_ON, 0) /* what a listener was like, to compare */   \
	X(SPAWN, PRIV_ON, 0)     /* a child */                                \
	X(KILL, PRIV_ON, 0)      /* one of them */                            \
	X(OPEN, PRIV_ON, 0)      /* a file that the command line names */     \
	X(NOTIFY, PRIV_ON, 0)    /* systemd is to know */                     \
	X(RELOADED, PRIV_ON, 0)  /* for who asked by -reload */               \
	X(NEWS, PRIV_ON, 0)      /* whatever comes next */                    \
	X(TRY, PRIV_ON, 0)       /* could the program on the disk go on? */   \
	X(END_TRIAL, PRIV_ON, 0) /* the upgrade is given up, as a whole */    \
	X(KEEP, PRIV_ON, 1)      /* a client of the API, for the next ctld */ \
	X(REPLACE, PRIV_ON, 0)   /* by that program; answered if it fails */  \
	X(END, PRIV_NEW | PRIV_ON, 0) /* of all: ctld is about to exit */

enum priv_state {
	PRIV_NEW = 0x1,
	PRIV_ON = 0x2,
	PRIV_OVER = 0x4
};

enum priv_type {
	PRIV_NONE,
#define X(type, states, has_fd) PRIV_##type,
	PRIV_QUESTIONS(X)
#undef X
	PRIV_MAX
};

/* Memory files that outlive a ctld: see ctld/journal.h; and ctld/in_hand.h. */
#define JOURNALS 2
#define MEMORIES (JOURNALS + 1)

/*
 * In the environment of a ctld that is only tried, by an upgrade: it has no
 * line, but a journal where line and doorbell are else.
 */
#define PRIV_TRIAL "TOXID_TRIAL"

/* What there is to take: see struct priv_taken. */
enum priv_heritage {
	PRIV_MEMORY,   /* a file of that, which outlives a ctld */
	PRIV_LISTENER, /* it listens, or did: an id and its descriptor */
	PRIV_CHILD,    /* an id, a pid, and its channel; it may have died */
	PRIV_CLIENT,   /* a connection to the API */
	/* without which one goes on: */
	PRIV_LOSS_SHARED, /* an enum loss_shared */
	PRIV_LOSS_PROGRAM /* a row, and its program: of the child or listener of
			     that id */
};

/* By which option it is named: a path is never handed on. */
enum priv_file {
	PRIV_FILE_CONFIG,      /* -config */
	PRIV_FILE_CHECK,       /* -check */
	PRIV_FILE_CERTIFICATE, /* -tls-cert */
	PRIV_FILE_KEY,         /* -tls-key */
	PRIV_FILE_MAX
};

/* See sd_notify(3). */
enum priv_notice {
	PRIV_NOTICE_READY,
	PRIV_NOTICE_RELOADING,
	PRIV_NOTICE_STOPPING,
	PRIV_NOTICE_WATCHDOG,
	PRIV_NOTICE_STARTING,   /* from here on a status */
	PRIV_NOTICE_LOADING,    /* proxies */
	PRIV_NOTICE_RESTARTING, /* of the control plane */
	PRIV_NOTICE_SERVING,    /* proxies, sessions */
	PRIV_NOTICE_DRAINING,   /* sessions */
	PRIV_NOTICE_MAX
};

/*
 * -reload: SIGHUP with this value, by sigqueue(3), is a question; the answer is
 * such a signal with an enum reload_outcome, which harms nobody by itself.
 * Programs of two versions say it to each other: the numbers stay.
 */
#define RELOAD_QUESTION 0x7265
#define RELOAD_ANSWER SIGURG

enum reload_outcome {
	RELOAD_FAILED = 0, /* nothing has changed */
	RELOAD_DONE = 1,   /* and is stored, if anything is */
	RELOAD_UNSTORED = 2,
};

/* The status of a child whose program could not be executed as its user. */
#define SPAWN_FAILED 127

enum priv_event {
	PRIV_EVENT_NONE,    /* nothing more, until the bell rings */
	PRIV_EVENT_REMARK,  /* toxid's own, for the log */
	PRIV_EVENT_DIED,    /* a child: its id is not used again */
	PRIV_EVENT_STOPPED, /* a child, by a signal */
	PRIV_EVENT_TRIAL,   /* has ended */
	PRIV_EVENT_RELOAD,  /* id: of who waits for RELOADED; 0: nobody */
	PRIV_EVENT_UPGRADE,
	PRIV_EVENT_QUIT /* SIGTERM, SIGINT */
};

/* X(what toxid has to say, what its number is, the same for people) */
#define PRIV_REMARKS(X)                                                  \
	X(DIED, STATUS, "ctld died: another follows")                    \
	X(NO_ROOM, ERRNO, "ctld cannot be started: it is tried again")   \
	X(THE_END, STATUS, "ctld dies again and again: the end of all")  \
	X(SILENT, COUNT, "ctld does not answer: killing it")             \
	X(OFFENCE, TYPE, "ctld has asked what it may not")               \
	X(UNANSWERED, ERRNO, "ctld cannot be answered")                  \
	X(NOTIFY, ERRNO, "NOTIFY_SOCKET does not take what it is told")  \
	X(RELOAD, COUNT, "Reload failed: control processes die of it")   \
	X(UPGRADE, COUNT, "Upgrade failed: control processes die of it") \
	X(DROPPED, COUNT, "Log lines dropped")

enum priv_remark_kind {
#define X(what, unit, text) PRIV_REMARK_##what,
	PRIV_REMARKS(X)
#undef X
	PRIV_REMARK_MAX
};

enum priv_unit {
	PRIV_UNIT_STATUS, /* as by wait(2) */
	PRIV_UNIT_ERRNO,
	PRIV_UNIT_TYPE, /* of a question */
	PRIV_UNIT_COUNT
};

extern const struct priv_remark_row {
	enum priv_unit unit;
	const char *text;
} priv_remarks[PRIV_REMARK_MAX];

struct priv_question {
	uint32_t type; /* enum priv_type */
	uint32_t id;   /* UNBIND, RELISTEN, KILL, RELOADED; TAKE: the row from
			* which on the first of its kind is meant */
	uint32_t what; /* TAKE, OPEN, NOTIFY: an enum of above; SPAWN: a role;
			* START: PRIV_VERSION; RELOADED: a reload_outcome;
			* END: an exit status */
	uint32_t instead; /* BIND: this listener is in its way, and stops until
			   * RELISTEN; or 0 */
	uint32_t is_api;  /* BIND: and not of a proxy */
	uint32_t unused;
	struct address address;     /* BIND, REFERENCE: of a listener there */
	uint64_t proxies, sessions; /* NOTIFY, where they are said */
};

enum priv_follows {
	PRIV_FIRST,
	PRIV_UPGRADED, /* one that was asked to make room */
	PRIV_DIED      /* one that has died */
};

struct priv_start {
	uint32_t uid;          /* ctld's */
	uint32_t has_own_ids;  /* as root all processes have */
	uint32_t changes_root; /* DIR_FD is to be ctld's root directory */
	uint32_t follows;      /* enum priv_follows */
	uint32_t epoch;        /* no other ctld has had it; not 0 */
	uint32_t is_notified;  /* somebody listens to NOTIFY */
	uint32_t has_state;    /* stored finds its folder */
	uint32_t fell;         /* DIED: it did that itself, or toxid did */
	uint32_t loss_lacks;   /* enum loss_lack */
	uint32_t loss_pool;    /* programs to lose segments by */
	int64_t watchdog;      /* ns: so often, or 0 */
	char token[TOKEN_TEXT_MAX + 1];
};

struct priv_taken {
	uint32_t id;
	uint32_t role;   /* CHILD: enum role */
	int32_t pid;     /* CHILD */
	uint32_t is_api; /* LISTENER: enum listener_of */
	uint32_t row;    /* the next one is behind it */
};

struct priv_bound {
	uint32_t id;
	uint32_t unused;
	struct address address; /* with a port that is a number; DENIED, too */
};

struct priv_spawned {
	uint32_t id;
	int32_t pid; /* for people */
	uint32_t uid;
	uint32_t changes_root;
};

struct priv_remark {
	int64_t at;     /* as by time(2) */
	uint32_t what;  /* enum priv_remark_kind */
	int32_t number; /* see there */
};

struct priv_news {
	uint32_t event; /* enum priv_event */
	uint32_t id;    /* DIED, STOPPED, RELOAD */
	int32_t status; /* DIED, TRIAL: as by wait(2) */
	uint32_t unused;
	uint64_t cpu_us, resident_max; /* DIED */
	struct priv_remark remark;     /* REMARK */
};

/* In place of an errno: -bind-policy does not allow it. */
#define PRIV_DENIED (-1)

struct priv_answer {
	int32_t error; /* errno, or 0, or PRIV_DENIED */
	uint32_t unused;
	union {
		struct priv_start start;
		struct priv_taken taken;     /* ENOENT: there are no more */
		struct priv_bound bound;     /* with a descriptor */
		struct priv_spawned spawned; /* with its channel */
		struct priv_news news;
	};
};

int priv_has_fd(uint32_t type); /* of a question in the table */

/*
 * A packet, and with it fd, or -1.  As sendmsg(2) and recvmsg(2), but one that
 * is too long counts as longer than size.  *is_lost: what came with it found no
 * descriptor free.  Where the kernel takes no descriptor, it is asked again,
 * for a second.
 */
ssize_t priv_put(int line, const void *, size_t size, int flags, int fd);
ssize_t priv_get(
    int line, void *, size_t size, int flags, int *fd, int *is_lost);

/* ---- toxid's end, which never does */

/*
 * 1: there is one, which is legal in that state, and in *fd what came with it,
 * or -1: that, too, where there was no descriptor free for it; 0: none yet;
 * -1: ctld has gone (errno 0), or has asked what it may not (EPROTO), and what
 * came with it is closed.
 */
int priv_receive(int line, enum priv_state, struct priv_question *, int *fd);

/*
 * fd, or -1, goes along and stays the caller's.  0, or -1: ctld has gone, or
 * does not read what it asks for.
 */
int priv_reply(int line, const struct priv_answer *, int fd);

#endif
