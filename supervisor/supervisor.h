/* SPDX-License-Identifier: ISC */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "chan.h"
#include "clock.h"
#include "names.h"
#include "toxic_tail.h"

/*
 * toxid: keeps the truth, forks, binds, passes descriptors, kills and restarts.
 * It believes no child, reads no network and parses no text but its own
 * command line.
 */

/* How fast children that die come back: see restarts.c. */
struct restarts {
	int tokens;
	int64_t backoff; /* ns: the next delay once there is no token */
	uint32_t count;  /* all so far */
};

/* Of what is forgiven with time: see quota.c. */
struct debt {
	int64_t owed, since;
};

/* Of a role, or of a proxy's workers: a new process does not begin anew. */
struct log_quota {
	struct debt bytes;
	uint64_t dropped; /* lines, not told of yet */
};

enum child_state {
	CHILD_STARTING, /* no READY yet; what is sent to it waits */
	CHILD_RUNNING,
	CHILD_RETIRED, /* of an earlier version: ends with its sessions */
	CHILD_KILLED   /* not reaped yet; nothing it says counts */
};

struct change;
TAILQ_HEAD(changes, change);

struct child {
	TAILQ_ENTRY(child) entry;
	enum role role;
	enum child_state state;
	pid_t pid;
	struct chan chan;
	int polls; /* EPOLL*, as it is registered */
	int rests; /* it has cost too much: not read for a moment */
	struct debt time;
	int64_t time_began;
	int64_t started; /* ns, as all times here; or got its proxy */
	int64_t pong_by; /* READY or PONG is due; CLOCK_NEVER: not asked */
	int64_t ping_at;
	int64_t ping_cpu;     /* what it had used when it was asked */
	struct vitals vitals; /* as of the last PONG: they grow */
	int was_ready;        /* it has had its work */
	int broke_protocol;
	int serves;         /* apid: it accepts */
	unsigned int lines; /* diald: that it got, and has not blamed */
	int is_blamed;      /* why it was killed has been said */
	int is_dismissed;   /* ends because it is not needed */

	/* apid */
	int has_config;    /* it populates from the file before it serves */
	uint32_t asked_id; /* of its last request */

	/* relayd */
	unsigned int slot;        /* its uid is uid_base + UID_RELAYD + slot */
	uint32_t retired_from;    /* id of its proxy, once it is retired */
	uint32_t line;            /* to diald; 0: it has none */
	int64_t line_at;          /* when it is to get one */
	struct proxy *proxy;      /* NULL: spare, or dismissed */
	struct counters counters; /* since this worker's start */
	struct changes waiting;   /* for its RELAY_DONE, or its death */
	int is_drained;           /* accepts no more; counters are of then */
	uint64_t lent;            /* bytes: see leases.c */
	uint64_t lent_keep;       /* recalled down to it; or UINT64_MAX */
	uint64_t borrows;         /* wants so many more; or 0 */
	TAILQ_ENTRY(child) borrower;
};
TAILQ_HEAD(children, child);

struct toxic {
	TAILQ_ENTRY(toxic) entry;
	struct toxic_spec *spec; /* its own: toxic_spec_dup()'s */
};
TAILQ_HEAD(toxics, toxic);

enum leaving {
	STAYS,
	LEAVES,
	LEAVES_SOCKET /* ... to another */
};

struct proxy {
	TAILQ_ENTRY(proxy) entry;
	uint32_t id;
	char name[PROXY_NAME_MAX + 1];
	struct endpoint listen; /* once it has been bound: the bound address */
	char given[ENDPOINT_TEXT_MAX + 1]; /* listen as it was asked for */
	struct endpoint upstream;
	int enabled;
	struct waiter waiter; /* for the address of listen: see restore.c */
	int listen_fd;   /* -1: disabled, or its address is not to be had */
	int is_lent;     /* a worker has had listen_fd */
	int64_t bind_at; /* enabled without listen_fd: tried again */
	unsigned int bind_failures;
	int is_new;             /* not committed yet: only changes know of it */
	struct change *storing; /* about it, being committed: others wait */
	int is_left_out;        /* stored dies of it: it is not kept */
	struct toxics toxics;
	unsigned int ntoxics;
	uint64_t config_print; /* of its entry in the file; 0: has none */
	enum leaving leaving;  /* in difference.c, for a moment */
	struct child *worker;  /* NULL: disabled, or not restarted yet */
	struct log_quota log;
	int64_t blamed_at; /* by diald, the last time; or 0 */
	pid_t blames;      /* the diald that was no good, its workers said */
	struct restarts restarts;
	int64_t restart_at;      /* CLOCK_NEVER: not waiting for it */
	int64_t restart_delay;   /* ns that it waits for until then; or 0 */
	struct counters earlier; /* of all workers before this one */
	int64_t dial_failed_at;  /* s since 1970; or 0 */
	int64_t counted_at;      /* when apid was told last */
	int counters_due;        /* it does not know the last ones */
};
TAILQ_HEAD(proxies, proxy);

