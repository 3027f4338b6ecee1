/* SPDX-License-Identifier: ISC */
#ifndef RELAYD_H
#define RELAYD_H

#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "chain.h"
#include "chan.h"
#include "clock.h"
#include "connect_spec.h"
#include "container_of.h"
#include "deadlines.h"
#include "payload_sessions.h"
#include "rate.h"
#include "watch.h"

/*
 * One proxy's worker.  Event callbacks only note what has happened and put
 * the session on the ready queue; everything that moves bytes or ends a
 * session runs from there, between two waits of the loop.
 */

/* peer.c: a channel in the loop */

struct peer {
	struct chan chan; /* fd -1: there is none */
	struct watch watch;
	int waits_for_room;
};

void peer_open(struct peer *, void (*on)(struct watch *, uint32_t));
void peer_close(struct peer *);
void peer_flush(struct peer *); /* after every pass of the loop */

/* splice.c: socket to socket, without a copy */

struct kernel_pipe {
	SLIST_ENTRY(kernel_pipe) entry;
	int fds[2];
	size_t held; /* bytes */
};

/* Takes what it needs of so many descriptors, and returns how many. */
unsigned int splice_init(unsigned int descriptors);
/*
 * Bytes from source into a pipe that *k points to from then on; 0: the end; -1
 * and errno: EAGAIN, ENOBUFS when there is no pipe to be had, or the source's.
 */
ssize_t splice_in(int source, struct kernel_pipe **k);
/* Out of it; the pipe is gone when it is empty.  -1 and errno: the sink's. */
ssize_t splice_out(int sink, struct kernel_pipe **k);
void splice_give_back(struct kernel_pipe *); /* drops what is in it */
void splice_close_spare(void);               /* or after a second without use */

/* pipe.c: one direction of a session */

/* With a destination that is to be let go of: see farewell.c. */
struct patience {
	uint64_t taken; /* bytes */
	int64_t since;  /* ns: when it took one */
	int64_t again;  /* ns: when to look again, or CLOCK_NEVER */
	int64_t pause;  /* ns, before that */
};

/* The toxics of a pipe, and what they and a slow reader hold. */
struct flow {
	struct chain chain;
	struct deadline deadline;
	struct pipe *pipe;
	struct patience patience;
};

/* How the end of a direction is passed on, when all before it has gone. */
enum farewell {
	FAREWELL_FIN,   /* the other direction goes on */
	FAREWELL_CLOSE, /* a toxic's */
	FAREWELL_RESET  /* a toxic's, or the source has died */
};

struct pipe {
	struct flow *flow;          /* NULL: no toxic, and nothing is held */
	struct kernel_pipe *kernel; /* NULL: nothing is in one */
	uint64_t sent;              /* bytes */
	uint8_t stream;             /* enum toxic_stream; also its index */
	uint8_t readable;           /* the source, as far as is known */
	uint8_t hung_up : 1;        /* the source will end, or fail */
	uint8_t is_marked : 1; /* it has an urgent byte: reads stop there */
	uint8_t said_fin : 1;  /* what comes of the source yet is dropped */
	uint8_t writable;      /* the destination */
	uint8_t bulk;          /* splice(2): until so many small ones */
	uint8_t source_ended;
	uint8_t farewell; /* enum farewell */
	uint8_t done;     /* ... has been, and the source has ended */
};

/*
 * What a pipe's turn has moved.  Pieces are small, and each is a write: bulk in
 * single bytes would take seconds if only bytes were counted.
 */
#define TURN_WRITES 16
struct turn {
	size_t bytes;        /* that it has read */
	unsigned int writes; /* of pieces: at most TURN_WRITES */
};

/* What a pipe's turn has come to. */
enum verdict {
	PIPE_WAITS,   /* for an event or a deadline */
	PIPE_GOES_ON, /* it has had its turn, and could do more */
	PIPE_SOURCE_FAILED,
	PIPE_SINK_FAILED,
	PIPE_CLOSED, /* by a toxic: both sides */
	PIPE_RESET,  /* by a toxic */
	PIPE_PARTED  /* the destination is to be closed */
};

void pipe_init(struct pipe *, enum toxic_stream);
enum verdict pipe_run(struct pipe *);
/*
 * The source has died: what can be read of it is, unless it is known that
 * there is no more, and goes its way; then the destination is reset.
 */
