/* SPDX-License-Identifier: ISC */
/*
 * What is asked of diald.  It is another process, and not trusted further than
 * to connect: what it sends is a descriptor to the upstream, or a reason.
 *
 * It is told of DIALS_MAX dials at one time; other clients wait here.  It may
 * be replaced at any time: what had not been answered then is asked again, once
 * and with care, as it may be what diald died of.
 */

#include <errno.h>
#include <sys/socket.h>

#include "agreed.h"
#include "far.h"
#include "log.h"
#include "relayd.h"

/* With so many deaths in which it was in diald's hands a dial is refused. */
#define DEATHS_MAX 2

/*
 * Suspects are asked for with care: one, and twice as many when diald has lived
 * so long with those; all of them when one has its answer, as they ask the
 * same. The first one waits a random while, so that not all workers' suspects
 * are asked for at one time.
 */
#define SUSPECTS_AFTER NS_PER_S
#define FIRST_SUSPECT_WITHIN (NS_PER_S / 5)

/*
 * A death so soon after the one suspect was asked for is no accident; nor are
 * so many in a row, each while one was asked for, whenever they come: a machine
 * may be too busy for anything at once.
 */
#define AT_ONCE (NS_PER_S / 20)
#define TRIALS_MAX 4

static const struct dial_ends *ends;

static struct sessions waiting, suspects;

/* What diald has been told, by id; an id is free once its DIALED has come. */
FAR struct session *asked[DIALS_MAX + 1];
static struct session cancelled; /* stands for those that have gone */
FAR uint16_t free_ids[DIALS_MAX];
static unsigned int nfree, nused; /* ids above nused were never taken */

static struct random random_state;
static unsigned int nsuspects; /* that are asked for next */
static struct session *trial;  /* the one suspect that is being asked for */
static int64_t trial_at;       /* when that was */
static unsigned int died_of;   /* trials, since diald has answered anything */
static uint32_t line;

static void suspects_due(struct deadline *);
static struct deadline next_suspects = { .expired = suspects_due };

void
dialer_init(const struct dial_ends *dial_ends)
{
	ends = dial_ends;
	TAILQ_INIT(&waiting);
	TAILQ_INIT(&suspects);
	nfree = nused = 0;
	trial = NULL;
	died_of = 0;
	line = 0;
	deadline_set(&next_suspects, CLOCK_NEVER);
}

static uint16_t
take_id(void)
{
	if (nfree > 0)
		return free_ids[--nfree];
	return nused < DIALS_MAX ? (uint16_t)++nused : 0;
}

static void
give_id(uint16_t id)
{
	asked[id] = NULL;
	free_ids[nfree++] = id;
}

/* 0, or -1: not now.  That diald has gone is for the reader to see. */
static int
ask(struct session *s)
{
	uint16_t id;

	if (relay.dialer.chan.fd == -1 || (id = take_id()) == 0)
		return -1;
	if (chan_send_nothing(&relay.dialer.chan, MSG_DIAL, id) == -1) {
		give_id(id);
		return -1;
	}
	asked[id] = s;
	s->dial_id = id;
	return 0;
}

static void
ask_waiting(void)
{
	struct session *s;

	while ((s = TAILQ_FIRST(&waiting)) != NULL && ask(s) == 0)
		TAILQ_REMOVE(&waiting, s, dial);
}

static void
ask_suspects(void)
{
	unsigned int n = nsuspects;
	struct session *s;

	trial = nsuspects == 1 ? TAILQ_FIRST(&suspects) : NULL;
	trial_at = clock_now();
	while (n-- > 0 && (s = TAILQ_FIRST(&suspects)) != NULL && ask(s) == 0)
		TAILQ_REMOVE(&suspects, s, dial);
	if (nsuspects < DIALS_MAX)
		nsuspects *= 2;
	deadline_set(&next_suspects,
	    TAILQ_EMPTY(&suspects) ? CLOCK_NEVER : trial_at + SUSPECTS_AFTER);
}

static void
suspects_due(struct deadline *d)
{
	(void)d;
	ask_suspects();
}

void
dialer_ask(struct session *s)
{
	s->dial_id = 0;
	s->dial_deaths = 0;
	TAILQ_INSERT_TAIL(&waiting, s, dial);
	ask_waiting();
}

/* An answer has come for it: there is room for another. */
static void
release(uint16_t id)
{
	struct session *s = asked[id];

	died_of = 0;
	give_id(id);
	ask_waiting();
	if (s != trial || s == NULL)
		return;
	nsuspects = DIALS_MAX;
	ask_suspects();
}

/* The client has gone first; its id is free when diald has said so. */
void
dialer_forget(struct session *s)
{
	if (s->dial_id == 0) {
		TAILQ_REMOVE(
		    s->dial_deaths > 0 ? &suspects : &waiting, s, dial);
		return;
	}
	asked[s->dial_id] = &cancelled;
	(void)chan_send_nothing(
	    &relay.dialer.chan, MSG_DIAL_CANCEL, s->dial_id);
	if (s == trial)
		trial = NULL;
}

void
dialer_refuse(struct session *s, const struct dial_result *result)
{
	ends->failed(s, result);
}

/* ---- a diald that has died, or does not deserve to be heard */

