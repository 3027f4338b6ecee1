/* SPDX-License-Identifier: ISC */
/* See served.h. */

#include <unistd.h>

#include "apid.h"
#include "documents.h"
#include "packet.h"
#include "served.h"

static int lowest_fd;
static enum model_mood mood;
static uint8_t code;

int
served_open(void)
{
	static const struct api_callers callers = { .mode = CALLERS_ANYBODY };
	int listener = packet_listener();

	callers_begin(&callers); /* else all would be 401 */
	callers_end();
	http_serve(listener, -1);
	return listener;
}

void
served_begin(enum model_mood as, uint8_t with)
{
	lowest_fd = fuzz_lowest_free_fd();
	mood = as;
	code = with;
	chan_open(
	    &apid.ctld, model_open((apid.flags & SETUP_DEBUG_TOXICS) != 0));
	model_begin();
	ctld_readable();
}

void
served_turn(void)
{
	int i;

	for (i = 0; i == 0 || (i < TURNS_MAX && desired_wants_turn()); i++)
		exchange_work();
	http_run();
	if (model_answer(mood, code) > 0) {
		ctld_readable();
		http_run();
	}
	must(!apid.has_ended);
}

/* apid looks now and then only: each look is later than the one before. */
void
served_end(int fd)
{
	static int64_t later = 90 * NS_PER_S;
	int i;

	close(fd);
	for (i = 0; i < TURNS_MAX && clients_count() + lingers_count() > 0;
	     i++) {
		later += NS_PER_S;
		http_tick(clock_now() + later);
		served_turn();
	}
	must(clients_count() == 0);
	asks_are_lost(ask_last() + 1); /* of who has gone, too */
	must(!desired_is_saying());
	chan_close(&apid.ctld);
	model_close();
	replica_free();
	must(fuzz_lowest_free_fd() == lowest_fd);
}
