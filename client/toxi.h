/* SPDX-License-Identifier: ISC */
/*
 * libtoxi: toxid and Toxiproxy, told what to do from C.  See toxi(3).
 *
 *	struct toxi *toxi = toxi_new(NULL, &err);
 *	struct toxi_proxy redis = {
 *		.name = "redis", .upstream = "localhost:6379"
 *	};
 *	struct toxi_proxy *made;
 *
 *	if (toxi_proxy_create(toxi, &redis, &made, &err) == -1)
 *		errx(1, "%s: %s", err.call, err.text);
 *	toxi_toxic_add(toxi, "redis", toxi_latency(2000, 200), NULL, &err);
 *
 * Calls return 0, or -1 and fill *err; what makes an object returns it, or
 * NULL.  err may be NULL.  Where a result comes back through a pointer, that
 * may be NULL as well; when the call fails it is set to NULL, unless said
 * otherwise.  Any call that asks the server can fail with TOXI_ERR_ARGUMENT,
 * _NOMEM, _CONNECT, _TIMEOUT, _TRANSPORT, _PROTOCOL and _HTTP; what is beside
 * a call says which statuses to expect, and what else there is.
 *
 * A zeroed struct is a good start everywhere: 0 means "as usual".  Text that
 * is given is read during the call and not kept.  Nothing here prints, exits,
 * or keeps anything outside of the objects; of the environment it reads
 * TOXIPROXY_AUTH_TOKEN, and a server that it starts is given it.
 */
#ifndef TOXI_H
#define TOXI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default) /* all else in the library is hidden */
#endif

/* ---- what went wrong */

enum toxi_code {
	TOXI_OK,
	TOXI_ERR_ARGUMENT,  /* not asked: the call makes no sense, see text */
	TOXI_ERR_NOMEM,     /* no memory */
	TOXI_ERR_CONNECT,   /* not asked: no way to the server, or its TLS */
	TOXI_ERR_TIMEOUT,   /* no whole answer in time: maybe done, maybe not */
	TOXI_ERR_TRANSPORT, /* the connection broke: maybe done, maybe not */
	TOXI_ERR_PROTOCOL,  /* the answer is none of a Toxiproxy */
	TOXI_ERR_HTTP,      /* the server says no: status and text say why */
	TOXI_ERR_UNSUPPORTED, /* this server, or this build, can't do that */
	TOXI_ERR_SYSTEM,      /* a system call failed, see error_number */
	TOXI_ERR_CANCELLED    /* by toxi_event_cancel() or toxi_event_free() */
};

struct toxi_error {
	enum toxi_code code;
	int status;       /* of HTTP; 0 if there was no answer */
	int error_number; /* errno(3), or 0 */
	const char *call; /* "toxi_proxy_create"; static, never NULL */
	char text[512];   /* the server's own, if it gave one; one line */
	void *reserved[2];
};

/* "TOXI_ERR_HTTP"; static. */
const char *toxi_code_name(enum toxi_code);

/* ---- toxics are data */

enum toxi_stream {
	TOXI_DOWNSTREAM, /* from the server to the client */
	TOXI_UPSTREAM    /* from the client to the server */
};

/*
 * As a toxicity in an update: leave it as it is.  Who means -1, which is as
 * good as any below 0, gives nextafter(-1, -2).
 */
#define TOXI_KEEP (-1.0)

#define TOXI_ATTRIBUTES 8

enum toxi_kind {
	TOXI_INTEGER,
	TOXI_FRACTION,
	TOXI_TEXT, /* or one of some words */
	TOXI_INTEGERS,
	TOXI_TEXTS,
	TOXI_JSON /* any other */
};

/*
 * The kind says which of them it is.  In a result, which has its kind from the
 * value alone: an integer is in .fraction, too, and a fraction that is whole is
 * an integer; an empty list is one of integers; of what is no integer .json is
 * there.
 */
struct toxi_attribute {
	const char *name; /* NULL ends the list */
	enum toxi_kind kind;
	int64_t value; /* TOXI_INTEGER */
	double fraction;
	const char *text;
	const int64_t *integers;  /* n of them */
	const char *const *texts; /* n of them */
	size_t n;
	const char *json; /* "0.5", "\"text\"" */
};

/*
 * On which of the proxy's connections, counted from when the toxic was made or
 * this was changed, and when in each; 0: nothing is said.  See toxid-api(7).
 */
struct toxi_select {
	int64_t first;  /* those of index 0 to so many less one */
	int64_t every;  /* one of each so many ... */
	int64_t offset; /* ... so many behind that of index 0 */
	int64_t after_ms, duration_ms; /* since it was opened; for so long */
	const char *const *clients;    /* "10.0.0.0/8": n_clients of them */
	size_t n_clients;
	void *reserved[2]; /* zero */
};

