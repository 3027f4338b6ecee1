/* SPDX-License-Identifier: ISC */
#ifndef QUANTILE_H
#define QUANTILE_H

/*
 * Draws from distributions with a mean of 0 and a standard deviation of 1, by
 * their quantile functions.  above: the share of all draws that are larger,
 * between 0 and 1, without these.
 */

/* Right to 7 digits. */
double quantile_normal(double above);

/*
 * With a tail as of x^-4: of 1,000 draws one is beyond 9.8.  None is below
 * -0.58.
 */
double quantile_pareto(double above);

/* A quarter of the former and three of the latter, as netem(8) has it. */
double quantile_paretonormal(double above);

/* The share that is above z in a normal distribution; never 0, nor 1. */
double quantile_above(double z);

#endif