/* What an update comes to, before anything of it is done. */
struct difference {
	int was_enabled, enabled; /* before, after */
	int listen, upstream;     /* are they another now? */
};

/* One request of apid, from its arrival to its answer. */
struct change {
	TAILQ_ENTRY(change) entry;
	TAILQ_ENTRY(change) of_same_name; /* see pending.c; or nearly so */
	enum msg_type type;
	uint32_t id;
	struct child *asker; /* NULL: it has died, nobody wants the answer */
	union {
		struct proxy_create create;
		struct proxy_update update;
		struct proxy_name name;
		struct toxic_create toxic_create;
		struct toxic_update toxic_update;
		struct toxic_name toxic_name;
	} u;
	struct toxics toxics; /* of PROXY_CREATE and _POPULATE, being read */
	uint32_t ntoxics;
	uint64_t config_print;    /* see struct proxy */
	struct endpoint endpoint; /* whose address it needs */
	struct waiter waiter;     /* for that */
	struct address address;   /* found */

	/* what has been prepared: all that it needs to be done */
	struct proxy *proxy;     /* that it is about, or will replace */
	struct proxy *made;      /* PROXY_CREATE, _POPULATE: to be */
	struct store_proxy kept; /* the proxy as it will be */
	struct difference difference;
	struct toxic_spec *spec; /* TOXIC_UPDATE: the whole toxic; or NULL */
	int fd;                  /* listens where it will be; or -1 */
	struct address bound;

	uint32_t ntoxics_to_be; /* counted for it in toxid */
	int is_sent;            /* to stored */
	int deaths;             /* of a stored that had it in hand */
	int is_unsure;   /* may have been stored: until all is said anew */
	uint32_t serial; /* of the answer it waits for; 0: a death */
	int64_t deadline;
	struct answer answer;
};

/*
 * How many user ids children have, as root: all that systemd keeps for users of
 * no account.  Each proxy and each spare has one; the rest is for workers that
 * are dying.
 */
#define UIDS 4336
#define MAX_PROXIES 4000
#define MAX_SPARES 256

#define ALLOW_HOSTS_MAX 64
struct host_names {
	const char *names[ALLOW_HOSTS_MAX];
	size_t n;
};

struct options {
	const char *host, *port;
	struct host_names allow_hosts;
	const char *config;
	const char *check; /* a file, instead of a start; NULL: none */
	int64_t reload;    /* a process, instead of a start; 0: none */
	int64_t seed;
	int proxy_metrics, runtime_metrics, debug_toxics;
	int64_t max_proxies, uid_base, spares;
	int64_t drain; /* s */
	int64_t session_buffer, worker_buffer, total_buffer, worker_memory;
	const char *state, *durability;
	const char *log_format;
	int version;
};

/* Where the truth is kept: see store.c. */
struct store {
	int dir_fd;  /* of stored; -1: nothing is kept */
	int lock_fd; /* of its folder: there is one toxid to it */
	int is_loaded, is_synced;
	int is_populated;      /* the configuration file is in the truth */
	int is_stale;          /* the sync under way does not say it all */
	uint32_t serial;       /* of the load or sync that is under way; or 0 */
	uint32_t populated;    /* serial of that change; or 0 */
	struct proxy *loading; /* its toxics are still coming */
	int64_t loading_since, tell_at;
	unsigned int load_deaths, sync_deaths;
	uint32_t probe;   /* the proxy that it has in hand; 0: none */
	uint32_t ping;    /* what its PONG is waited for; or 0 */
	int64_t retry_at; /* of proxies that were left out; 0: there are none */
	uint32_t suspect; /* the one of the last death */
	int64_t sync_at;  /* the next try */
	unsigned int nsent;         /* changes that it has not answered */
	struct store_result result; /* of the last thing that was asked */
	/* what became of a change, which is not in its hands any more */
	void (*stored)(struct change *, enum store_code);
};