/* An attribute, a whole number, that rises and falls: see toxid-api(7). */
struct toxi_wave {
	const char *attribute; /* "latency" */
	const char *shape;     /* "sine", "square", "saw"; NULL: "sine" */
	int64_t period;        /* ms */
	int64_t amplitude;     /* in the attribute's unit */
};

struct toxi_toxic {
	const char *name; /* NULL: TYPE_STREAM, as in "latency_downstream" */
	const char *type; /* "latency" */
	enum toxi_stream stream;
	/* the share of connections that it is on: above 1 as 1, below 0 as 0 */
	double toxicity;
	struct toxi_attribute attributes[TOXI_ATTRIBUTES];
	int64_t ttl_ms;        /* see below */
	int64_t expires_in_ms; /* in a result: what is left; 0: no lease */
	/* NULL: all; as it is, where it is changed; all zeros: not any more */
	const struct toxi_select *select;
	/* who takes it away with others: "profile:3g"; NULL: nobody.  Of one
	 * that is changed it stays as it is */
	const char *owner;
	/* NULL: none; as they are, where it is changed; n_waves of 0: not any
	 * more */
	const struct toxi_wave *waves;
	size_t n_waves;
	void *reserved[2]; /* zero */
};

/*
 * A lease: a toxic, or a proxy, with a ttl_ms above 0 goes by itself after so
 * long, unless it gets another: see toxi_toxic_lease() and toxi_proxy_lease().
 * 0: a new one has none, one that is changed keeps what it has.  TOXI_FOR_GOOD,
 * as any below 0: no lease, or no longer.  A server that has no leases, as
 * Toxiproxy, makes it for good, and the call fails with TOXI_ERR_UNSUPPORTED;
 * the result is set all the same.
 */
#define TOXI_FOR_GOOD (-1)

struct toxi_toxics {
	const struct toxi_toxic *list;
	size_t n;
};

/*
 * A toxic of each kind, downstream, on all connections.  It borrows the text,
 * and the lists, that it is given.
 */
struct toxi_toxic toxi_latency(int64_t ms, int64_t jitter_ms);
struct toxi_toxic toxi_bandwidth(int64_t kilobytes_per_second);
struct toxi_toxic toxi_slow_close(int64_t ms);
struct toxi_toxic toxi_timeout(int64_t ms);    /* 0: never closes */
struct toxi_toxic toxi_reset_peer(int64_t ms); /* 0: at once */
struct toxi_toxic toxi_slicer(int64_t size, int64_t variation, int64_t us);
struct toxi_toxic toxi_limit_data(int64_t bytes);
struct toxi_toxic toxi_packet_loss(double loss_rate, double correlation);
/* toxid's own, which Toxiproxy refuses: */
struct toxi_toxic toxi_corrupt(double rate);
struct toxi_toxic toxi_truncate(int64_t bytes);
/* "fin", "reset" or "hang", by what comes first; a 0 does not count */
struct toxi_toxic toxi_close(
    int64_t after_ms, int64_t after_bytes, const char *mode);

/* Any other: its type, and then attributes. */
struct toxi_toxic toxi_toxic(const char *type);

/*
 * The same toxic, but.  They nest:
 *
 *	toxi_upstream(toxi_toxicity(toxi_latency(2000, 200), 0.5))
 *
 * More than TOXI_ATTRIBUTES attributes make a toxic that every call refuses.
 */
struct toxi_toxic toxi_upstream(struct toxi_toxic);
struct toxi_toxic toxi_toxicity(struct toxi_toxic, double share);
struct toxi_toxic toxi_named(struct toxi_toxic, const char *name);
struct toxi_toxic toxi_leased(struct toxi_toxic, int64_t ttl_ms);
struct toxi_toxic toxi_selected(
    struct toxi_toxic, const struct toxi_select *); /* it is borrowed, too */
struct toxi_toxic toxi_waving(
    struct toxi_toxic, const struct toxi_wave *list, size_t n); /* so is it */
struct toxi_toxic toxi_attribute(
    struct toxi_toxic, const char *name, int64_t value);
struct toxi_toxic toxi_attribute_fraction(
    struct toxi_toxic, const char *name, double value);
struct toxi_toxic toxi_attribute_text(
    struct toxi_toxic, const char *name, const char *text);
struct toxi_toxic toxi_attribute_integers(
    struct toxi_toxic, const char *name, const int64_t *list, size_t n);
struct toxi_toxic toxi_attribute_texts(
    struct toxi_toxic, const char *name, const char *const *list, size_t n);
struct toxi_toxic toxi_attribute_json(
    struct toxi_toxic, const char *name, const char *json);

