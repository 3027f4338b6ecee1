/* SPDX-License-Identifier: ISC */
#ifndef TOXIC_H
#define TOXIC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "clock.h"
#include "line.h"
#include "payload_relay.h"
#include "toxic_select.h"
#include "toxic_tail.h"

/*
 * What a toxic is made of, and all that it may do.  A toxic sees its stage and
 * nothing else: no socket, no event loop, no clock of its own.
 */

/* The largest chunk: what the original reads at once. */
#define CHUNK_MAX 32768

/* Bytes on their way through one direction of one session. */
struct chunk {
	STAILQ_ENTRY(chunk) entry;
	int64_t born; /* ns: when it was read, or was due to leave a stage */
	int64_t due;  /* ns: when it may leave the stage that holds it */
	uint32_t off; /* data[off..off+len) is what is left of it */
	uint32_t len;
	uint32_t size;    /* of data[]: what it costs */
	uint8_t is_piece; /* leaves by a write of its own, in one segment */
	uint8_t data[];
};
STAILQ_HEAD(chunks, chunk);

/* What a line may send at once, as it did not send what it could. */
struct burst {
	int64_t left;  /* bytes */
	int64_t since; /* ns: to there it is counted */
};

/* One toxic of this worker's proxy, or of one of its sessions; every stage of
 * it points here. */
struct toxic {
	TAILQ_ENTRY(toxic) entry;
	struct toxic_spec *spec;    /* its own: toxic_spec_dup()'s */
	struct toxic_select select; /* as the spec has it */
	struct toxic_counts counts;
	struct toxic_counts told; /* what ctld knows of them */
	uint64_t nth;     /* of all that this worker was given; 0: it is own */
	uint32_t is_own;  /* one session's: behind all that are not */
	int64_t epoch;    /* ns: 1970 by the clock of its stages; see wave.h */
	struct line line; /* see stage_join() */
	struct burst burst; /* of that line */
};
TAILQ_HEAD(toxics, toxic);

struct chain;

/*
 * One toxic at work on one direction of one session:
 *
 *	source -> stage -> stage -> ... -> sink
 *
 * What it holds back waits in held, in order; a removal lets all of it go.
 */
struct stage {
	TAILQ_ENTRY(stage) entry;
	const struct toxic_ops *ops;
	struct toxic *toxic;
	struct chain *chain;
	struct chunks held;
	size_t held_bytes;
	int64_t deadline; /* ns, or CLOCK_NEVER */
	int64_t turns;    /* likewise: it begins or ends to be at work */
	uint8_t decided;  /* enum toxic_decision */
	uint8_t active;   /* it is at work; else bytes pass it by */
	uint8_t eof_held; /* the source's end has come, and waits here */
	uint8_t cut;      /* closed, here or behind: nothing leaves it */
	uint8_t is_dry;   /* nothing more comes, nor leaves it but an end */
	uint8_t wants_room;
	uint8_t hangs;             /* see stage_hang() */
	uint8_t loses;             /* see stage_lose() */
	uint8_t is_unplugged;      /* see stage_unplug() */
	uint8_t is_on_line;        /* see stage_join() */
	uint8_t has_hit;           /* see stage_hit() */
	uint8_t cuts;              /* it has ended the stream: once */
	uint64_t slices;           /* pieces that it has made */
	uint64_t delayed, dropped; /* bytes that it has held; let go of */
	int64_t state[]; /* ops->nstate words of its own, 0 at first */
};

/*
 * Every callback runs to its end at once; NULL means "as if this toxic were
 * not here".
 *
 * init	   the stage starts: at connect, or live
 * data	   a chunk has come; it is the stage's from now on: emit it, hold it,
 *	   or drop it
 * eof	   the source has ended: emit the end now, or set eof_held
 * timer   the deadline has come, and is cleared
 * room	   what was emitted has left, or there is memory: see stage_want_room()
 * update  the attributes have changed
 * remove  the toxic is taken away from a live session, or its new toxicity
 *	   spares it, before what is held goes on
 * halt	   all toxics are held off for a while, or its time on this session is
 *	   over, before what is held goes on; it begins anew after it; NULL: as
 *	   if it were removed
 * holds   bytes held above which the source is not read; NULL: STAGE_HOLDS.
 *	   The session's bound holds as well
 */
struct toxic_ops {
	size_t nstate;
	void (*init)(struct stage *);
	void (*data)(struct stage *, struct chunk *);
	void (*eof)(struct stage *);
	void (*timer)(struct stage *);
	void (*room)(struct stage *);
	void (*update)(struct stage *);
	void (*remove)(struct stage *);
	void (*halt)(struct stage *);
	size_t (*holds)(const struct stage *);
};