/* What is to be known of a role: see roles.c. */
struct role_row {
	const char *title;
	uint64_t memory_max; /* 0: as the options say */
	int (*dispatch)(struct child *, struct msg *); /* -1: out of place */
	struct child **only; /* the one child that it has; NULL: many */
	int (*may_start)(void);
	void (*starts)(void);
	void (*died)(struct child *);
};

/* The id of RELAY_DRAIN, and of the RELAY_COUNTERS that answer it. */
#define DRAIN_ID 1

struct supervisor {
	struct options options;
	int log_level;
	uint64_t started; /* s since the epoch, for the metrics */
	int epoll_fd, signal_fd;
	int is_root;      /* children get uids and a root directory */
	int empty_dir_fd; /* that root directory, -1 without is_root */
	int api_fd;       /* the listening descriptor; -1: not yet */
	const struct role_row *roles;
	struct children children;
	struct children dead; /* freed at the end of a turn of the loop */
	struct child *apid, *diald, *resolvd, *stored;
	int lacks_resolver; /* diald has no line to resolvd, for want of one */
	struct restarts restarts[ROLE_MAX];
	int64_t restart_at[ROLE_MAX];    /* relayd: of the spares */
	int64_t restart_delay[ROLE_MAX]; /* that it is, or was, away for */
	struct log_quota logs[ROLE_MAX]; /* of those without a proxy */
	struct children borrowers;       /* that wait, in the order of asking */
	uint64_t lent;                   /* bytes, to all workers together */
	struct proxies proxies;
	void *proxies_by_name;      /* tsearch(3) */
	unsigned int nproxies;      /* those that are to be, too */
	unsigned int ntoxics;       /* of all proxies */
	unsigned int ntoxics_to_be; /* of changes being committed */
	uint32_t next_proxy_id, next_serial, last_line;
	struct change *reading; /* its PROXY_CREATE_TOXICs are still coming */
	struct changes resolving;
	struct changes storing; /* sent to stored, or waiting for one */
	struct changes queued;  /* for one of .storing with their proxy */
	struct store store;
	int64_t tick_at;
	int64_t vitals_at;
	int is_draining;    /* no new clients, no changes: see drain.c */
	int is_upgrading;   /* no child is to be started: see upgrade.c */
	int may_start_more; /* of the roles: the loop looks */
	int quit;
};

extern struct supervisor toxid;

/* state.c */
void state_init(void);

/* give_up.c: the end of a start that cannot succeed; says why, exits with 1. */
void give_up(const char *why) __attribute__((__noreturn__));

/* options.c: Go's flag syntax; exits on -h, -version and mistakes. */
void options_parse(struct options *, int argc, char *argv[]);
int options_log_level(const char *value, int *known);
int options_are_durable(const struct options *);

/* output.c: the log's only way out; never blocks. */
void output_open(const char *format);
size_t output_line(/* bytes, written or not */
    const char *role, const char *proxy, const struct log_record *);
void output_own(const struct log_record *); /* what the supervisor says */
void output_flush(void);
uint64_t output_dropped(void);
void output_refuse(void);

/* quota.c: what a child may cost the others */
void quota_log(const struct child *, const struct log_record *);
int quota_messages(struct child *);
void quota_messages_read(struct child *);
void quota_tick(int64_t now);

/* Above all that a child finds at a fixed number: what it is given is there. */
#define FD_MIN 16

/* spawn.c: the only fork, but for the trial of an upgrade.  The pid, or -1. */
void spawn_init(void);
pid_t spawn(enum role, const char *title, int chan_fd);

/* watch.c */
int watch_add(struct child *); /* -1: no memory for it */
void watch_remove(struct child *);
void watch_update(struct child *); /* what it waits for may have changed */