/*
 * A list of values where one is wanted, and how many they are:
 * toxi_attribute_integers(toxic, "codes", TOXI_INTEGERS_OF(500, 503)).
 * It lives until the block ends in which it is written, and no longer.
 */
#ifndef __cplusplus
#define TOXI_INTEGERS_OF(...)             \
	(const int64_t[]){ __VA_ARGS__ }, \
	    sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)
#define TOXI_TEXTS_OF(...)                    \
	(const char *const[]){ __VA_ARGS__ }, \
	    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *)
#endif

/*
 * A list of them where one is wanted:
 * TOXI_TOXICS(toxi_latency(100, 0), toxi_bandwidth(50)).
 */
#ifndef __cplusplus
#define TOXI_LIST_(list, type, ...)              \
	((struct list){ (type[]){ __VA_ARGS__ }, \
	    sizeof((type[]){ __VA_ARGS__ }) / sizeof(type) })
#define TOXI_TOXICS(...) TOXI_LIST_(toxi_toxics, struct toxi_toxic, __VA_ARGS__)
#define TOXI_PROXIES(...) \
	TOXI_LIST_(toxi_proxies, struct toxi_proxy, __VA_ARGS__)
#endif

/* ---- and so are proxies */

enum toxi_state {
	TOXI_UNCHANGED, /* for a new one: enabled.  Never in a result */
	TOXI_ENABLED,
	TOXI_DISABLED
};

/*
 * What clients of a proxy meet before there is a connection through it, and
 * what becomes of the dial to its upstream.  Those that are there go on.
 */
enum toxi_connect_mode {
	TOXI_CONNECT_USUAL,
	TOXI_CONNECT_REFUSE,       /* ... the port, which stays the proxy's */
	TOXI_CONNECT_BLACKHOLE,    /* nobody answers */
	TOXI_CONNECT_ACCEPT_DELAY, /* they are let in after delay_ms */
	TOXI_CONNECT_RESET,        /* they are accepted, and reset */
	TOXI_CONNECT_OTHER         /* in a result: one of a newer server's */
};

enum toxi_dial_fail {
	TOXI_DIAL_USUAL,
	TOXI_DIAL_REFUSED, /* none is made: it fails as if that had happened */
	TOXI_DIAL_UNREACHABLE,
	TOXI_DIAL_TIMEOUT,
	TOXI_DIAL_OTHER /* in a result: one of a newer server's */
};

struct toxi_connect {
	enum toxi_connect_mode mode;
	enum toxi_dial_fail dial_fail;
	int64_t delay_ms;      /* of TOXI_CONNECT_ACCEPT_DELAY, and no other */
	int64_t dial_delay_ms; /* so long the dial waits, or its failure */
	double syn_loss;       /* share of clients' first packets; 0 to 1 */
	void *reserved[3];     /* zero */
};

/* They nest: toxi_dial_fail(toxi_accept_delay(500), TOXI_DIAL_TIMEOUT). */
struct toxi_connect toxi_connect(enum toxi_connect_mode);
struct toxi_connect toxi_accept_delay(int64_t ms);
struct toxi_connect toxi_dial_delay(struct toxi_connect, int64_t ms);
struct toxi_connect toxi_dial_fail(struct toxi_connect, enum toxi_dial_fail);
struct toxi_connect toxi_syn_loss(struct toxi_connect, double share);

struct toxi_proxy {
	const char *name;
	const char *listen;   /* NULL: unchanged; a new one: "localhost:0" */
	const char *upstream; /* NULL: unchanged; a new one needs it */
	enum toxi_state state;
	int halted; /* in a result, 1: its toxics are off, see toxi_halt() */
	struct toxi_toxics toxics;
	int64_t ttl_ms;        /* see TOXI_FOR_GOOD */
	int64_t expires_in_ms; /* in a result: what is left; 0: no lease */
	/* NULL: unchanged, as usual for a new one, and in a result */
	const struct toxi_connect *connect;
	void *reserved[1]; /* zero */
};

struct toxi_proxies {
	const struct toxi_proxy *list;
	size_t n;
};

/* ---- a server */

struct toxi_options {
	/*
	 * NULL: "http://localhost:8474".  "unix:/run/toxid/api.sock" is a
	 * unix_socket.  In "http://:TOKEN@host:8474" it has
	 * what token may have, and is sent as "Authorization: Basic".
	 */
	const char *url;
	const char *unix_socket; /* connect to this path; url still names it */
	const char *http_proxy;  /* URL, socks5h:// too; NULL: none */
	const char *ca_file;     /* PEM; NULL: those of the system */
	const char *cert_file;   /* PEM, what we are; NULL: nobody */
	const char *key_file;    /* PEM; NULL: in cert_file */
	int insecure;            /* 1: whoever answers is right */
	int connect_timeout_ms;  /* 0: 10000 */
	int timeout_ms;          /* of a call as a whole; 0: 30000 */

