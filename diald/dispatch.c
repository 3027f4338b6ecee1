/* SPDX-License-Identifier: ISC */
/* What ctld says; what it should not say ends this process. */

#include "child.h"
#include "diald.h"
#include "log.h"

/* Nothing is dialled before there are rules; they come whole. */
enum {
	RULELESS = 0x2,
	LISTS = 0x4,
	HAS_RULES = 0x8
};
static unsigned int phase = RULELESS;

static int
on_rules(struct msg *m)
{
	policies_begin(msg_get_dial_rules(m));
	phase = LISTS;
	return 0;
}

static int
on_rule(struct msg *m)
{
	return policies_add(msg_get_policy_rule(m));
}

static int
on_rules_end(struct msg *m)
{
	(void)m;
	policies_end();
	phase = HAS_RULES;
	workers_judge();
	return 0;
}

static int
on_policy(struct msg *m)
{
	const struct dial_policy *policy = msg_get_dial_policy(m);

	if (m->fd == -1) /* the next diald gets it again, and has all others */
		fatalx("no descriptor for a worker's channel");
	circle_proxy(policy);
	worker_open(msg_take_fd(m), m->id, policy);
	return 0;
}

static int
on_proxy_gone(struct msg *m)
{
	const struct proxy_ref *proxy = msg_get_proxy_ref(m);

	circle_forget(proxy->id);
	return 0;
}

static int
on_resolver(struct msg *m)
{
	const struct dial_resolver *resolver = msg_get_dial_resolver(m);

	if (m->fd == -1) /* names are for the next diald */
		fatalx("no descriptor for the channel to resolvd");
	resolver_connect(msg_take_fd(m), m->id, resolver->hold_ms);
	return 0;
}

static unsigned int
state(void)
{
	return phase;
}

static const struct handler from_ctld[MSG_MAX] = {
	[MSG_PING] = { child_on_ping, RULELESS | LISTS | HAS_RULES },
	[MSG_DIAL_RULES] = { on_rules, RULELESS | HAS_RULES },
	[MSG_DIAL_RULE] = { on_rule, LISTS },
	[MSG_DIAL_RULES_END] = { on_rules_end, LISTS },
	[MSG_DIAL_POLICY] = { on_policy, HAS_RULES },
	[MSG_DIAL_PROXY_GONE] = { on_proxy_gone, HAS_RULES },
	[MSG_DIAL_RESOLVER] = { on_resolver, HAS_RULES },
};

void
ctld_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (child_receive(&diald.ctld.chan, from_ctld, state) == -1)
		diald.has_ended = 1;
}
