/* SPDX-License-Identifier: ISC */
/* corrupt: how many bits it flips, where they lie, and what it leaves alone. */

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "chain_rig.h"

TestSuite(corrupt, .init = rig_before, .fini = rig_after);

#define MIB ((size_t)1 << 20)
#define GAPS 100000
#define GAP_MAX 4096

static const uint8_t zeros[CHUNK_MAX];

static struct toxic *
add(struct rig *r, double rate)
{
	struct toxic *t = &r->toxics[r->ntoxics++];

	toxic_spec_init(t->spec, TOXIC_CORRUPT);
	t->spec->values[CORRUPT_RATE].fraction = rate;
	r->is_lossy |= rate > 0;
	chain_add(&r->chain, t, 0);
	return t;
}

static void
set_rate(struct toxic *t, double rate)
{
	t->spec->values[CORRUPT_RATE].fraction = rate;
	chain_update(&rig.chain, t, 0, 0);
}

/* Takes what has come out, as it is, to there; returns how many bytes. */
static size_t
take(struct rig *r, uint8_t *to)
{
	struct chunk *k;
	size_t n = 0;

	while ((k = STAILQ_FIRST(&r->chain.out)) != NULL) {
		memcpy(to + n, k->data + k->off, k->len);
		n += k->len;
		chain_written(&r->chain, k->len);
	}
	return n;
}

/* Zeros, in pieces of so many; *flipped bits of them are none any more. */
static void
pass_zeros(struct rig *r, size_t len, size_t piece,
    void (*flipped)(int64_t at, void *), void *arg)
{
	uint8_t out[CHUNK_MAX];
	size_t i, n, done;

	for (done = 0; done < len; done += n) {
		n = len - done < piece ? len - done : piece;
		chain_feed(&r->chain, zeros, n, 0);
		cr_assert_eq(take(r, out), n, "as many as there were");
		for (i = 0; i < 8 * n; i++) {
			if (out[i / 8] >> i % 8 & 1)
				flipped((int64_t)(8 * done + i), arg);
		}
	}
}

static void
count(int64_t at, void *arg)
{
	(void)at;
	++*(uint64_t *)arg;
}

static uint64_t
flipped_of(size_t len)
{
	uint64_t n = 0;

	pass_zeros(&rig, len, CHUNK_MAX, count, &n);
	return n;
}

/* Six sigmas of a binomial distribution. */
static void
expect_rate(double rate, size_t len)
{
	double bits = 8.0 * (double)len, mean = bits * rate;
	double most = 6 * sqrt(mean * (1 - rate));
	double is;

	add(&rig, rate);
	is = (double)flipped_of(len);
	cr_expect_leq(fabs(is - mean), most, "%g: %g of %g", rate, is, bits);
}

/* Each byte is looked at by the rig. */
Test(corrupt, rate_0_changes_nothing_and_draws_nothing)
{
	struct toxic *t = add(&rig, 0);
	uint64_t before = rig.random.state; /* its toxicity was drawn */

	rig_feed(&rig, 100000, 0);
	rig_feed_eof(&rig, 0);
	cr_expect_eq(rig.got, 100000);
	cr_expect_eq(rig.random.state, before);
	cr_expect_eq(t->counts.hits, 0);
	cr_expect_eq(rig.chain.end, CHAIN_EOF);
}

Test(corrupt, rate_1_flips_every_bit)
{
	struct toxic *t = add(&rig, 1);

	cr_expect_eq(flipped_of(100000), 800000);
	cr_expect_eq(t->counts.hits, 1, "a session is hit once");
}

Test(corrupt, a_millionth)
{
	expect_rate(1e-6, 8 * MIB);
}

Test(corrupt, a_ten_thousandth)
{
	expect_rate(1e-4, 4 * MIB);
}

Test(corrupt, a_hundredth)
{
	expect_rate(1e-2, MIB);
}

Test(corrupt, a_half)
{
	expect_rate(0.5, MIB);
}

Test(corrupt, nearly_all)
{
	expect_rate(0.999, MIB);
}

Test(corrupt, the_smallest_rate_that_there_is)
{
	add(&rig, 5e-324);
	cr_expect_eq(flipped_of(MIB), 0);
}

/* ---- where */

struct gaps {
	int64_t last;
	uint64_t of[GAP_MAX], n;
};

static void
note_gap(int64_t at, void *arg)
{
	struct gaps *g = arg;
	int64_t gap = at - g->last - 1;

	g->last = at;
	g->of[gap < GAP_MAX ? gap : GAP_MAX - 1]++;
	g->n++;
}

/* Kolmogorov-Smirnov: beyond it is one run in 10,000, and the seed is fixed. */
Test(corrupt, gaps_are_geometric)
{
	static struct gaps gaps = { .last = -1 };
	double below = 0, far = 0, is;
	uint64_t sum = 0;
	int i;

	add(&rig, 0.01);
	while (gaps.n < GAPS)
		pass_zeros(&rig, CHUNK_MAX, CHUNK_MAX, note_gap, &gaps),
		    gaps.last -= 8 * CHUNK_MAX;
	for (i = 0; i < GAP_MAX - 1; i++) {
		sum += gaps.of[i];
		below = 1 - pow(0.99, i + 1);
		is = (double)sum / (double)gaps.n;
		far = fmax(far, fabs(is - below));
	}
	cr_expect_leq(far * sqrt((double)gaps.n), 2.23, "%g", far);
}

struct places {
	int64_t at[4096];
	size_t n;
};

static void
note_place(int64_t at, void *arg)
{
	struct places *p = arg;

	cr_assert_lt(p->n, sizeof(p->at) / sizeof(p->at[0]));
	p->at[p->n++] = at;
}

Test(corrupt, the_same_bits_however_the_bytes_come)
{
	static struct places whole, split;
	static struct rig other;
	size_t i;

	rig_open(&other);
	add(&rig, 0.01);
	add(&other, 0.01);
	pass_zeros(&rig, 20000, CHUNK_MAX, note_place, &whole);
	pass_zeros(&other, 20000, 7, note_place, &split);
	cr_assert_gt(whole.n, 0);
	cr_assert_eq(whole.n, split.n);
	for (i = 0; i < whole.n; i++)
		cr_assert_eq(whole.at[i], split.at[i]);
	rig_close(&other);
}

/* ---- changes */

Test(corrupt, an_update_is_at_work_at_once)
{
	struct toxic *t = add(&rig, 1e-12);

	cr_expect_eq(flipped_of(1000), 0);
	set_rate(t, 1);
	cr_expect_eq(flipped_of(1000), 8000);
	set_rate(t, 0);
	cr_expect_eq(flipped_of(1000), 0);
	set_rate(t, 0.5);
	cr_expect_neq(flipped_of(1000), 0);
}

Test(corrupt, holds_nothing_and_takes_as_much_as_there_is)
{
	struct iovec iov[CHAIN_IOV];

	add(&rig, 0.1);
	cr_expect_eq(chain_room(&rig.chain, iov), CHAIN_IOV);
	chunks_free_spare();
}
