/* SPDX-License-Identifier: ISC */
/* The Prometheus text of a server, line by line. */
#ifndef SAMPLE_H
#define SAMPLE_H

#define SAMPLE_NAME_MAX 64
#define SAMPLE_LABEL_MAX 256 /* a proxy's name has at most 255 bytes */

struct sample {
	char name[SAMPLE_NAME_MAX];
	char proxy[SAMPLE_LABEL_MAX];     /* "" if there is no such label */
	char direction[SAMPLE_LABEL_MAX]; /* the same */
	double value;
};

/* The next of *text that can be read, and *text goes on; 0: no more. */
int sample_next(const char **text, struct sample *);

#endif