void pipe_source_died(struct pipe *, int has_no_more);
/* The destination has died: what was for it is dropped. */
void pipe_abandon(struct pipe *);
/* Nothing more is let through; what was is written, and then this is said. */
void pipe_stop(struct pipe *, enum farewell);
/* What it holds no event, deadline or reader will move. */
int pipe_is_stuck(const struct pipe *);
/* Bytes wait in the source because the whole worker has no room for them. */
int pipe_waits_for_budget(const struct pipe *);
/* ... because it has read as much as it may for now. */
int pipe_waits_for_pace(const struct pipe *);

/* A direction that is done has no weather: these leave it alone. */
void pipe_toxic_add(struct pipe *, struct toxic *, int64_t now);
void pipe_toxic_update(
    struct pipe *, const struct toxic *, int redraw, int64_t now);
void pipe_toxic_remove(struct pipe *, const struct toxic *, int64_t now);
void pipe_toxic_halt(struct pipe *, const struct toxic *, int64_t now);
int pipe_toxic_is_active(const struct pipe *, const struct toxic *);
/* Its stage there; NULL: it has none. */
const struct stage *pipe_toxic_stage(const struct pipe *, const struct toxic *);

/* flow.c */

struct flow *pipe_flow(struct pipe *); /* made, if there is none */
void flow_close(struct pipe *);        /* there is one */
int pipe_hangs(const struct pipe *);   /* a toxic has its session hang */
void pipe_free(struct pipe *);
void pipe_drop(struct pipe *); /* what it holds is for nobody */

/* sink.c: 0, or -1: the destination has failed */

/* Returns how many bytes went; fewer than size: no more for now.  -1. */
ssize_t sink_write(struct pipe *, const void *data, size_t size);
int sink_splice(struct pipe *); /* what is in the kernel's pipe */
int sink_write_out(struct pipe *, struct turn *);

/* farewell.c */

/*
 * The end has come to the sink, but what is in out may not be written yet; or
 * it is to be a reset, and the sink takes nothing.
 */
enum verdict farewell(struct pipe *);

/* session.c: a client, its upstream, two pipes */

enum side {
	SIDE_CLIENT,
	SIDE_UPSTREAM,
	SIDE_MAX
};
/* The pipe of a stream has the side of the same number as its source. */
_Static_assert((int)SIDE_CLIENT == STREAM_UPSTREAM, "client -> upstream");
_Static_assert((int)SIDE_UPSTREAM == STREAM_DOWNSTREAM, "upstream -> client");

enum session_queue {
	QUEUE_NONE,
	QUEUE_READY,   /* to be run in this pass of the loop */
	QUEUE_WAITING, /* for the worker's budget */
	QUEUE_LAST,    /* for what the others leave of it: those that drain */
	QUEUE_PACED,   /* for bytes that may be read: see pace.c */
	QUEUE_MAX
};

struct session {
	TAILQ_ENTRY(session) entry;  /* of all sessions */
	TAILQ_ENTRY(session) queued; /* see queue; of the dead at last */
	union {
		TAILQ_ENTRY(session) dial; /* while it waits to be asked for */
		struct late_dial *late;    /* while that is put off */
		char *ended_by; /* after dialling: name of a toxic, or NULL */
	};
	struct random random;
	uint64_t number; /* of this assignment, from 0 on */
	int64_t opened;  /* ns */
	struct address client;
	struct address reached; /* the upstream's; none while it is dialled */
	uint32_t place;         /* see roll.c */
	uint8_t queue;          /* enum session_queue */
	uint8_t dialling : 1;
	uint8_t has_own : 1; /* toxics: see own_toxics.c */
	uint8_t dial_deaths; /* of diald, with this dial in its hands */
	uint8_t suspect : 2; /* bit of a side: it may have been reset */
	uint8_t dead : 2;    /* bit of a side: it has been, or as good as */
	uint8_t drains : 1;  /* nothing is to come any more, but to go */
	uint8_t unheard : 2; /* bit of a side: more bytes of it make no event */
	uint8_t programs : 4; /* two bits of a side: see loss.c */
	uint8_t is_late : 1;  /* its dial is put off: see late_dial.c */
	uint16_t dial_id;     /* that diald knows it by; 0: it does not */
	uint8_t end;          /* enum session_end */
	struct watch sides[SIDE_MAX];
	struct pipe pipes[STREAM_MAX];
};
TAILQ_HEAD(sessions, session);

void session_open(int fd, const struct address *client);

/* hearing.c */

/* fd is the session's from here on.  0, or -1: it cannot be watched. */
int session_watch(struct session *, enum side, int fd);
/*
 * Bytes come that nobody reads, since those before them have nowhere to go:
 * each would wake the worker for nothing.
 */
void session_hear_no_more(struct session *, enum side);
/* All that has come from that side has been read: what comes next is news. */
void session_hear(struct session *, enum side);