	const char *const *headers; /* "X-Team: ours", ended by NULL; or NULL */

	/*
	 * What the server wants to be told by its clients, as "Authorization:
	 * Bearer TOKEN"; NULL: what is in url, else $TOXIPROXY_AUTH_TOKEN, if
	 * that is set; "": none.
	 */
	const char *token;

	/*
	 * In which tenant to act, where the token is an admin's, as
	 * "X-Toxid-Tenant"; "": the one without a name; "*": all of them, for
	 * calls that change nothing; NULL: the token's own.
	 */
	const char *tenant;
	void *reserved[6]; /* zero */
};

/*
 * A client.  Any number of threads may use it at once, but not the processes
 * on both sides of a fork(2).  Nothing is sent yet.
 * NULL: TOXI_ERR_ARGUMENT (no URL, a negative timeout), TOXI_ERR_NOMEM,
 * TOXI_ERR_UNSUPPORTED (a scheme that libcurl was built without).
 */
struct toxi *toxi_new(const struct toxi_options *, struct toxi_error *);

/* When no call of it is under way.  Takes NULL. */
void toxi_free(struct toxi *);

/* "2.12.0", to be given to free(3). */
int toxi_version(struct toxi *, char **, struct toxi_error *);

/*
 * The Prometheus text, to be given to free(3).  TOXI_ERR_UNSUPPORTED: the
 * server was started without.
 */
int toxi_metrics(struct toxi *, char **, struct toxi_error *);

/* Of what a tenant may have only so much. */
struct toxi_limit {
	const char *name; /* "proxies", as in the server's configuration */
	int64_t limit;
	int64_t used;      /* now; of something in a second: in the last one;
			    * -1: the server does not say */
	int64_t refused;   /* so often it was in the way */
	const char *range; /* of "ports" which: "20000-20099"; else NULL */
	void *reserved[3];
};

/* For whom the server takes us, and what is in that tenant. */
struct toxi_caller {
	const char *tenant;  /* "": the one without a name */
	const char *role;    /* "reader", "tenant", "admin" */
	const char *token;   /* its name; NULL: the server wants none */
	const char *expires; /* "2027-01-31T00:00:00Z"; NULL: it does not */
	int64_t proxies;
	int64_t toxics;
	const struct toxi_limit *limits; /* NULL if it has none */
	size_t nlimits;
	int all_halted;    /* 1: the toxics of everybody are off */
	int tenant_halted; /* 1: ... those of the tenant, for itself */
	void *reserved[5];
};

/*
 * 401: it does not know us; 403, 404: nor the tenant that was asked for.
 * TOXI_ERR_UNSUPPORTED: a server without tenants, as Toxiproxy.
 */
int toxi_whoami(struct toxi *, struct toxi_caller **, struct toxi_error *);

/* A result, with all that it points to.  Takes NULL. */
void toxi_caller_free(struct toxi_caller *);

/* ---- who may call: the tokens of a tenant */

struct toxi_token {
	const char *name;
	const char *role;    /* as a caller's; NULL: a new one's is "tenant" */
	const char *expires; /* "2027-01-31T00:00:00Z"; NULL: it does not */
	const char *last_used; /* to the minute; NULL: not yet, or a new one */
	const char *secret;    /* what to bring: of a new one, this once */
	int is_of_file;        /* 1: the server's file has it, not the API */
	void *reserved[8];     /* zero */
};

struct toxi_tokens {
	const struct toxi_token *list;
	size_t n;
};

/*
 * A new one: its name, role and end count, and nothing else of it.  The result
 * has its secret, which the server does not keep.
 * 400: a bad one; 403: a role above our own; 404: the tenant has no name, so
 * that there are none of it; 409: the name is taken, or there are too many.
 * TOXI_ERR_UNSUPPORTED: a server without tenants, as Toxiproxy; so of the two
 * below.
 */
int toxi_token_create(struct toxi *, const struct toxi_token *,
    struct toxi_token **, struct toxi_error *);

/* By name, those of the server's file, too. */
int toxi_token_list(struct toxi *, struct toxi_tokens **, struct toxi_error *);

/*
 * No request is done for it any more.  403: its role is above our own; 404:
 * there is none; 409: it is the file's.
 */
int toxi_token_revoke(struct toxi *, const char *name, struct toxi_error *);

/* Results, with all that they point to.  They take NULL. */
void toxi_token_free(struct toxi_token *);
void toxi_tokens_free(struct toxi_tokens *);

/* ---- the big red button */

/*
 * Whose toxics are off, and held off, new ones, too: of the tenant that we act
 * in, or of all.  tenants are those that are halted for themselves, of those
 * that we may see.
 */
