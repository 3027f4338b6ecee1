/* SPDX-License-Identifier: ISC */
/*
 * latency: how its delays are distributed, by Kolmogorov and Smirnov.  What is
 * refused here comes by chance once in 10,000 times, and the seed is fixed.
 */

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "chain_rig.h"
#include "quantile.h"

TestSuite(distribution, .init = rig_before, .fini = rig_after);

enum {
	UNIFORM,
	NORMAL,
	PARETO,
	PARETONORMAL
};

#define DRAWS 100000
#define KS_MOST 2.23  /* times the root of how many there are */
#define LATENCY 10000 /* ms: no delay ends at 0 */
#define JITTER 100
#define WIDE 9000         /* where a step of 1 ms is none */
#define APART MS(1000000) /* so that none holds up another */

static double drawn[DRAWS];
static int64_t jitter = JITTER;

static void
add(int distribution, double correlation)
{
	struct toxic *t = &rig.toxics[rig.ntoxics++];

	toxic_spec_init(t->spec, TOXIC_LATENCY);
	t->spec->values[LATENCY_LATENCY].integer = LATENCY;
	t->spec->values[LATENCY_JITTER].integer = jitter;
	t->spec->values[LATENCY_DISTRIBUTION].integer = distribution;
	t->spec->values[LATENCY_CORRELATION].fraction = correlation;
	chain_add(&rig.chain, t, 0);
}

/* Delays, in units of jitter, around 0. */
static void
draw(void)
{
	int64_t at;
	size_t i;

	for (i = 0; i < DRAWS; i++) {
		at = (int64_t)i * APART;
		rig_feed(&rig, 1, at);
		rig_run(&rig, at + APART - 1);
		cr_assert_eq(rig.narrivals, 1);
		rig.narrivals = 0;
		drawn[i] =
		    ((double)(rig.arrivals[0].at - at) / NS_PER_MS - LATENCY) /
		    (double)jitter;
	}
}

/* ---- what they should be: the share that is not above x */

static double
of_uniform(double x)
{
	return (x + 1) / 2;
}

static double
of_normal(double x)
{
	return 1 - erfc(x / sqrt(2)) / 2;
}

static double
of_pareto(double x)
{
	return 1 - pow(x * sqrt(0.75) + 1.5, -3);
}

/* Of the sum of both at one share, by bisection. */
static double
of_paretonormal(double x)
{
	double low = -10, high = 10, z, p;
	int i;

	for (i = 0; i < 60; i++) {
		z = (low + high) / 2;
		p = (1 / cbrt(1 - of_normal(z)) - 1.5) / sqrt(0.75);
		if ((0.25 * z + 0.75 * p) / sqrt(0.8793822961) < x)
			low = z;
		else
			high = z;
	}
	return of_normal(low);
}

static int
by_size(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	return (a > b) - (a < b);
}

/* Of the first n. */
static void
expect_share(double (*of)(double), size_t n)
{
	double far = 0, share;
	size_t i;

	qsort(drawn, n, sizeof(drawn[0]), by_size);
	for (i = 0; i < n; i++) {
		share = of(drawn[i]);
		far = fmax(far, fabs(share - (double)i / (double)n));
		far = fmax(far, fabs(share - (double)(i + 1) / (double)n));
	}
	cr_expect_leq(far * sqrt((double)n), KS_MOST, "%g", far);
}

static double
mean(void)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < DRAWS; i++)
		sum += drawn[i];
	return sum / DRAWS;
}

/* Of each with the one so many later; at 0 their variance. */
static double
covariance(size_t later)
{
	double m = mean(), sum = 0;
	size_t i;

	for (i = 0; i + later < DRAWS; i++)
		sum += (drawn[i] - m) * (drawn[i + later] - m);
	return sum / (double)(DRAWS - later);
}

Test(distribution, uniform)
{
	jitter = WIDE;
	add(UNIFORM, 0);
	draw();
	cr_expect_float_eq(covariance(0), 1.0 / 3, 0.01);
	cr_expect_float_eq(covariance(1), 0, 0.01);
	expect_share(of_uniform, DRAWS);
}

Test(distribution, normal)
{
	add(NORMAL, 0);
	draw();
	cr_expect_float_eq(covariance(0), 1, 0.02);
	cr_expect_float_eq(covariance(1), 0, 0.02);
	expect_share(of_normal, DRAWS);
}

