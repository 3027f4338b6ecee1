/* SPDX-License-Identifier: ISC */
#ifndef MODEL_H
#define MODEL_H

#include "chan.h"
#include "fuzz.h"

/*
 * A ctld as small as can be, for apid to talk to: a few proxies, each with a
 * few toxics, at its other end of the channel.  What an honest apid cannot send
 * is a finding.
 */

/* How it answers. */
enum model_mood {
	MODEL_OBEYS,
	MODEL_REFUSES, /* with any code there is */
	MODEL_IS_SILENT,
	MODEL_MOOD_MAX
};

/* Opens both ends of a channel; apid's is returned. */
int model_open(int debug_toxics);
void model_close(void);

/* Says that there are two proxies, "web" with a toxic, and "off". */
void model_begin(void);

/* Answers whatever has been asked; how many requests. */
int model_answer(enum model_mood, uint8_t code);

#endif