struct toxi_halts {
	int halted; /* 1: they are */
	int all;    /* 1: everybody's are, by an administrator */
	const char *const *tenants;
	size_t n;
	void *reserved[4];
};

/*
 * Proxies pass from then on.  Of an administrator's, who names no tenant,
 * everybody's.  500, 507: they are off, but would not be after a restart.
 * TOXI_ERR_UNSUPPORTED: not of a Toxiproxy; so of the two below.
 */
int toxi_halt(struct toxi *, struct toxi_halts **, struct toxi_error *);

/* They are on again, but for those that somebody else has halted. */
int toxi_resume(struct toxi *, struct toxi_halts **, struct toxi_error *);

/* Are they? */
int toxi_halted(struct toxi *, struct toxi_halts **, struct toxi_error *);

/* A result, with all that it points to.  Takes NULL. */
void toxi_halts_free(struct toxi_halts *);

/* ---- proxies */

/*
 * 400: a bad one; 409: the name is taken; 500: it can't listen; 507: the
 * server has no room for more.
 * TOXI_ERR_UNSUPPORTED: a server that doesn't take toxics with a proxy, as
 * Toxiproxy, has made it, without; the result is set all the same.
 */
int toxi_proxy_create(struct toxi *, const struct toxi_proxy *,
    struct toxi_proxy **, struct toxi_error *);

/* 404: there is none. */
int toxi_proxy_get(
    struct toxi *, const char *name, struct toxi_proxy **, struct toxi_error *);

/* In the server's order. */
int toxi_proxy_list(struct toxi *, struct toxi_proxies **, struct toxi_error *);

/*
 * The proxy of that name gets a new listen, upstream or state.  Its toxics
 * can't be given here (TOXI_ERR_ARGUMENT).  400, 404; 500: it can't listen.
 */
int toxi_proxy_update(struct toxi *, const struct toxi_proxy *,
    struct toxi_proxy **, struct toxi_error *);

/* 404; 500: it can't listen. */
int toxi_proxy_enable(struct toxi *, const char *name, struct toxi_error *);

/* 404.  Its connections are closed, new ones refused. */
int toxi_proxy_disable(struct toxi *, const char *name, struct toxi_error *);

/*
 * What its clients meet from now on, all of it: toxi_connect(0) is as usual.
 * 400, 404.  TOXI_ERR_UNSUPPORTED: the server does not know of it, as
 * Toxiproxy; so of toxi_proxy_create() and toxi_proxy_update(), and then the
 * result is set all the same.
 */
int toxi_proxy_connect(
    struct toxi *, const char *name, struct toxi_connect, struct toxi_error *);

/* 404. */
int toxi_proxy_delete(struct toxi *, const char *name, struct toxi_error *);

/*
 * From now on it is there for so long; 0, or less: for good.  404: no such
 * proxy.  TOXI_ERR_UNSUPPORTED: not of a Toxiproxy.
 */
int toxi_proxy_lease(
    struct toxi *, const char *name, int64_t ttl_ms, struct toxi_error *);

/*
 * How a proxy is: what has been counted of it since it was made, and why the
 * last dial to its upstream failed.
 */
struct toxi_health {
	const char *name;
	enum toxi_state state;
	int64_t open_sessions;
	int64_t sessions; /* clients that were accepted */
	int64_t
	    received[2];    /* bytes, by enum toxi_stream: read from one side */
	int64_t sent[2];    /* and written to the other */
	int64_t held_bytes; /* in the server's memory, now */
	int64_t dial_failures;
	const char *dial_error;      /* of the last one; NULL: there was none */
	const char *dial_error_time; /* "2026-11-25T10:00:00Z"; or NULL */
	int64_t worker_restarts;
	void *reserved[8];
};

struct toxi_healths {
	const struct toxi_health *list;
	size_t n;
};

/* 404: no such proxy.  TOXI_ERR_UNSUPPORTED: not of a Toxiproxy. */
int toxi_proxy_health(struct toxi *, const char *name, struct toxi_health **,
    struct toxi_error *);

/* Of all.  TOXI_ERR_UNSUPPORTED: as above. */
int toxi_health_list(
    struct toxi *, struct toxi_healths **, struct toxi_error *);

/* Results, with all that they point to.  They take NULL. */
void toxi_health_free(struct toxi_health *);
void toxi_healths_free(struct toxi_healths *);

/*
 * Makes each, as toxi_proxy_create(), or replaces it if its addresses differ.
 * The first failure ends it: those that were made before stay, and are the
 * result then too.  400, 500.  TOXI_ERR_UNSUPPORTED: one has not got its
 * toxics.
 */
int toxi_populate(struct toxi *, struct toxi_proxies, struct toxi_proxies **,
    struct toxi_error *);

/*
 * Enables all proxies, removes all toxics; their connect is as usual.  500: one
 * can't listen.
 */