/* child.c */
struct child *child_new(enum role);
struct child *child_adopt(pid_t, int chan_fd, enum child_state);
struct child *child_find(pid_t);                  /* NULL: it is none */
uint32_t child_uid(enum role, unsigned int slot); /* slot: of a relayd */
void child_end(struct child *);
void child_kill(struct child *, const char *why); /* ... and say so */
void child_send_sized(struct child *, enum msg_type, uint32_t id,
    const void *payload, size_t size, int fd);
#define child_send(child, type, id, payload, fd) \
	child_send_sized(child, type, id, payload, sizeof(*(payload)), fd)
void child_send_nothing(struct child *, enum msg_type, uint32_t id);
void child_writable(struct child *); /* what waited can go */
void children_free_dead(void);
void children_end_all(void);

/* roles.c */
void roles_init(void);
void roles_reap(void);
void roles_start(int64_t now); /* whoever is not there, and may be */

/* dispatch.c: what a child says */
/* 0, or -1 and errno: it is not to be listened to any more. */
int child_hear(struct child *, int n);
void child_readable(struct child *);

/* heart.c: does a child live? */
void heart_beats(struct child *); /* it has said so */
void hearts_tick(int64_t now);
void hearts_forgive(int64_t late); /* ns in which nobody had any time */

/* vitals.c */
struct rusage;
void vitals_bury(enum role, const struct rusage *);
void vitals_report(void);

/* restarts.c */
void restarts_init(struct restarts *);
int64_t restarts_delay(struct restarts *, int64_t lived); /* ns to wait */
void restarts_hold_off(enum role, int64_t lived); /* one of it has died */

/* listen.c: the only bind.  0, or -1 and errno. */
int descriptor_is_reserved(int fd);
int listen_open(const struct address *, int *fd, struct address *bound);
int listen_instead(
    int old, const struct address *, int *fd, struct address *bound);
int listen_anew(int *fd, const struct address *);
int listen_socket(const struct address *); /* as they all begin */
void listen_give_up(int fd);
void listen_again(int fd);
void listen_close(int *fd);

/* inspect.c: is it as listen_open() made it?  NULL, or what is not. */
const char *listen_fault(int fd, const struct address *);
int listen_accepts(int fd);

/* listeners.c: what children have done to theirs */
void listener_examine(struct proxy *);
int listener_examine_api(void);
void listeners_tick(int64_t now);

/* proxies.c */
struct proxy *proxy_find(const char *name); /* not one that is_new */
struct change *proxy_storing(const char *name);
struct proxy *proxy_new(const struct proxy_spec *);
void proxy_discard(struct proxy *); /* one that is_new still */
void proxy_enter(struct proxy *, struct proxy *old);
void proxy_remove(struct proxy *);
void proxy_listens(struct proxy *, int fd, const struct address *bound);
void proxy_stops(struct proxy *);
struct toxic *proxy_toxic_find(const struct proxy *, const char *name);
struct toxic *proxy_toxic_add(struct proxy *, const struct toxic_spec *);
void proxy_toxics_take(struct proxy *, struct toxics *);
void proxy_toxic_remove(struct proxy *, struct toxic *);
int toxics_add(struct toxics *, const struct toxic_spec *);
void toxics_free(struct toxics *);

/* workers.c: relayd for proxies, and the spare ones */
void worker_assign(struct proxy *);
int worker_dismiss(struct proxy *, struct change *); /* 1: it waits */
void worker_retire(struct proxy *);
void worker_died(struct child *);
void worker_counters(struct child *, const struct counters *);
uint64_t workers_sessions(void); /* open, as far as was said */
void workers_tick(int64_t now);
void worker_wait(struct child *, struct change *, uint32_t serial);

/* lines.c: between workers and diald */
void line_give(struct child *worker);
void lines_give(void); /* a new diald */
void lines_end(void);  /* diald is about to be ended on purpose */
void lines_tick(int64_t now);
void line_proxy_gone(const struct proxy *);
int line_worker_blamed(struct child *diald, uint32_t line);
void line_diald_blamed(struct child *worker, uint32_t line);

/* leases.c: what workers may hold back, all together */
int lease_borrow(struct child *, uint64_t bytes);
int lease_return(struct child *, uint64_t bytes);
void lease_adopt(struct child *, uint64_t lent, uint64_t borrows);
void lease_retire(struct child *);
void lease_end(struct child *);
unsigned int leases_waiting(void);

