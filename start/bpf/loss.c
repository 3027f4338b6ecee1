/* SPDX-License-Identifier: ISC */
/*
 * The program at the sockets of a session that loses segments: what it drops,
 * or cuts off, has not come, and the peer's kernel sends it again.  It is not
 * linked: scripts/bpf_array.py makes start/loss_program.h of it, as a build
 * needs no clang.
 *
 * A train of segments that came as one packet is drawn for segment by segment.
 * What is behind the first that is lost goes with it, as nothing can be cut out
 * of the middle, and is drawn for when it comes again.
 */

#include <linux/bpf.h>

#include "loss_map.h"

#define INLINE static inline __attribute__((__always_inline__))

/* A branch each, as clang would have it, were hundreds of ways to verify. */
#define HIDE(x) __asm__ volatile("" : "+r"(x))

/* In the header of a segment, where a packet at a socket begins. */
#define TCP_PORT 2 /* the receiver's */
#define TCP_LENGTH 12
#define TCP_FLAGS 13
#define TCP_FIN 1
#define TCP_HEADER 14 /* as far as it is looked at */

/* Longer trains, and states that turn more often in one: their rest passes. */
#define SEGMENTS ((1U << LOSS_POWERS) - 1)
#define TURNS 2

/* The loader says which it is. */
extern struct loss_map map;

static long (*load)(
    const void *, uint32_t, void *, uint32_t) = (void *)BPF_FUNC_skb_load_bytes;
static uint64_t (*cookie)(void *) = (void *)BPF_FUNC_get_socket_cookie;

/* splitmix64: its state is a counter, so that processors need no lock. */
INLINE uint64_t
draw(void)
{
	uint64_t x = __sync_fetch_and_add(&map.random, 0x9e3779b97f4a7c15);

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
passing(const struct loss_state *s)
{
	uint64_t drawn = draw(), chance = LOSS_ALWAYS, longer, less, n = 0;

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

/* Is one of n segments lost?  *at: which; or how many were drawn for. */
INLINE int
is_one_lost(const struct loss_way *w, uint8_t *is_bad, uint64_t n, uint64_t *at)
{
	const struct loss_state *s;

	*at = 0;
#pragma unroll
	for (int i = 0; i < TURNS; i++) {
		s = &w->states[*is_bad & 1];
		*at += passing(s);
		if (*at >= n || *at >= SEGMENTS) {
			*at = n;
			return 0;
		}
		if (draw() < s->lost) {
			*is_bad ^= draw() < s->turns;
			return 1;
		}
		*is_bad ^= 1;
		*at += 1;
	}
	return 0;
}

/* How much of a packet has come: 0: nothing; -1: all. */
__attribute__((__section__("program"))) int
packet(struct __sk_buff *skb)
{
	uint64_t n = skb->gso_segs, at, way;
	uint8_t h[TCP_HEADER];
	struct loss_way *w;

	if (load(skb, 0, h, sizeof(h)) < 0)
		return -1;
	way = (h[TCP_PORT] << 8 | h[TCP_PORT + 1]) != map.port;
	HIDE(way);
	w = &map.ways[way & 1];
	n += n == 0; /* no train */
	HIDE(n);
	if (!is_one_lost(w, &map.is_bad[cookie(skb) % LOSS_SOCKETS], n, &at)) {
		__sync_fetch_and_add(&w->seen, at);
		return -1;
	}
	__sync_fetch_and_add(&w->seen, at + 1);
	__sync_fetch_and_add(&w->lost, 1);
	/* an end that stands behind bytes would come without them */
	if (at == 0 || (h[TCP_FLAGS] & TCP_FIN) != 0)
		return 0;
	return (int)((h[TCP_LENGTH] >> 4) * 4 + at * skb->gso_size);
}
