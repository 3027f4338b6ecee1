/* SPDX-License-Identifier: ISC */
/* See quantile.h. */

#include <float.h>
#include <math.h>

#include "quantile.h"

/* PPND7 of Wichura, "Algorithm AS 241", 1988: for shares near a half, */
static double
central(double q)
{
	double r = 0.180625 - q * q;

	return q *
	    (((59.109374720 * r + 159.29113202) * r + 50.434271938) * r +
		3.3871327179) /
	    (((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1);
}

/* for those of which the lesser has such a logarithm, */
static double
outer(double r)
{
	return (((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r +
		   1.4234372777) /
	    ((0.12021132975 * r + 0.73700164250) * r + 1);
}

/* and for hardly any. */
static double
far(double r)
{
	return (((0.017337203997 * r + 0.42868294337) * r + 3.0812263860) * r +
		   6.6579051150) /
	    ((0.012258202635 * r + 0.24197894225) * r + 1);
}

double
quantile_normal(double above)
{
	double q = 0.5 - above, r, z;

	if (fabs(q) <= 0.425)
		return central(q);
	r = sqrt(-log(q < 0 ? 1 - above : above));
	z = r <= 5 ? outer(r - 1.6) : far(r - 5);
	return q < 0 ? -z : z;
}

/* Of a shape of 3, as netem's, the mean is 3/2 and the variance 3/4. */
double
quantile_pareto(double above)
{
	return (1 / cbrt(above) - 1.5) / 0.86602540378443865;
}

/* The divisor is what the standard deviation of their sum would be. */
double
quantile_paretonormal(double above)
{
	return (0.25 * quantile_normal(above) + 0.75 * quantile_pareto(above)) /
	    0.93775385687;
}

/* The next to 1 that is none: 8.2 to either side. */
#define LEAST (DBL_EPSILON / 2)

double
quantile_above(double z)
{
	return fmin(fmax(erfc(z * M_SQRT1_2) / 2, LEAST), 1 - LEAST);
}