/* replica.c: what apid knows of the truth */
void replica_feed(void);
void replica_proxy(const struct proxy *);
void replica_proxy_gone(const struct proxy *);
void replica_toxic(const struct proxy *, const struct toxic *);
void replica_toxic_gone(const struct proxy *, const struct toxic *);
void replica_counters(const struct proxy *);

/* change.c: one request */
struct change *change_new(enum msg_type, uint32_t id, struct child *asker);
int changes_are_too_many(void);
uint32_t change_serial(void);
int change_count_toxics(struct change *, uint32_t n);
void change_uncount_toxics(struct change *);
void change_answer(struct change *);
void change_refuse(struct change *, enum answer_code);
const char *change_proxy_name(const struct change *);
int change_makes_a_proxy(const struct change *);
int change_toxic_is_offered(const struct toxic_spec *);
int change_read_toxic(struct change *, const struct msg *);

/* pending.c: toxid.resolving and toxid.queued, by proxy */
void pending_init(void);
void pending_resolve(struct change *);
void pending_resolved(struct change *);
int pending_is_being_made(const char *proxy);
int change_has_to_wait(const struct change *);
void pending_queue(struct change *);
void pending_dequeue(struct change *);
struct change *pending_queued(const char *proxy); /* the first */

/* changes.c: requests on their way to an answer */
void change_start(struct change *);
void changes_stored(struct change *, enum store_code);
void changes_tick(int64_t now);
void changes_forget_asker(const struct child *);

/* prepare.c: all that may fail, before anything is done */
const struct endpoint *change_endpoint(
    const struct change *, enum answer_stage *);
/* ANSWER_OK: it can be done.  Else its answer; nothing has been prepared. */
enum answer_code change_prepare(struct change *);
int proxy_listens_at(
    const struct proxy *, const struct endpoint *given, const struct address *);
void change_undo(struct change *);

/* commit.c: what each request does to the truth, at once and whole */
void change_commit(struct change *);
void change_add_proxy(struct change *, struct proxy *old);
void change_stored(struct change *, enum store_code);

/* change_log.c */
void change_log(const struct change *);

/* store.c: the truth as it is kept, and back at the next start */
void store_init(void);
int store_is_used(void);
int store_is_failing(void);
void store_start(void); /* there is a new stored */
void store_died(struct child *);
void store_populated(void);
void store_change(struct change *);
void store_resync(void); /* the truth has changed, by more than a change */
void store_tick(int64_t now);
int store_stored(uint32_t id, const struct store_result *);

/* store_tell.c */
void store_send_sized(
    enum msg_type, uint32_t id, const void *payload, size_t size);
#define store_send(type, payload) \
	store_send_sized(type, 0, payload, sizeof(*(payload)))
void store_send_nothing(enum msg_type, uint32_t id);
int store_is_there(void);
void store_send_waiting(void);
void store_sync_start(void);
int store_ponged(uint32_t id);

/* store_load.c */
void store_load(void);
int store_loads_proxy(const struct stored_proxy *);
int store_loads_toxic(const struct toxic_create *);
void store_loaded(const struct store_result *);
void store_died_loading(int was_ready);
void store_watch_load(int64_t now);

/* state_dir.c: where stored's folder is */
void state_dir_bad(const char *why) __attribute__((__noreturn__));
void state_dir_open(const char *path, int *dir_fd, int *lock_fd);

/* config_file.c: until the first apid has populated from it */
int config_file_open(const char *path); /* never waits; -1 and errno */
void config_open(void);
int config_fd(void);
void config_close(void);
int config_offer(struct child *apid);
void config_reader_died(const struct child *apid);

/* restore.c: proxies whose address was not to be had */
void restore_all(void);
void restore_tick(int64_t now);

/* difference.c: between the configuration file and the truth */
enum plan {
	PLAN_KEEP,  /* its entry is as it was */
	PLAN_ADOPT, /* is there already, and its entry is new */
	PLAN_MAKE,
	PLAN_REPLACE,
	PLAN_MAX
};
struct wanted {
	TAILQ_ENTRY(wanted) entry;
	struct change *change; /* a PROXY_POPULATE of nobody's */
	int is_asked;          /* for the address of its listen */
	enum plan plan;
	uint32_t line, column; /* where the file says listen */
	int fd; /* if it is to listen: bound ahead of all changes */
	struct address bound;
};
TAILQ_HEAD(wanteds, wanted);