static void
refuse(struct session *s)
{
	const struct dial_result result = { .error = ENDPOINT_DIALER_DIED };

	ends->failed(s, &result);
}

/* It had no answer: it waits for the next line. */
static void
take_back(struct session *s, int is_death)
{
	s->dial_id = 0;
	if (is_death && ++s->dial_deaths >= DEATHS_MAX)
		refuse(s);
	else
		TAILQ_INSERT_TAIL(
		    s->dial_deaths > 0 ? &suspects : &waiting, s, dial);
}

static void
refuse_all(struct sessions *queue)
{
	struct session *s;

	while ((s = TAILQ_FIRST(queue)) != NULL) {
		TAILQ_REMOVE(queue, s, dial);
		refuse(s);
	}
}

static int
is_fault_of_trial(void)
{
	return trial != NULL &&
	    (++died_of >= TRIALS_MAX || clock_now() - trial_at < AT_ONCE);
}

/* Or else it is an end that was meant, and nothing was the reason. */
static void
line_ended(int is_death)
{
	int is_its_fault = is_death && is_fault_of_trial();
	unsigned int id, n = nused;
	struct session *s;

	peer_close(&relay.dialer);
	deadline_set(&next_suspects, CLOCK_NEVER);
	trial = NULL;
	nfree = nused = 0;
	if (is_its_fault) /* all ask the same: it goes for the others */
		refuse_all(&suspects);
	for (id = 1; id <= n; id++) {
		s = asked[id];
		asked[id] = NULL;
		if (s != NULL && s != &cancelled)
			take_back(s, is_death);
	}
}

/* There will be another, from this diald or the next one. */
static void
complain(const char *why)
{
	log_warnx("%s", why);
	if (chan_send_nothing(&relay.ctld.chan, MSG_RELAY_DIALER_BAD, line) ==
	    -1)
		relay.state = RELAY_ENDED;
	line_ended(1);
}

/* ---- answers */

static int
has_said_something(int fd)
{
	char byte;

	return fd != -1 && recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/* The end of one that was reset since travels behind what it has said. */
static void
on_failed(struct session *s, struct msg *m)
{
	struct dial_result result = *msg_get_dial_result(m);

	result.is_injected = 0;            /* that is not its to say */
	if (result.error == ENDPOINT_OK) { /* lost at our limit */
		result.error = ENDPOINT_SYSTEM;
		result.sys_errno = EMFILE;
	}
	if (!has_said_something(m->fd)) {
		ends->failed(s, &result);
		return;
	}
	ends->connected(s, msg_take_fd(m), &result.address);
	ends->was_reset(s);
}

/* 0, or -1: it is none. */
static int
on_dialed(struct msg *m)
{
	struct session *s;

	if (m->id > nused || (s = asked[m->id]) == NULL)
		return -1;
	release((uint16_t)m->id);
	if (s == &cancelled)
		return 0;
	s->dial_id = 0;
	if (msg_get_dial_result(m)->error == ENDPOINT_OK && m->fd != -1)
		ends->connected(
		    s, msg_take_fd(m), &msg_get_dial_result(m)->address);
	else
		on_failed(s, m);
	return 0;
}

/*
 * All answers that have come; 0, or -1: there are no more to come.  diald says
 * one thing alone: a table of all others would be half a page of each worker.
 */
static int
hear(void)
{
	struct msg m;
	int r;

	while ((r = chan_receive(&relay.dialer.chan, &m)) == 1) {
		r = m.type == MSG_DIALED ? on_dialed(&m) : -1;
		msg_drop(&m);
		if (r == 0)
			continue;
		errno = EBADMSG;
		return -1;
	}
	return r;
}

/*
 * Before its end counts as a death, ctld is heard: what it says of an end that
 * is meant, it has said before that.
 */
static void
dialer_readable(struct watch *w, uint32_t events)
{
	uint32_t number = line;

	(void)w;
	if (hear() == 0)
		return;
	if (errno == EBADMSG) {
		complain("diald sent what is no answer");
		return;
	}
	relay.ctld.watch.on(&relay.ctld.watch, events);
	if (relay.dialer.chan.fd != -1 && line == number)
		line_ended(1);
}

/* What diald has answered until then is an answer. */
void
dialer_end(void)
{
	if (relay.dialer.chan.fd == -1)
		return;
	(void)hear();
	line_ended(0);
}

/* What the diald before had answered is an answer. */
void
dialer_open(int fd, uint32_t number)
{
	if (relay.dialer.chan.fd != -1) {
		(void)hear();
		line_ended(1);
	}
	line = number;
	if (fd == -1) {
		complain("A line to diald was lost");
		return;
	}
	chan_open(&relay.dialer.chan, fd);
	peer_open(&relay.dialer, dialer_readable);
	ask_waiting();
	if (TAILQ_EMPTY(&suspects))
		return;
	random_seed(&random_state, relay.random_seed, relay.name,
	    relay.first_session + relay.next_session + number);
	nsuspects = 1;
	deadline_set(&next_suspects,
	    clock_now() + random_below(&random_state, FIRST_SUSPECT_WITHIN));
}

/* Nobody gives one to a worker that is retired. */
void
dialer_look(void)
{
	if (!relay.retires || relay.dialer.chan.fd != -1)
		return;
	refuse_all(&suspects);
	refuse_all(&waiting);
}
