/* SPDX-License-Identifier: ISC */
/* See in_hand.h. */

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "in_hand.h"
#include "log.h"
#include "nitems.h"

/* An honest ctld dies of one message, or of none: two deaths are no chance. */
#define DEATHS_MAX 2

struct suspect {
	uint32_t role, id; /* as they are asked for */
	uint32_t deaths;   /* 0: a row that is free */
};

/* As many as deaths that toxid puts up with: none is forgotten before. */
struct in_hand {
	uint32_t is_set;
	volatile uint32_t has_faulted; /* written, and then there is the end */
	struct suspect now;
	struct suspect suspects[8];
	uint32_t next; /* to be written over */
};

static struct in_hand own, *in_hand = &own; /* where there is no file */

static int
is_same(const struct suspect *a, const struct suspect *b)
{
	return a->role == b->role && a->id == b->id;
}

static struct suspect *
find(const struct suspect *wanted)
{
	struct suspect *s = in_hand->suspects;

	for (; s < in_hand->suspects + nitems(in_hand->suspects); s++) {
		if (s->deaths > 0 && is_same(s, wanted))
			return s;
	}
	return NULL;
}

static void
blame(const struct suspect *who)
{
	struct suspect *s = find(who);

	if (s == NULL) {
		s = &in_hand->suspects[in_hand->next++ %
		    nitems(in_hand->suspects)];
		*s = *who;
		s->deaths = 0;
	}
	s->deaths++;
}

void
in_hand_open(int fd, int fell)
{
	if (ftruncate(fd, sizeof(*in_hand)) == -1)
		fatal("%s", __func__);
	in_hand = mmap(
	    NULL, sizeof(*in_hand), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (in_hand == MAP_FAILED)
		fatal("%s", __func__);
	close(fd);
	if (in_hand->is_set && (fell || in_hand->has_faulted))
		blame(&in_hand->now);
	in_hand->is_set = in_hand->has_faulted = 0;
}

/*
 * Ends as it would have without: by a second fault, of a signal that is blocked
 * meanwhile.  There is no call that it would have to make.
 */
static void __attribute__((__noreturn__))
on_fault(int number, siginfo_t *si, void *context)
{
	volatile int *volatile nowhere = NULL;

	(void)number;
	(void)context;
	in_hand->has_faulted = si->si_code > 0;
	for (;;) {
		/* cppcheck-suppress nullPointer */
		*nowhere = 0; /* NOLINT(clang-analyzer-core.NullDereference) */
	}
}

void
in_hand_note_faults(void)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE };
	static char stack[16 * 1024]; /* for one that has used up its own */
	const stack_t other = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction sa = { .sa_flags = SA_SIGINFO | SA_ONSTACK };
	size_t i;

	sa.sa_sigaction = on_fault;
	sigfillset(&sa.sa_mask);
	if (sigaltstack(&other, NULL) == -1)
		fatal("%s", __func__);
	for (i = 0; i < nitems(faults); i++) {
		if (sigaction(faults[i], &sa, NULL) == -1)
			fatal("%s", __func__);
	}
}

void
in_hand_begin(const struct child *c)
{
	in_hand->now.role = c->role;
	in_hand->now.id = c->role == ROLE_RELAYD ? c->id : 0;
	in_hand->is_set = 1;
}

void
in_hand_end(void)
{
	in_hand->is_set = 0;
}

int
in_hand_is_poison(enum role role, uint32_t id)
{
	const struct suspect wanted = { .role = role, .id = id };
	struct suspect *s = find(&wanted);

	if (s == NULL || s->deaths < DEATHS_MAX)
		return 0;
	s->deaths = 0;
	return 1;
}