void wanted_failure(
    const struct wanted *, const char *text, char *why, size_t size);
uint64_t difference_print(const struct change *);
void difference_plan(struct wanteds *);
int difference_apply(struct wanteds *, char *why, size_t size);

/* settings.c: what the configuration file says of toxid itself */
void settings_read(void);
/* "FILE:LINE:COLUMN: why"; returns text. */
const char *settings_place(
    const struct config_end *, const char *path, char *text, size_t size);
void settings_check(void) __attribute__((__noreturn__)); /* -check */
int settings_say(const struct child *, const struct msg *);

/*
 * SIGHUP with this value, by sigqueue(3), is a question: the answer is such a
 * signal with 1 for well, 0 for not.  By itself it does nothing to anybody.
 */
#define RELOAD_QUESTION 0x7265
#define RELOAD_ANSWER SIGURG

/* ask.c: -reload, in another process than toxid; the exit status says it */
void ask_to_reload(pid_t) __attribute__((__noreturn__));

/* reload.c: SIGHUP */
void reload_asked(void);
void reload_asked_by(pid_t); /* ... who waits for how it went */
int reload_is_on(void);
void reload_tick(int64_t now);
void reload_reader_died(struct child *);

/* mishaps.c */
struct mishap {
	uint64_t at; /* s since the epoch */
	char text[HEALTH_TEXT_MAX + 1];
	char proxy[PROXY_NAME_MAX + 1];
};
void mishap_note(enum role, const struct proxy *, const char *text);
const struct mishap *mishap_last(enum role);

/* health.c */
void health_feed(void); /* a new apid */
void health_tick(int64_t now);

/* notify.c: to systemd, or who has taken its place */
void notify_open(void);
void notify_tick(int64_t now);
void notify_stopping(void);
void notify_reloading(void);
void notify_reloaded(void);

/* drain.c: the end, at once or when the last session has ended */
void drain_asked(void); /* by a signal */
void drain_tick(int64_t now);

/* upgrade.c: SIGUSR2, and what follows it in the new program */
void upgrade_init(char *argv[]);
int upgrade_is_trial(void);
void upgrade_try(void) __attribute__((__noreturn__));
int upgrade_is_takeover(void);
void upgrade_take_over(void);
void upgrade_asked(void);
int upgrade_trial_died(pid_t, int status); /* was it that? */
void upgrade_forgive(int64_t late);        /* ns in which nobody had any time */
void upgrade_tick(int64_t now);

/* clients.c: of the API, in an upgrade */
int clients_adopt(int fd);      /* an earlier program had it; or -1 */
int clients_given_back(int fd); /* by apid; -1: not now, or it is none */
void clients_feed(struct child *apid);
const int *clients_all(unsigned int *n);

/* api.c: the listening descriptor of the API, and who may call it */
void api_take_token(void); /* out of the environment */
void api_feed(struct child *apid);
int api_lend(struct child *apid);
void api_resolve(void);
int api_address(struct address *);

/* dispatch_resolvd.c: names, and the line between diald and resolvd */
void resolver_open(void);
void resolver_connect(void);
int resolver_is_bad(uint32_t line); /* diald says so; -1: malformed */
void resolver_died(void);
void resolver_tick(int64_t now);
const struct address *resolver_to_bind(const struct lookup_result *);

/* dispatch_*.c: what each child may say; -1: malformed or out of place */
int dispatch_apid(struct child *, struct msg *);
int dispatch_config(struct child *, struct msg *); /* reload.c */
int dispatch_relayd(struct child *, struct msg *);
int dispatch_diald(struct child *, struct msg *);
int dispatch_resolvd(struct child *, struct msg *);
int dispatch_stored(struct child *, struct msg *);

/* loop.c */
void loop_init(void);
void loop_tick(int64_t now);
void loop_run(void);

/*
 * handover.c: the truth and the workers, from one program to the next.  The
 * format is raised with every change of a struct that is handed over, or of
 * one in it; the digest is theirs, in that format: a unit test says what it is.
 */
#define HANDOVER_FORMAT 4
#define HANDOVER_DIGEST UINT64_C(0x9d3af8009f2e3f0b)
int handover_save(int fd);
int handover_load(int fd, int is_trial, uint32_t *msg_version);

#endif
