/* SPDX-License-Identifier: ISC */
/*
 * What all programs at the sockets of sessions that lose segments go on with:
 * what it drops, or cuts off, has not come, and the peer's kernel sends it
 * again.  It is not linked: scripts/bpf_array.py makes start/loss_program.h of
 * it, as a build needs no clang.
 *
 * A train of segments that came as one packet is drawn for segment by segment.
 * What is behind the first that is lost goes with it, as nothing can be cut out
 * of the middle, and is drawn for when it comes again.
 */

#include <linux/bpf.h>

#include "loss_row.h"

#define INLINE static inline __attribute__((__always_inline__))

/* A branch each, as clang would have it, were hundreds of ways to verify. */
#define HIDE(x) __asm__ volatile("" : "+r"(x))

/* In the header of a segment, where a packet at a socket begins. */
#define TCP_PORT 2 /* the receiver's */
#define TCP_LENGTH 12
#define TCP_FLAGS 13
#define TCP_FIN 1
#define TCP_SYN 2
#define TCP_ACK 16
#define TCP_HEADER 14 /* as far as it is looked at */

/* So many are drawn for at once. */
#define SEGMENTS ((1U << LOSS_POWERS) - 1)

/* In cb: what a program says, and 0s at first. */
#define ROW 0   /* which of them it is */
#define DRAWN 1 /* so many segments of this packet come through */

/* Maps: the loader says which. */
extern char rows, code;

static void *(*lookup)(void *, const void *) = (void *)BPF_FUNC_map_lookup_elem;
static long (*load)(
    const void *, uint32_t, void *, uint32_t) = (void *)BPF_FUNC_skb_load_bytes;
static uint64_t (*cookie)(void *) = (void *)BPF_FUNC_get_socket_cookie;
static long (*tail_call)(void *, void *, uint32_t) = (void *)BPF_FUNC_tail_call;

/* splitmix64: its state is a counter, so that processors need no lock. */
INLINE uint64_t
draw(struct loss_row *row)
{
	uint64_t x = __sync_fetch_and_add(&row->random, 0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return (x ^ (x >> 31)) % LOSS_ALWAYS;
}

/*
 * How many pass before one does not, or the state turns: the largest k with
 * less drawn than the chance that k pass in a row, bit by bit.  A loop over
 * segments would take the kernel much longer to verify.
 */
INLINE uint64_t
passing(struct loss_row *row, const struct loss_state *s)
{
	uint64_t drawn = draw(row), chance = LOSS_ALWAYS, longer, less, n = 0;

#pragma unroll
	for (int i = LOSS_POWERS - 1; i >= 0; i--) {
		longer = chance * s->pass[i] / LOSS_ALWAYS;
		less = drawn - longer; /* below 0? */
		HIDE(less);
		less >>= 63;
		HIDE(less);
		chance += (longer - chance) * less;
		n += less << i;
	}
	return n;
}

/* Does that come to a listener? */
INLINE int
comes(struct loss_row *row, const uint8_t *h)
{
	if ((h[TCP_FLAGS] & (TCP_SYN | TCP_ACK)) != TCP_SYN)
		return 1;
	__sync_fetch_and_add(&row->syns, 1);
	if (draw(row) >= row->syn_loss)
		return 1;
	__sync_fetch_and_add(&row->syns_lost, 1);
	return 0;
}

/* Of a packet the segment behind so many is lost, and all that follow it. */
INLINE int
lose(struct __sk_buff *skb, struct loss_way *w, const uint8_t *h, uint64_t at)
{
	__sync_fetch_and_add(&w->seen, at + 1);
	__sync_fetch_and_add(&w->lost, 1);
	/* an end that stands behind bytes would come without them */
	if (at == 0 || (h[TCP_FLAGS] & TCP_FIN) != 0)
		return 0;
	return (int)((h[TCP_LENGTH] >> 4) * 4 + at * skb->gso_size);
}

/*
 * How much of a packet has come: 0: nothing; -1: all.  Behind a turn of its
 * state, or what can be drawn for at once, it goes on as another call: of a
 * loop the kernel would verify each round.  It makes 33 of them for a packet,
 * what is behind the last comes through.
 */
__attribute__((__section__("program"))) int
packet(struct __sk_buff *skb)
{
	uint64_t n = skb->gso_segs, at = skb->cb[DRAWN], passed, way;
	uint32_t key = skb->cb[ROW];
	uint8_t h[TCP_HEADER], *is_bad;
	const struct loss_state *s;
	struct loss_row *row;
	struct loss_way *w;

	row = lookup(&rows, &key);
	if (row == 0 || load(skb, 0, h, sizeof(h)) < 0)
		return -1;
	if (row->is_door)
		return comes(row, h) ? -1 : 0;
	way = (h[TCP_PORT] << 8 | h[TCP_PORT + 1]) != row->port;
	HIDE(way);
	w = &row->ways[way & 1];
	n += n == 0; /* no train */
	HIDE(n);
	is_bad = &row->is_bad[cookie(skb) % LOSS_SOCKETS];
	s = &w->states[*is_bad & 1];
	passed = passing(row, s);
	at += passed;
	if (at < n && passed < SEGMENTS) {
		if (draw(row) < s->lost) {
			*is_bad ^= draw(row) < s->turns;
			return lose(skb, w, h, at);
		}
		*is_bad ^= 1;
		at++;
	}
	if (at < n) {
		skb->cb[DRAWN] = (uint32_t)at;
		tail_call(skb, &code, 0);
	}
	__sync_fetch_and_add(&w->seen, at < n ? at : n);
	return -1;
}
