/* SPDX-License-Identifier: ISC */
/* Who may connect: what comes from elsewhere is closed as it comes. */

#include "address.h"
#include "bind_policy.h"
#include "clock.h"
#include "far.h"
#include "log.h"
#include "relayd.h"

#define SAY_EVERY NS_PER_S

/* None: all may.  Who may by one of them only may not. */
FAR struct bind_policy of_tenant, of_proxy;
static struct {
	int64_t n;
	struct address last;
} refused; /* not said yet: so many, and the last of them */

static void
set(struct bind_policy *clients, const struct relay_clients *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		clients->rules[i] = r->rules[i];
	clients->n = r->n;
}

void
client_rules_set(const struct relay_clients *r)
{
	set(&of_tenant, r);
}

void
client_rules_set_own(const struct relay_clients *r)
{
	set(&of_proxy, r);
}

static void
say_refused(struct deadline *d)
{
	char text[ADDRESS_TEXT_MAX];

	(void)d;
	log_event(LOG_INFO, "Clients refused: not among \"clients\"",
	    LOG_INT("refused", refused.n),
	    LOG_STR("client", address_text(&refused.last, text)));
	refused.n = 0;
}

int
client_may_connect(const struct address *client)
{
	static struct deadline said = { .expired = say_refused };

	if (bind_policy_allows(&of_tenant, client) &&
	    bind_policy_allows(&of_proxy, client))
		return 1;
	if (refused.n++ == 0)
		deadline_set(&said, clock_now() + SAY_EVERY);
	refused.last = *client;
	return 0;
}