int toxi_reset(struct toxi *, struct toxi_error *);

/* Results, with all that they point to.  They take NULL. */
void toxi_proxy_free(struct toxi_proxy *);
void toxi_proxies_free(struct toxi_proxies *);

/* ---- toxics on a proxy */

/* 400: a bad one; 404: no such proxy; 409: the name is taken. */
int toxi_toxic_add(struct toxi *, const char *proxy, struct toxi_toxic,
    struct toxi_toxic **, struct toxi_error *);

/* 404: no such proxy, or no such toxic on it. */
int toxi_toxic_get(struct toxi *, const char *proxy, const char *name,
    struct toxi_toxic **, struct toxi_error *);

/* Upstream first, each direction in the order of its chain.  404. */
int toxi_toxic_list(struct toxi *, const char *proxy, struct toxi_toxics **,
    struct toxi_error *);

/*
 * The attributes that are there and the toxicity are changed; name (or type
 * and stream) says of which toxic.  400, 404.
 */
int toxi_toxic_update(struct toxi *, const char *proxy, struct toxi_toxic,
    struct toxi_toxic **, struct toxi_error *);

/* 404. */
int toxi_toxic_remove(
    struct toxi *, const char *proxy, const char *name, struct toxi_error *);

/* As toxi_proxy_lease().  404: no such proxy, or no such toxic on it. */
int toxi_toxic_lease(struct toxi *, const char *proxy, const char *name,
    int64_t ttl_ms, struct toxi_error *);

/* Results, with all that they point to.  They take NULL. */
void toxi_toxic_free(struct toxi_toxic *);
void toxi_toxics_free(struct toxi_toxics *);

/* ---- networks by name */

/* Toxics that come together, and go together. */
struct toxi_profile {
	const char *name;        /* "3g" */
	const char *description; /* NULL, as the two below: of a proxy's */
	const char *source;      /* who says that such a network is so */
	double loss_percent;     /* of segments; 0: none, or a proxy's */
	struct toxi_toxics toxics;
	/* kinds of toxics that it is applied without, as "tcp_loss" */
	const char *const *missing;
	size_t n_missing;
	void *reserved[4];
};

struct toxi_profiles {
	const struct toxi_profile *list;
	size_t n;
};

/* Which there are.  TOXI_ERR_UNSUPPORTED: none, as of a Toxiproxy; so below. */
int toxi_profile_list(
    struct toxi *, struct toxi_profiles **, struct toxi_error *);

/* Of a proxy, with its toxics as they are now.  404: it has none. */
int toxi_profile_get(struct toxi *, const char *proxy, struct toxi_profile **,
    struct toxi_error *);

/*
 * The proxy is as that network is, in place of another profile.  400: there is
 * none of that name; 404: no such proxy; 409: a toxic of it has the name of one
 * that would come.
 */
int toxi_profile_apply(struct toxi *, const char *proxy, const char *name,
    struct toxi_profile **, struct toxi_error *);

/* All that a profile has made of it.  404: nothing, or no such proxy. */
int toxi_profile_remove(struct toxi *, const char *proxy, struct toxi_error *);

/* Results, with all that they point to.  They take NULL. */
void toxi_profile_free(struct toxi_profile *);
void toxi_profiles_free(struct toxi_profiles *);

/* ---- scenarios: a proxy is so for so long, and then so */

struct toxi_step {
	int64_t duration_ms;
	struct toxi_toxics toxics; /* without a ttl; none: nothing is wrong */
	const char *profile;       /* in their place; NULL, as in a result */
	/* over the proxy's own, while the step is; NULL: that shows */
	const struct toxi_connect *connect;
	/* of a result: kinds of toxics that its profile is applied without, as
	 * "tcp_loss" */
	const char *const *missing;
	size_t n_missing;
	void *reserved[1]; /* zero */
};

struct toxi_steps {
	const struct toxi_step *list;
	size_t n;
};

/* They borrow what they are given. */
struct toxi_step toxi_step(int64_t ms, struct toxi_toxics);
struct toxi_step toxi_step_profile(int64_t ms, const char *name);
struct toxi_step toxi_step_connect(
    struct toxi_step, const struct toxi_connect *);

/* A list of them where one is wanted, as TOXI_TOXICS(). */
#ifndef __cplusplus
#define TOXI_STEPS(...) TOXI_LIST_(toxi_steps, struct toxi_step, __VA_ARGS__)
#endif