static inline struct session *
session_of(const struct pipe *p)
{
	return container_of(p - p->stream, struct session, pipes);
}

static inline int
session_fd(const struct session *s, enum side side)
{
	return s->sides[side].fd;
}

static inline int
pipe_source(const struct pipe *p)
{
	return session_fd(session_of(p), (enum side)p->stream);
}

static inline int
pipe_sink(const struct pipe *p)
{
	return session_fd(session_of(p),
	    p->stream == STREAM_UPSTREAM ? SIDE_UPSTREAM : SIDE_CLIENT);
}

/* roll.c: all of them, by number */

void roll_add(struct session *); /* behind all that there are */
void roll_remove(const struct session *);
/* That one, or the next that there is; NULL: there is none. */
struct session *roll_from(uint64_t number);
struct session *roll_next(const struct session *);

/* ready.c: whose turn it is, and who waits for memory */

void ready_init(void);
void session_ready(
    struct session *); /* in this pass of the loop, or the next */
void session_waits(struct session *); /* ... for memory */
void session_dequeue(struct session *);
struct session *session_next_ready(void); /* taken out; NULL: there is none */
size_t sessions_ready(void);              /* how many */
void sessions_make_ready(void);           /* all of them */
int sessions_wait(void);                  /* some do, for memory */
int sessions_wait_alive(void);            /* some of those that do not drain */
void sessions_wake(void);                 /* there is memory for them */
void session_paced(struct session *);     /* waits for the pace */
void sessions_wake_paced(void);

/* reset.c: close(2) as a reset */
void reset_open(void); /* before the filter */
void reset_on_close(int fd);

/* session_end.c */

/* The way out: nobody touches the session after it, but the loop. */
void session_close(struct session *, enum session_end);
/* Not while the loop has events in hand. */
void session_end_as_asked(struct session *, int by_reset);
/* What its pipe has come to; 1: nothing more can be done in this turn. */
int session_judge(struct session *, struct pipe *, enum verdict);
void session_look_for_resets(struct session *);
/* Before it came here: no error of the socket will say so. */
void session_upstream_was_reset(struct session *);
/* After a turn: is it over, or on its way out? */
void session_settle(struct session *);
/* Is there one that drains?  The oldest of them is closed, for others. */
int sessions_may_give_way(void);
void sessions_give_way(void);
void sessions_free_dead(void); /* after a pass of the loop */
void sessions_close(void);

void sessions_init(void);
void sessions_run(void); /* those that are ready: one turn each */

/* ended.c: why the last of those that ended otherwise than by both FINs did */

void ended_note(const struct session *);
/* So many, of which no more is known; last: one of them, or NULL. */
void ended_note_several(
    enum session_end, uint64_t n, const struct address *last);
/* The one at that place, or the next, which *place is behind then; 0: none. */
int ended_show(uint64_t *place, struct session_ended *);
void ended_free(void);

/* ended_news.c: ... and what of it ctld hears at once, for who watches */

void ended_news(const struct session_ended *);
void ended_news_free(void);

/* session_log.c */

void session_log_accepted(const struct session *);
void session_log_dial_failed(
    const struct session *, const struct dial_result *);
void session_log_connected(const struct session *);
void session_log_closed(const struct session *);

/* dialer.c: what is asked of diald */

/* What a dial comes to; the session owns fd. */
struct dial_ends {
	void (*connected)(
	    struct session *, int fd, const struct address *reached);
	void (*was_reset)(struct session *); /* after that: the upstream has */
	void (*failed)(struct session *, const struct dial_result *);
};

void dialer_init(const struct dial_ends *);
void dialer_end(void); /* diald ends on purpose: it died of nothing */
/*
 * In place of the line before.  fd is -1 if it was lost at the limit of
 * descriptors; ctld knows it by that number.
 */
void dialer_open(int fd, uint32_t line);
void dialer_ask(struct session *);
void dialer_forget(struct session *);
void dialer_look(void); /* in each pass: will there be another line? */
/* It is not asked for: it has failed. */
void dialer_refuse(struct session *, const struct dial_result *);

/* client_rules.c */

void client_rules_set(const struct relay_clients *);     /* its tenant's */
void client_rules_set_own(const struct relay_clients *); /* the proxy's */
int client_may_connect(const struct address *);          /* 0 is logged */

/* listener.c */

void listener_open(int fd);
void listener_start(void);
void listener_resume(void); /* after a pass of the loop: is there room? */
void listener_look(void);   /* may it accept still? */
void listener_take_all(void);
void listener_drain(void);
void listener_close(void); /* for good */

