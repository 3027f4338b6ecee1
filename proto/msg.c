/* SPDX-License-Identifier: ISC */
/*
 * Payloads out of messages.  What comes in here was written by a process that
 * may have been taken over: nothing is believed but what is checked.
 */

#include <string.h>
#include <unistd.h>

#include "msg.h"
#include "nitems.h"

enum fd_rule {
	NO,
	FD,
	ANY
};

enum payload_tag {
#define X(payload) PAYLOAD_##payload,
	MSG_PAYLOADS(X)
#undef X
};

static const struct msg_rule {
	const char *name;
	enum payload_tag payload;
	size_t size;
	enum fd_rule fd;
} rules[MSG_MAX] = {
#define X(type, payload, fd) \
	[MSG_##type] = { #type, PAYLOAD_##payload, sizeof(struct payload), fd },
	MSG_TYPES(X)
#undef X
};

static const struct msg_rule *
rule_of(enum msg_type type)
{
	if (type <= MSG_NONE || type >= MSG_MAX)
		return NULL;
	return &rules[type];
}

const char *
msg_name(enum msg_type type)
{
	const struct msg_rule *r = rule_of(type);

	return r != NULL ? r->name : "?";
}

const char *
role_name(enum role role)
{
	static const char *const names[] = {
		[ROLE_SUPERVISOR] = "supervisor",
		[ROLE_APID] = "apid",
		[ROLE_DIALD] = "diald",
		[ROLE_RELAYD] = "relayd",
		[ROLE_STORED] = "stored",
		[ROLE_CONFIG] = "config",
	};
	_Static_assert(nitems(names) == ROLE_MAX, "a role has no name");

	return names[role];
}

size_t
msg_size(enum msg_type type)
{
	const struct msg_rule *r = rule_of(type);

	return r != NULL ? r->size : 0;
}

int
msg_fd_is_legal(enum msg_type type, int has_fd)
{
	const struct msg_rule *r = rule_of(type);

	return r != NULL && (r->fd == ANY || (r->fd == FD) == (has_fd != 0));
}

int
msg_take_fd(struct msg *m)
{
	int fd = m->fd;

	m->fd = -1;
	return fd;
}

void
msg_drop(struct msg *m)
{
	if (m->fd != -1)
		close(m->fd);
	m->fd = -1;
}

/* A char array is a text when it has an end. */
#define is_text(a) (memchr((a), '\0', sizeof(a)) != NULL)

static int
address_ok(const struct address *a)
{
	return a->family == 0 || a->family == 4 || a->family == 6;
}

static int
endpoint_ok(const struct endpoint *e)
{
	return is_text(e->text) && is_text(e->host) && is_text(e->service) &&
	    e->error < ENDPOINT_ERROR_MAX && e->literal <= 1 &&
	    address_ok(&e->address) && (!e->literal || e->address.family != 0);
}

static int
nothing_ok(const struct nothing *p)
{
	return p->unused == 0;
}

static int
setup_ok(const struct setup *p)
{
	return (p->flags & ~(uint32_t)SETUP_FLAGS_ALL) == 0 && is_text(p->host);
}

static int
ready_ok(const struct ready *p)
{
	return p->version != 0;
}

static int
vitals_ok(const struct vitals *p)
{
	(void)p; /* any two numbers */
	return 1;
}

/* They are written as they are. */
static int
is_key(const char *s)
{
	return *s != '\0' &&
	    s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

/* As JSON has it. */
static int
is_integer(const char *s)
{
	if (*s == '-')
		s++;
	if (*s == '0')
		return s[1] == '\0';
	return *s != '\0' && s[strspn(s, "0123456789")] == '\0';
}

/* One field: 's' or 'n', key NUL, value NUL; its length, or 0. */
static size_t
log_field_length(const char *at, size_t left)
{
	const char *end, *value;

	if (left == 0 || (*at != 's' && *at != 'n'))
		return 0;
	if ((end = memchr(at, '\0', left)) == NULL || !is_key(at + 1))
		return 0;
	value = end + 1;
	if ((end = memchr(value, '\0', left - (size_t)(value - at))) == NULL)
		return 0;
	if (*at == 'n' && !is_integer(value))
		return 0;
	return (size_t)(end + 1 - at);
}

static int
log_record_ok(const struct log_record *p)
{
	size_t done = 0, n;

	if (!is_text(p->message) || p->fields_len > sizeof(p->fields) ||
	    p->level < LOG_TRACE || p->level > LOG_FATAL)
		return 0;
	while (done < p->fields_len) {
		n = log_field_length(p->fields + done, p->fields_len - done);
		if (n == 0)
			return 0;
		done += n;
	}
	return 1;
}

static int
proxy_state_ok(const struct proxy_state *p)
{
	return p->enabled <= 1 && is_text(p->name) && is_text(p->listen) &&
	    is_text(p->upstream);
}

static int
proxy_ref_ok(const struct proxy_ref *p)
{
	(void)p; /* an id that nobody has is met by whoever looks it up */
	return 1;
}

static int
toxic_spec_ok(const struct toxic_spec *p)
{
	struct toxic_fault fault;

	return is_text(p->name) && p->kind < TOXIC_KIND_MAX &&
	    p->stream < STREAM_MAX && toxic_spec_check(p, &fault) == 0;
}

static int
toxic_state_ok(const struct toxic_state *p)
{
	return toxic_spec_ok(&p->spec);
}

static int
toxic_ref_ok(const struct toxic_ref *p)
{
	return is_text(p->name);
}

static int
counters_ok(const struct counters *p)
{
	(void)p; /* any numbers: a worker can only lie about itself */
	return 1;
}

static int
proxy_counters_ok(const struct proxy_counters *p)
{
	return counters_ok(&p->counters);
}

static int
role_vitals_ok(const struct role_vitals *p)
{
	return p->role < ROLE_MAX;
}

static int
health_ok(const struct health *p)
{
	const struct role_health *r;

	for (r = p->roles; r < p->roles + ROLE_MAX; r++) {
		if (!is_text(r->error) || !is_text(r->error_proxy))
			return 0;
	}
	return p->is_draining <= 1 && p->is_store_failing <= 1;
}

/* The spec in an answer may be one that was refused: only its texts count. */
static int
answer_ok(const struct answer *p)
{
	return p->code < ANSWER_CODE_MAX && p->stage < STAGE_MAX &&
	    p->endpoint_error < ENDPOINT_ERROR_MAX && endpoint_ok(&p->listen) &&
	    address_ok(&p->address) && is_text(p->spec.name) &&
	    p->spec.kind < TOXIC_KIND_MAX && p->spec.stream < STREAM_MAX;
}

static int
proxy_create_ok(const struct proxy_create *p)
{
	return is_text(p->spec.name) && endpoint_ok(&p->spec.listen) &&
	    endpoint_ok(&p->spec.upstream) && p->spec.enabled <= 1 &&
	    p->ntoxics <= PROXY_TOXICS_MAX;
}

static int
config_end_ok(const struct config_end *p)
{
	return p->is_bad <= 1 && is_text(p->why) && is_text(p->state) &&
	    p->is_durable <= 1;
}

static int
proxy_update_ok(const struct proxy_update *p)
{
	return is_text(p->name) && p->has_listen <= 1 && p->has_upstream <= 1 &&
	    p->has_enabled <= 1 && p->enabled <= 1 && endpoint_ok(&p->listen) &&
	    endpoint_ok(&p->upstream);
}

static int
proxy_name_ok(const struct proxy_name *p)
{
	return is_text(p->proxy);
}

static int
toxic_create_ok(const struct toxic_create *p)
{
	return is_text(p->proxy) && toxic_spec_ok(&p->spec);
}

static int
toxic_update_ok(const struct toxic_update *p)
{
	return is_text(p->proxy) && is_text(p->name) &&
	    p->kind < TOXIC_KIND_MAX && p->has_toxicity <= 1 &&
	    p->attributes_given < 1 << TOXIC_ATTRIBUTES_MAX;
}

static int
toxic_name_ok(const struct toxic_name *p)
{
	return is_text(p->proxy) && is_text(p->name);
}

static int
relay_assign_ok(const struct relay_assign *p)
{
	return is_text(p->name) && is_text(p->upstream);
}

static int
relay_bytes_ok(const struct relay_bytes *p)
{
	(void)p; /* how many it may be, only who lends them knows */
	return 1;
}

static int
dial_policy_ok(const struct dial_policy *p)
{
	return endpoint_ok(&p->upstream);
}

static int
dial_result_ok(const struct dial_result *p)
{
	return p->error < ENDPOINT_ERROR_MAX && address_ok(&p->address);
}

static int
store_proxy_ok(const struct store_proxy *p)
{
	return is_text(p->name) && is_text(p->listen) && is_text(p->given) &&
	    is_text(p->upstream) && p->enabled <= 1;
}

static int
stored_proxy_ok(const struct stored_proxy *p)
{
	return is_text(p->spec.name) && endpoint_ok(&p->spec.listen) &&
	    endpoint_ok(&p->spec.upstream) && p->spec.enabled <= 1 &&
	    is_text(p->given);
}

static int
store_result_ok(const struct store_result *p)
{
	return p->code < STORE_CODE_MAX && p->is_new <= 1 && is_text(p->why);
}

#define X(tag)                                                  \
	int msg_get_##tag(const struct msg *m, struct tag *p)   \
	{                                                       \
		const struct msg_rule *r = rule_of(m->type);    \
                                                                \
		if (r == NULL || r->payload != PAYLOAD_##tag || \
		    m->len != sizeof(*p))                       \
			return -1;                              \
		memcpy(p, m->data, sizeof(*p));                 \
		return tag##_ok(p) ? 0 : -1;                    \
	}
MSG_PAYLOADS(X)
#undef X