struct toxi_scenario {
	const char *name;
	const char *proxy;
	int loop; /* 1: behind the last step comes the first */
	struct toxi_steps steps;
	int64_t ttl_ms; /* above 0: it ends after so long, wherever it is */
	/* The rest is for results. */
	int64_t expires_in_ms; /* what is left of that; 0: no lease */
	int64_t step;          /* in which it is: 0 is the first ... */
	int64_t left_ms;       /* ... for so long still */
	int64_t round;         /* so often it has been through all of them */
	const char *began;     /* "2026-11-28T04:11:00Z" */
	/* kinds of toxics that one of its steps is without, as there */
	const char *const *missing;
	size_t n_missing;
	/* of what is started, too: letters, digits, '_', '-' and '.', up to 63;
	 * NULL: the server makes one.  No other of its name has it. */
	const char *id;
	void *reserved[3]; /* zero */
};

struct toxi_scenarios {
	const struct toxi_scenario *list;
	size_t n;
};

/*
 * From now on the proxy goes through it.  Without a loop it is gone behind its
 * last step, with its toxics.  404: no such proxy; 409: the proxy has one, or
 * another has that name, or a toxic has one of theirs.  TOXI_ERR_UNSUPPORTED:
 * there are none, as of a Toxiproxy; so below.
 */
int toxi_scenario_start(struct toxi *, const struct toxi_scenario *,
    struct toxi_scenario **, struct toxi_error *);

/* How far it is.  404: it is over, or has never been. */
int toxi_scenario_get(struct toxi *, const char *name, struct toxi_scenario **,
    struct toxi_error *);
int toxi_scenario_list(
    struct toxi *, struct toxi_scenarios **, struct toxi_error *);

/* Its toxics go.  404: as above; one: another has begun since, and stays. */
int toxi_scenario_stop(struct toxi *, const char *name, struct toxi_error *);
int toxi_scenario_stop_one(
    struct toxi *, const char *name, const char *id, struct toxi_error *);

/* Results, with all that they point to.  They take NULL. */
void toxi_scenario_free(struct toxi_scenario *);
void toxi_scenarios_free(struct toxi_scenarios *);

/* ---- what a server is to be */

/* A source's: all that it wants there to be. */
struct toxi_document {
	const char *source; /* letters, digits, '.', '_' and '-', up to 63 */
	const char
	    *generation; /* by which it knows this one; up to 127 bytes */
	const char
	    *json; /* {"proxies": [...], "scenarios": [...]}, or either */
	/* only where this is the generation that is applied; "*": where any
	 * is; NULL: whatever is */
	const char *if_match;
	int force;         /* 1: all the same */
	void *reserved[4]; /* zero */
};

struct toxi_desired_proxy {
	const char *name;
	const char *listen; /* where it really does */
	const char *upstream;
	void *reserved[1];
};

/* What is wrong with one; what it does not say is NULL. */
struct toxi_fault {
	const char *item;   /* "proxies[3]" */
	const char *name;   /* "web" */
	const char *field;  /* "listen" */
	const char *source; /* of which that name is, if of another */
	const char *text;   /* never NULL */
	void *reserved[1];
};

struct toxi_desired {
	const char *source; /* of one that was refused NULL */
	const char *generation;
	const char *applied_at; /* "2026-11-28T10:00:00.000Z"; or NULL */
	const char *json;       /* of toxi_desired_get(): as it was put */
	const struct toxi_desired_proxy *proxies;
	size_t n_proxies;
	const struct toxi_fault *faults; /* of one that was refused */
	size_t n_faults;
	/* proxies, of toxi_desired_put() */
	int64_t made, replaced, removed, unchanged;
	void *reserved[4];
};

struct toxi_source {
	const char *name;
	const char *generation;
	const char *applied_at; /* or NULL */
	void *reserved[1];
};

struct toxi_sources {
	const struct toxi_source *list;
	size_t n;
};

/*
 * From now on the source has all of that there, and nothing else: what its
 * last document had and this has not goes; what is as it was is not touched,
 * nor is what is not the source's.  All of it or nothing.  400: the result is
 * set all the same, and has its faults; 409: likewise, another generation is
 * applied, which is the result's, or a name is another source's.
 * TOXI_ERR_UNSUPPORTED: not of a Toxiproxy; so below.
 */
int toxi_desired_put(struct toxi *, const struct toxi_document *,
    struct toxi_desired **, struct toxi_error *);

/* The last one that was applied.  404: there is no such source. */
int toxi_desired_get(struct toxi *, const char *source, struct toxi_desired **,
    struct toxi_error *);
int toxi_desired_list(
    struct toxi *, struct toxi_sources **, struct toxi_error *);

/* It goes, and all that is its own.  404; 409: it is the file's. */
int toxi_desired_delete(struct toxi *, const char *source, struct toxi_error *);

/* Results, with all that they point to.  They take NULL. */
void toxi_desired_free(struct toxi_desired *);
void toxi_sources_free(struct toxi_sources *);

/* ---- for test suites */