/* toxic_list.c: the toxics of this proxy, on all its sessions */

int toxic_list_add(const struct toxic_spec *);    /* 0 or -1: is there */
int toxic_list_update(const struct toxic_spec *); /* 0 or -1: is not */
int toxic_list_remove(const char *name);
/* They are there, and on no session, until they all begin anew. */
void toxic_list_halt(void);
void toxic_list_resume(void);
void toxic_list_start(struct session *);
void toxic_list_say(uint32_t id); /* all of them, to ctld */
/* What they have done that ctld does not know yet; and now it does. */
int toxic_list_has_news(void);
void toxic_list_tell(void);
void toxic_list_free(void);

/* tidy.c: a while after something was let go, memory goes back */

void tidy_later(void);

/* lease.c: what this worker may hold, and what of it is lent */

struct lease {
	size_t lent;     /* by ctld */
	size_t keep;     /* what it has recalled is beyond this; or SIZE_MAX */
	size_t borrowed; /* asked for, and not there yet */
	size_t peak;     /* of what was held, since the last look */
};

void lease_init(size_t worker_held_max);
int lease_lent(size_t); /* -1: it was not asked for */
void lease_recalled(size_t keep);
void lease_run(void); /* after each pass of the loop */

/* gate.c: sessions that its tenant may have, together with other workers */

struct gate {
	uint32_t id; /* ctld's, of what is asked; 0: nobody has to ask */
	uint32_t nguests, asked; /* who wait; for whom it has asked */
	uint32_t told;           /* sessions that ctld counts */
	uint32_t over;           /* enum limit: the last that was in the way */
	int is_shut;             /* nobody comes in any more */
	int64_t closed_until;    /* ns: nobody is asked for before */
	struct rate entered;
};

void gate_set(uint32_t id);
/* Owns fd.  Not while it is busy.  due: see late_client(). */
void gate_admit(int fd, const struct address *client, int64_t due);
int gate_is_busy(void); /* who comes has to wait in the backlog */
int gate_is_full(void); /* only one that drains could make room */
int gate_entered(uint32_t id, const struct relay_entered *); /* 0, or -1 */
void gate_say(struct relay_here *);
void gate_shut(void); /* whoever waits is refused */
void gate_run(void);  /* after each pass of the loop */

/* pace.c: bytes that may be read in a second, where there is a limit */

struct pace {
	uint64_t share; /* bytes a second; 0: any number */
	int64_t left;   /* bytes; less than 0: owed */
	int64_t at;     /* ns: to there it is counted */
};

void pace_set(uint64_t share);
int pace_has_some(void);
void pace_wait(struct session *); /* for there is none left */

/* inquiry.c: what ctld asks of the sessions, for who looks at them */

int inquiry_take(uint32_t id, const struct relay_ask *); /* -1: one waits */
int inquiry_take_own(uint32_t id, const struct own_toxic *);
void inquiry_forget(void);  /* who asked it has died */
void inquiry_run(void);     /* in each pass, behind the sessions */
void inquiry_run_own(void); /* now, what is about toxics of one's own */

/* counters.c */

void counters_push(int64_t now);
void counters_answer(uint32_t id); /* now, whatever has changed */
void counters_watched(int);        /* somebody waits for them, or not */

/* dispatch.c */

void ctld_readable(struct watch *, uint32_t events);

struct relay {
	int retires;   /* nobody listens to it any more: its sessions are all */
	int is_final;  /* no toxic will be changed any more */
	int is_halted; /* none is on any session */
	enum relay_state state;
	struct peer ctld;
	struct peer dialer;
	struct sessions sessions; /* those that drain first, in order */
	struct toxics toxics;
	uint64_t given; /* toxics, in its life */
	struct budget budget;
	size_t worker_held_max; /* budget.max is never above it */
	struct lease lease;
	struct gate gate;
	struct connect_spec connect;
	uint64_t nlate; /* clients who are not let in yet: see late_client.c */
	struct pace pace;
	struct counters counters;
	uint64_t random_seed;
	uint64_t assignment;
	uint64_t first_session;    /* see SESSIONS_BLOCK */
	uint64_t next_session;     /* of the assignment: from 0 on */
	uint64_t earlier_sessions; /* so many has the proxy had before it */
	unsigned int ncounting;    /* toxics that count sessions */
	uint64_t sessions_max;     /* as many as descriptors allow */
	size_t session_held_max;
	char name[PROXY_KEY_TEXT_MAX + 1]; /* for people, and to seed by */
	char upstream[ENDPOINT_TEXT_MAX + 1];
};
extern struct relay relay;

#endif