/* Most toxics stop their source soon, as the original's do. */
#define STAGE_HOLDS ((size_t)64 * 1024)
/* For ops->holds: no bound of its own; what the session may, and the others. */
size_t stage_holds_any(const struct stage *);

/*
 * What it means, not what was given: see toxic_spec_integer().  A text is there
 * until the attributes change.
 */
int64_t stage_integer(const struct stage *, int slot);
int stage_waves(const struct stage *); /* an integer may be another soon */
double stage_fraction(const struct stage *, int slot);
const char *stage_word(const struct stage *, int slot);
int stage_choice(const struct stage *, int slot); /* of its words, from 0 on */
const char *stage_text(const struct stage *, int slot);
size_t stage_count(const struct stage *, int slot); /* of a list */
int64_t stage_nth_integer(const struct stage *, int slot, size_t i);
const char *stage_nth_text(const struct stage *, int slot, size_t i);
int64_t stage_now(const struct stage *);             /* ns, monotonic */
int64_t stage_random(struct stage *, int64_t below); /* in [0, below) */

/* So many ns later, both at least 0: CLOCK_NEVER where time does not go on. */
static inline int64_t
clock_after(int64_t from, int64_t ns)
{
	return ns < CLOCK_NEVER - from ? from + ns : CLOCK_NEVER;
}

/* Arms the stage's one timer; CLOCK_NEVER disarms it. */
void stage_arm(struct stage *, int64_t deadline);

/* To the next stage, or the sink.  The chunk is gone from the caller. */
void stage_emit(struct stage *, struct chunk *);
void stage_drop(struct stage *, struct chunk *);
/* As stage_emit(); it stays apart from all other bytes on its way out. */
void stage_emit_piece(struct stage *, struct chunk *);
/* What was emitted is written, or another stage holds it. */
int stage_has_left(const struct stage *);
/*
 * The next piece may be made: the one before has left, there is memory for it
 * behind this stage, and not too many were made in this call.  Where there is
 * no room it may be asked for, and ops->room is called when there may be some.
 */
int stage_has_room(const struct stage *);
void stage_want_room(struct stage *);
/* There is memory for it, or what is split off can be written at once. */
int stage_may_split(const struct stage *);
/* The first n bytes of a chunk, as a chunk; n below its length. */
struct chunk *stage_split(struct stage *, struct chunk *, uint32_t n);
/* Emits its first n bytes, or all; what is left of it, or NULL. */
struct chunk *stage_emit_some(struct stage *, struct chunk *, int64_t n);

void stage_hold(struct stage *, struct chunk *); /* at the end */
struct chunk *stage_first(const struct stage *); /* NULL: holds none */
struct chunk *stage_take(struct stage *);        /* the first one held */

/*
 * Of the line that all sessions share: while it has something to send it is on
 * it, and what its clock says, is its time.  It is taken off when it is cut, or
 * not at work any more.
 */
void stage_join(struct stage *);
void stage_leave(struct stage *);
int64_t stage_line_clock(struct stage *); /* ns */

/*
 * It has done something to this session, which toxid-api(7) says of each toxic:
 * held or dropped a byte, made a piece, ended the stream.  For what no other
 * function here sees.
 */
void stage_hit(struct stage *);

/*
 * The source's end goes on to the next stage; or one in its place: then the
 * stage drops whatever comes after it, and when it is taken away, it says so.
 */
void stage_emit_eof(struct stage *);
void stage_drop_rest(struct stage *);
/*
 * This direction ends here: nothing more is taken from the source, what lies
 * before this stage is dropped, what has left it is still written, then the
 * session closes.
 */
void stage_close(struct stage *);
/* The same, but both peers see a reset. */
void stage_reset(struct stage *);
/*
 * The session hangs: this stage is to hold what comes, the other direction
 * stops where it is, and no end of a peer gets through, until it goes on: by
 * itself, or for the toxic is taken away.
 */
void stage_hang(struct stage *);
void stage_go_on(struct stage *);

/* Segments of this direction's source are lost before they are bytes. */
void stage_lose(struct stage *);
void stage_lose_no_more(struct stage *);
/* ... all of them, and what its kernel says by itself, too. */
void stage_unplug(struct stage *);
void stage_plug_in(struct stage *);

/* Never NULL. */
const struct toxic_ops *toxic_ops_of(enum toxic_kind);

/* NULL: none of them is called so. */
struct toxic *toxics_find(const struct toxics *, const char *name);

#define X(tag, name, ...) extern const struct toxic_ops toxic_##name;
TOXICS(X, X)
#undef X

#endif
