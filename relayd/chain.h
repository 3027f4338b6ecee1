/* SPDX-License-Identifier: ISC */
#ifndef CHAIN_H
#define CHAIN_H

#include <sys/uio.h>

#include "random.h"
#include "toxic.h"

/*
 * The stages of one direction of one session, from the bytes that were read to
 * the bytes to be written.  It does no I/O and has no clock: every call says
 * what time it is, so that a test can turn the clock by hand.
 *
 * An allocation that fails ends the worker.
 */

/* Bytes held by all chains of a worker, against its bound. */
struct budget {
	size_t held;
	size_t max; /* may fall below held: see lease.c */
};

static inline size_t
budget_room(const struct budget *b)
{
	return b->held < b->max ? b->max - b->held : 0;
}

/* What the sink has to do. */
enum chain_end {
	CHAIN_OPEN,
	/* once out is written: */
	CHAIN_EOF,   /* the source has ended, pass it on */
	CHAIN_CLOSE, /* close both sides */
	CHAIN_RESET  /* reset both sides */
};

/* What one call may make of pieces: others have their turn. */
#define PIECES_MAX 64

/* What is left of the worker's bound is not read into if it is less. */
#define CHUNK_COST (sizeof(struct chunk) + CHUNK_MAX)

struct chain {
	TAILQ_HEAD(stages, stage) stages;
	struct chunks out; /* for the sink to write, in order */
	size_t out_bytes;
	size_t held;     /* memory of all its chunks, those in out too */
	size_t held_max; /* above it the source is not to be read */
	struct budget *budget;
	struct random *random; /* the session's; both directions share it */
	/* The session, as a select may ask: all zeros is the first there is. */
	const struct address *client;
	uint64_t number;       /* so many had come to the proxy before it */
	int64_t opened;        /* ns */
	int64_t now;           /* ns: set by the last call */
	enum chain_end end;    /* that has come to the sink */
	enum chain_end passes; /* that will, when one gets through */
	char *ended_by;        /* name of the toxic that made it; or NULL */
	uint8_t source_done;   /* nothing more is taken from the source */
	uint8_t is_deaf;     /* what comes of it is dropped: its end is told */
	uint8_t wants_room;  /* a stage does */
	uint16_t nseeing;    /* stages at work that bytes go through */
	uint16_t nlosing;    /* stages by which segments are lost below */
	uint16_t nunplugged; /* stages that have its source unplugged */
	uint16_t nhanging;   /* stages that have the session hang */
	uint32_t pieces;     /* made in this call */
};

void chain_init(
    struct chain *, struct budget *, struct random *, size_t held_max);
void chain_free(struct chain *);

/*
 * Decides, and starts the stage if it is chosen: at the end of the chain, but
 * before those of the session's own toxics where it is none.
 */
void chain_add(struct chain *, struct toxic *, int64_t now);
/* After toxic->spec has changed; redraw when its toxicity or select has. */
void chain_update(
    struct chain *, const struct toxic *, int redraw, int64_t now);
/* Lets what it holds go on, in order. */
void chain_remove(struct chain *, const struct toxic *, int64_t now);
/* Likewise; it comes back by chain_add().  From the last stage to the first, so
 * that what is let go meets no other. */
void chain_halt(struct chain *, const struct toxic *, int64_t now);

/*
 * Reading without a copy: chain_room() says where the next bytes may be put,
 * in pieces of CHUNK_MAX, and returns how many; chain_take() that so many
 * bytes have come.  What lies there belongs to whoever asked last.
 */
#define CHAIN_IOV 8
size_t chain_room(const struct chain *, struct iovec *);
void chain_take(struct chain *, size_t len, int64_t now);
/* The memory of that room goes back. */
void chunks_free_spare(void);

/* Copies len bytes in, as chunks of at most CHUNK_MAX. */
void chain_feed(struct chain *, const void *data, size_t len, int64_t now);
void chain_feed_eof(struct chain *, int64_t now);

/*
 * Nothing more comes of the source, and what the stages hold is dropped; what
 * has left them is still to be written.  how: the end that it comes to, if it
 * has not come to a harder one; so all directions of a session agree in time.
 */
void chain_stop(struct chain *, enum chain_end how);

/*
 * The sink has died: what is held is dropped, and nothing comes any more.  Left
 * are those stages by which the session hangs: they know for how long.
 */
void chain_drop(struct chain *);

/*
 * A stage waits for out to be empty, which it is, or for memory.  Returns 0
 * when neither a byte nor the end has come of saying so: then it is memory.
 */
int chain_wants_room(const struct chain *);
int chain_has_room(struct chain *, int64_t now);

/* Runs every timer that is due. */
void chain_run(struct chain *, int64_t now);
/* The nearest deadline of any stage in ns, or CLOCK_NEVER. */
int64_t chain_deadline(const struct chain *);

/* Nothing inside, and no stage that sees bytes: they need not go through it. */
int chain_is_idle(const struct chain *);
/* The source is not to be read for now: too much is held. */
int chain_is_full(const struct chain *);

/* The sink has written n bytes of out, n <= out_bytes: free them. */
void chain_written(struct chain *, size_t n);

/* What it has done is there, as long as it is; NULL: there is none. */
const struct stage *chain_stage(const struct chain *, const struct toxic *);
/* Is the stage of this toxic at work here?  What was drawn is visible. */
int chain_has_active(const struct chain *, const struct toxic *);
/* Its session's index; below 0: it was there before.  See toxic_select.h. */
int64_t stage_index(const struct stage *);

#endif