/*
 * A toxid of the suite's own: on a port of 127.0.0.1 that nobody else has, with
 * nothing kept on disk.  It ends with the object, or with the process that
 * started it, also when that crashes or is killed: a process beside it sees to
 * that, which is none of the suite's children.
 */
struct toxi_server;

struct toxi_server_options {
	const char *path; /* of toxid; NULL: it is looked for in PATH */
	const char *const
	    *args;         /* more of its options, ended by NULL; or NULL */
	int timeout_ms;    /* until it serves; 0: 10000 */
	void *reserved[6]; /* zero */
};

/*
 * Returns when it serves.  Its log is not kept, its environment is ours.
 * TOXI_ERR_SYSTEM: it is not there, or what it said before it ended;
 * TOXI_ERR_TIMEOUT, TOXI_ERR_ARGUMENT, TOXI_ERR_NOMEM.
 */
struct toxi_server *toxi_server_start(
    const struct toxi_server_options *, struct toxi_error *);

/* Of the server, so not to be freed: "http://127.0.0.1:40123". */
const char *toxi_server_url(const struct toxi_server *);
int toxi_server_pid(const struct toxi_server *);

/*
 * Returns when it has ended, and frees the object.  -1: TOXI_ERR_SYSTEM, it
 * had ended before.  Not by a process that was forked.  Takes NULL.
 */
int toxi_server_stop(struct toxi_server *, struct toxi_error *);

/*
 * Adds the toxics, calls the function, and removes them in any case: also
 * when it is left by a C++ exception or the thread is cancelled or exits, but
 * not by longjmp(3).  Returns what the function returns, and err->code is
 * TOXI_OK; or -1 and why: a toxic could not be added (those before it were
 * removed, the function was not called), or removed.  Fails as
 * toxi_toxic_add() and toxi_toxic_remove() do, but a toxic that has gone
 * meanwhile is no failure.
 */
int toxi_with(struct toxi *, const char *proxy, struct toxi_toxics,
    int (*)(void *), void *, struct toxi_error *);

/*
 * A tunnel: a proxy with a name and a port that nobody else has, for as long
 * as the object lives.  It listens on localhost, if that is where the server
 * is (or behind a socket in the file system), and else on all addresses.
 * Several threads may use one.  Fails as toxi_proxy_create(), or with
 * TOXI_ERR_SYSTEM if there are no random numbers.
 */
struct toxi_tunnel *toxi_tunnel_open(
    struct toxi *, const char *upstream, struct toxi_error *);

/* Of the tunnel, so not to be freed.  The address is "host:port". */
const char *toxi_tunnel_name(const struct toxi_tunnel *);
const char *toxi_tunnel_address(const struct toxi_tunnel *);
const char *toxi_tunnel_host(const struct toxi_tunnel *);
int toxi_tunnel_port(const struct toxi_tunnel *);

/*
 * A new, blocking, close-on-exec descriptor, connected through it; or -1:
 * TOXI_ERR_CONNECT, TOXI_ERR_TIMEOUT (of connect_timeout_ms; a name is looked
 * up before that starts), TOXI_ERR_SYSTEM.
 */
int toxi_tunnel_connect(const struct toxi_tunnel *, struct toxi_error *);

/*
 * Removes the proxy, frees the object.  -1: the server may have it still;
 * that it has gone already is no failure.  Takes NULL.
 */
int toxi_tunnel_free(struct toxi_tunnel *, struct toxi_error *);

/*
 * A session remembers what is made through it and takes it away when freed,
 * last made first.  Several threads may use one.
 *
 * Where a program crashes, is killed, or exits without freeing the session, a
 * toxid removes all of it within a second: a thread, which has no signals,
 * holds on to a session there, from the first that is made on, and comes back
 * to it when the connection breaks.  With an older toxid, or a Toxiproxy, what
 * is left behind stays.  Forked children that run no other program hold on to
 * it, too.
 */
struct toxi_session *toxi_session_open(struct toxi *, struct toxi_error *);

/* As toxi_proxy_create(), toxi_toxic_add(), toxi_profile_apply() and
 * toxi_tunnel_open(). */
int toxi_session_proxy(struct toxi_session *, const struct toxi_proxy *,
    struct toxi_proxy **, struct toxi_error *);
int toxi_session_toxic(struct toxi_session *, const char *proxy,
    struct toxi_toxic, struct toxi_toxic **, struct toxi_error *);
int toxi_session_profile(struct toxi_session *, const char *proxy,
    const char *name, struct toxi_profile **, struct toxi_error *);
const struct toxi_tunnel *toxi_session_tunnel(
    struct toxi_session *, const char *upstream, struct toxi_error *);

/*
 * All is tried, what has gone already is no failure; -1 and the first failure
 * if there is one.  The session is freed in any case.  Takes NULL.
 */
int toxi_session_free(struct toxi_session *, struct toxi_error *);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