/* Of its variance a sample says little: its fourth moment is infinite. */
Test(distribution, pareto)
{
	add(PARETO, 0);
	draw();
	cr_expect_float_eq(mean(), 0, 0.02);
	expect_share(of_pareto, DRAWS);
}

Test(distribution, paretonormal)
{
	add(PARETONORMAL, 0);
	draw();
	cr_expect_float_eq(mean(), 0, 0.02);
	expect_share(of_paretonormal, DRAWS);
}

/* ---- correlated */

/* What is so far apart has nothing in common. */
static void
thin(size_t every)
{
	size_t i;

	for (i = 0; i < DRAWS / every; i++)
		drawn[i] = drawn[i * every];
}

/* A sum as netem's, x * rho + e * (1 - rho), would make it 0.58. */
Test(distribution, correlation_keeps_a_normal_one_as_wide)
{
	add(NORMAL, 0.5);
	draw();
	cr_expect_float_eq(covariance(0), 1, 0.03);
	cr_expect_float_eq(covariance(1), 0.5, 0.03);
	cr_expect_float_eq(covariance(3), 0.125, 0.03);
	thin(20);
	expect_share(of_normal, DRAWS / 20);
}

Test(distribution, correlation_keeps_a_uniform_one_uniform)
{
	add(UNIFORM, 0.7);
	draw();
	cr_expect_float_eq(covariance(0), 1.0 / 3, 0.02);
	cr_expect_gt(covariance(1), 0.2);
	thin(40);
	expect_share(of_uniform, DRAWS / 40);
}

Test(distribution, correlation_keeps_the_tail_of_pareto)
{
	add(PARETO, 0.5);
	draw();
	thin(20);
	expect_share(of_pareto, DRAWS / 20);
}

Test(distribution, correlation_1_is_one_delay_for_all)
{
	size_t i;

	add(PARETO, 1);
	draw();
	for (i = 1; i < DRAWS; i++)
		cr_assert_eq(drawn[i], drawn[0]);
}

/* ---- as it always was */

Test(distribution, uniform_draws_what_toxiproxy_draws)
{
	struct random same;
	int64_t ms;
	int i;

	add(UNIFORM, 0);
	same = rig.random;
	for (i = 0; i < 1000; i++) {
		rig_feed(&rig, 1, i * APART);
		rig_run(&rig, (i + 1) * APART - 1);
		ms = LATENCY + random_below(&same, 2 * JITTER) - JITTER;
		cr_assert_eq(rig.arrivals[i].at, i * APART + MS(ms));
	}
}

/* ---- and bounds */

Test(distribution, none_is_early_and_none_overtakes)
{
	struct toxic *t = &rig.toxics[0];
	int i;

	add(NORMAL, 0);
	t->spec->values[LATENCY_LATENCY].integer = 20;
	for (i = 0; i < 2000; i++) {
		rig_run(&rig, MS(i));
		rig_feed(&rig, 3, MS(i));
	}
	rig_run(&rig, MS(100000));
	cr_expect_eq(rig.got, 6000); /* the rig looks at each byte */
}

Test(distribution, the_largest_jitter_does_not_overflow)
{
	struct toxic *t = &rig.toxics[0];
	int i;

	add(PARETO, 0.5);
	t->spec->values[LATENCY_JITTER].integer = INT64_MAX;
	for (i = 0; i < 100; i++)
		rig_feed(&rig, 1, MS(1));
	cr_expect_geq(chain_deadline(&rig.chain), MS(1));
}

/*
 * What depends on the one before goes further out than a draw does, at last to
 * where a share is 0, or 1, and no quantile of it a number.
 */
Test(distribution, a_share_is_never_all_nor_none)
{
	double z, above, last = 1;

	for (z = -40; z <= 40; z += 0.125) {
		above = quantile_above(z);
		cr_expect(above > 0 && above < 1 && above <= last, "%g", z);
		cr_expect(isfinite(quantile_normal(above)), "%g", z);
		cr_expect(isfinite(quantile_pareto(above)), "%g", z);
		cr_expect(isfinite(quantile_paretonormal(above)), "%g", z);
		if (fabs(z) <= 7)
			cr_expect_float_eq(quantile_normal(above), z, 1e-3);
		last = above;
	}
}
