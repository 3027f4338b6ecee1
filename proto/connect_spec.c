/* SPDX-License-Identifier: ISC */
/* See connect_spec.h. */

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "connect_spec.h"

const struct connect_spec connect_usual;

#define WORD 16

/* No pointers: see error_texts in endpoint.c. */
static const char modes[CONNECT_MODE_MAX][WORD] = {
#define X(mode, word, says) [CONNECT_##mode] = word,
	CONNECT_MODES(X)
#undef X
};

static const char fails[DIAL_FAIL_MAX][WORD] = {
#define X(fail, word, error, says) [DIAL_FAILS_##fail] = word,
	DIAL_FAILS(X)
#undef X
};

static const int errors[DIAL_FAIL_MAX] = {
#define X(fail, word, error, says) [DIAL_FAILS_##fail] = error,
	DIAL_FAILS(X)
#undef X
};

int
connect_equal(const struct connect_spec *a, const struct connect_spec *b)
{
	return a->mode == b->mode && a->dial_fail == b->dial_fail &&
	    a->delay == b->delay && a->dial_delay == b->dial_delay &&
	    !(a->syn_loss < b->syn_loss || a->syn_loss > b->syn_loss);
}

int
connect_is_usual(const struct connect_spec *c)
{
	return connect_equal(c, &connect_usual);
}

/* Two that are equal are so bit by bit: there is one 0. */
static int
is_share(double share)
{
	return share >= 0 && share <= 1 && !signbit(share);
}

int
connect_is_sound(const struct connect_spec *c)
{
	return c->mode < CONNECT_MODE_MAX && c->dial_fail < DIAL_FAIL_MAX &&
	    (c->delay > 0) == (c->mode == CONNECT_ACCEPT_DELAY) &&
	    c->delay <= CONNECT_DELAY_MAX &&
	    c->dial_delay <= CONNECT_DELAY_MAX && is_share(c->syn_loss) &&
	    memcmp(c->reserved, connect_usual.reserved, sizeof(c->reserved)) ==
	    0;
}

const char *
connect_mode_word(unsigned int mode)
{
	return modes[mode];
}

const char *
dial_fail_word(unsigned int fail)
{
	return fails[fail];
}

/* The first is no word. */
static int
number_of(const char words[][WORD], int n, const char *word)
{
	int i;

	for (i = 1; i < n; i++) {
		if (strcmp(words[i], word) == 0)
			return i;
	}
	return -1;
}

int
connect_mode_of(const char *word)
{
	return number_of(modes, CONNECT_MODE_MAX, word);
}

int
dial_fail_of(const char *word)
{
	return number_of(fails, DIAL_FAIL_MAX, word);
}

int
dial_fail_errno(unsigned int fail)
{
	return errors[fail];
}

const char *
connect_text(const struct connect_spec *c, char text[CONNECT_TEXT_MAX])
{
	char delay[24] = "", dial_delay[32] = "", fail[32] = "";
	char syn_loss[32] = "";

	if (c->delay > 0)
		snprintf(delay, sizeof(delay), " delay=%u", c->delay);
	if (c->dial_delay > 0)
		snprintf(dial_delay, sizeof(dial_delay), " dial_delay=%u",
		    c->dial_delay);
	if (c->dial_fail != DIAL_FAILS_NOT)
		snprintf(
		    fail, sizeof(fail), " dial_fail=%s", fails[c->dial_fail]);
	if (c->syn_loss > 0)
		snprintf(
		    syn_loss, sizeof(syn_loss), " syn_loss=%.15g", c->syn_loss);
	snprintf(text, CONNECT_TEXT_MAX, "%s%s%s%s%s", modes[c->mode], delay,
	    dial_delay, fail, syn_loss);
	if (text[0] == ' ')
		memmove(text, text + 1, strlen(text));
	return text;
}
