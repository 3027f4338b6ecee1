/* SPDX-License-Identifier: ISC */
/*
 * The truth as it is kept by stored.  At the start it is loaded; from then on
 * the supervisor's own is what counts, and the database is its copy: a new
 * stored, or one that could not keep something, is told all of it anew (sync).
 * Until it has that, changes are refused; nothing else waits for a disk.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "nitems.h"
#include "supervisor.h"

#define STORE_WITHIN (2 * NS_PER_S)
#define SYNC_EVERY NS_PER_S

/* A toxid that has been killed holds its lock until the kernel is done. */
#define LOCK_WITHIN (2 * NS_PER_S)

/* ---- the directory */

static void __attribute__((__noreturn__)) bad_directory(const char *why)
{
	char text[512];

	snprintf(text, sizeof(text), "state directory %s: %s",
	    toxid.options.state, why);
	give_up(text);
}

static void
lock_directory(int fd)
{
	static const struct timespec pause = { .tv_nsec = 10 * NS_PER_MS };
	int64_t deadline = clock_now() + LOCK_WITHIN;

	while (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno != EWOULDBLOCK)
			bad_directory(strerror(errno));
		if (clock_now() > deadline)
			bad_directory("another toxid is using it");
		nanosleep(&pause, NULL);
	}
}

/*
 * What an earlier run left, under another -uid-base or by an ordinary user,
 * becomes stored's.  Only a file that has no other name: it could be anybody's.
 */
static void
give_file(int dir, const char *name, uid_t uid)
{
	struct stat st;
	int fd;

	if ((fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC)) == -1)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
	    st.st_uid != uid &&
	    fchownat(fd, "", uid, (gid_t)uid, AT_EMPTY_PATH) == -1)
		log_warn("%s: %s", __func__, name);
	close(fd);
}

/*
 * By its group it stays open to us: as a service we lack the powers over files
 * that root has, CAP_FOWNER too.
 */
static void
give_directory(int dir, uid_t uid)
{
	static const char *const files[] = { "toxid.db", "toxid.db-wal",
		"toxid.db.damaged" };
	struct stat st;
	size_t i;

	if (fstat(dir, &st) == -1 ||
	    ((st.st_mode & ALLPERMS) != 0750 && fchmod(dir, 0750) == -1) ||
	    fchown(dir, uid, getegid()) == -1)
		bad_directory(strerror(errno));
	for (i = 0; i < nitems(files); i++)
		give_file(dir, files[i], uid);
}

/*
 * Whoever owns the state directory, stored gets a folder of its own in it.
 * After spawn_init(), which finds out what we may.
 */
void
store_init(void)
{
	struct store *s = &toxid.store;
	const char *path = toxid.options.state;
	int fd;

	s->dir_fd = s->lock_fd = -1;
	s->is_loaded = 1; /* all of nothing */
	if (path == NULL || *path == '\0')
		return;
	if (mkdir(path, 0755) == -1 && errno != EEXIST)
		bad_directory(strerror(errno));
	s->lock_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->lock_fd == -1)
		bad_directory(strerror(errno));
	lock_directory(s->lock_fd);
	if (mkdirat(s->lock_fd, "stored", 0700) == -1 && errno != EEXIST)
		bad_directory(strerror(errno));
	fd = openat(s->lock_fd, "stored",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || (s->dir_fd = fcntl(fd, F_DUPFD_CLOEXEC, FD_MIN)) == -1)
		bad_directory(strerror(errno));
	close(fd);
	if (toxid.is_root)
		give_directory(s->dir_fd, child_uid(ROLE_STORED, 0));
	s->is_loaded = 0;
}

/* Does what is acknowledged survive power loss? */
int
store_is_durable(void)
{
	const char *durability = toxid.options.durability;

	return durability != NULL && strcmp(durability, "full") == 0;
}

int
store_is_used(void)
{
	return toxid.store.dir_fd != -1;
}

/* ---- what stored is told */

void
store_send_sized(
    enum msg_type type, uint32_t id, const void *payload, size_t size)
{
	if (toxid.stored != NULL)
		child_send_sized(toxid.stored, type, id, payload, size, -1);
}

static void
send_nothing(enum msg_type type, uint32_t id)
{
	struct nothing nothing = { 0 };

	store_send_sized(type, id, &nothing, sizeof(nothing));
}

static void
send_proxy(const struct proxy *p)
{
	struct store_proxy k = { .config_print = p->config_print,
		.enabled = (uint8_t)p->enabled };
	struct toxic_create create = { .proxy = "" };
	const struct toxic *t;

	snprintf(k.name, sizeof(k.name), "%s", p->name);
	snprintf(k.listen, sizeof(k.listen), "%s", p->listen.text);
	snprintf(k.given, sizeof(k.given), "%s", p->given);
	snprintf(k.upstream, sizeof(k.upstream), "%s", p->upstream.text);
	store_send(MSG_STORE_PROXY, &k);
	snprintf(create.proxy, sizeof(create.proxy), "%s", p->name);
	TAILQ_FOREACH (t, &p->toxics, entry) {
		create.spec = t->spec;
		store_send(MSG_STORE_TOXIC, &create);
	}
}

static void
send_change(struct change *ch)
{
	change_send_to_store(ch);
	ch->is_sent = 1;
	toxid.store.nsent++;
}

/*
 * The whole truth, as one change; and those that waited for it.  None may be
 * under way: it would be kept, and then not be in the truth that was sent.
 */
static void
sync_start(void)
{
	struct store *s = &toxid.store;
	const struct proxy *p;
	struct change *ch;

	s->serial = change_serial();
	s->sync_at = CLOCK_NEVER;
	send_nothing(MSG_STORE_CLEAR, 0);
	TAILQ_FOREACH (p, &toxid.proxies, entry)
		send_proxy(p);
	send_nothing(MSG_STORE_COMMIT, s->serial);
	TAILQ_FOREACH (ch, &toxid.storing, entry)
		send_change(ch);
}

/*
 * A new stored.  What the last one was asked, and had not answered, may have
 * been kept or not: the truth without it, and then it again, comes to the same.
 */
void
store_start(void)
{
	struct store *s = &toxid.store;

	if (!s->is_loaded) {
		s->serial = change_serial();
		send_nothing(MSG_STORE_LOAD, s->serial);
		return;
	}
	sync_start();
}

/* What a stored that died had not loaded to its end is loaded again. */
void
store_died(void)
{
	struct store *s = &toxid.store;
	struct change *ch;
	struct proxy *p;

	s->serial = 0;
	s->is_synced = 0;
	s->loading = NULL;
	s->nsent = 0;
	TAILQ_FOREACH (ch, &toxid.storing, entry)
		ch->is_sent = 0;
	if (s->is_loaded)
		return;
	while ((p = TAILQ_FIRST(&toxid.proxies)) != NULL)
		proxy_remove(p);
}

/* Could it not be kept, the last time that it was tried? */
int
store_is_failing(void)
{
	const struct store *s = &toxid.store;

	return !s->is_synced && s->result.code != STORE_OK;
}

static int
is_there(void)
{
	return toxid.stored != NULL && toxid.stored->state != CHILD_KILLED;
}

static void
sync_if_due(int64_t now)
{
	const struct store *s = &toxid.store;

	if (s->is_loaded && !s->is_synced && s->serial == 0 && s->nsent == 0 &&
	    is_there() && now >= s->sync_at)
		sync_start();
}

/* From now on the change waits for change_stored(). */
void
store_change(struct change *ch)
{
	struct store *s = &toxid.store;

	ch->deadline = clock_now() + STORE_WITHIN;
	ch->serial = change_serial();
	if (store_is_failing() && s->serial == 0) {
		change_stored(ch, (enum store_code)s->result.code);
		return;
	}
	TAILQ_INSERT_TAIL(&toxid.storing, ch, entry);
	if (is_there() && (s->is_synced || s->serial != 0))
		send_change(ch);
}

void
store_resync(void)
{
	struct store *s = &toxid.store;

	if (!store_is_used())
		return;
	s->is_synced = 0;
	s->sync_at = 0;
	sync_if_due(clock_now());
}

/* ---- what stored says */

int
store_loads_proxy(const struct stored_proxy *stored)
{
	struct store *s = &toxid.store;
	struct proxy *p;

	if (s->is_loaded || proxy_find(stored->spec.name) != NULL)
		return -1;
	if ((p = proxy_new(&stored->spec)) == NULL)
		give_up("out of memory");
	snprintf(p->given, sizeof(p->given), "%s", stored->given);
	p->enabled = stored->spec.enabled;
	p->config_print = stored->config_print;
	proxy_enter(p, NULL);
	s->loading = p;
	return 0;
}

int
store_loads_toxic(const struct toxic_create *t)
{
	struct store *s = &toxid.store;

	if (s->loading == NULL || strcmp(s->loading->name, t->proxy) != 0 ||
	    s->loading->ntoxics == PROXY_TOXICS_MAX ||
	    proxy_toxic_find(s->loading, t->spec.name) != NULL)
		return -1;
	if (proxy_toxic_add(s->loading, &t->spec) == NULL)
		give_up("out of memory");
	return 0;
}

/* Starting with nothing would look as if all had been lost, and lose it. */
static void
loaded(const struct store_result *r)
{
	struct store *s = &toxid.store;
	char why[256];

	if (r->code != STORE_OK) {
		snprintf(why, sizeof(why), "the database cannot be read: %s",
		    r->why);
		bad_directory(why);
	}
	s->is_loaded = s->is_synced = 1;
	s->loading = NULL;
	log_event(LOG_INFO, "State restored",
	    LOG_STR("state", toxid.options.state),
	    LOG_INT("proxies", toxid.nproxies));
	if (!r->is_new && toxid.config_fd != -1) {
		log_event(LOG_INFO,
		    "Config file not read: the state directory has the truth",
		    LOG_STR("config", toxid.options.config));
		close(toxid.config_fd);
		toxid.config_fd = -1;
	}
	restore_all();
	children_restart(clock_now()); /* apid may come */
}

/* It is said once when it begins, and once when it ends. */
static void
note(const struct store_result *r)
{
	struct store *s = &toxid.store;

	if (r->code == STORE_OK && s->result.code != STORE_OK)
		log_info("The state is stored again");
	if (r->code != STORE_OK && s->result.code != r->code)
		log_event(LOG_ERROR, "The state cannot be stored",
		    LOG_STR("error", r->why));
	s->result = *r;
	if (r->code == STORE_OK)
		return;
	health_mishap(ROLE_STORED, NULL, r->why);
	s->is_synced = 0;
	s->sync_at = clock_now();
	if (r->code != STORE_CORRUPT) /* which a sync mends */
		s->sync_at += SYNC_EVERY;
}

static struct change *
find_change(uint32_t serial)
{
	struct change *ch;

	TAILQ_FOREACH (ch, &toxid.storing, entry) {
		if (ch->serial == serial)
			break;
	}
	return ch;
}

/* -1: nothing of that id was asked */
int
store_stored(uint32_t id, const struct store_result *r)
{
	struct store *s = &toxid.store;
	struct change *ch;

	if (!s->is_loaded && id == s->serial) {
		s->serial = 0;
		loaded(r);
	} else if (id != 0 && id == s->serial) {
		s->serial = 0;
		s->is_synced = r->code == STORE_OK;
		note(r);
	} else if ((ch = find_change(id)) != NULL && ch->is_sent) {
		TAILQ_REMOVE(&toxid.storing, ch, entry);
		s->nsent -= (unsigned int)ch->is_sent;
		note(r);
		change_stored(ch, (enum store_code)r->code);
	} else {
		return -1;
	}
	sync_if_due(clock_now());
	return 0;
}

/* ---- time */

/*
 * Nobody can say what has become of a change that was not answered: all are
 * refused, and the next stored is told the truth without them.
 */
static void
give_up_changes(void)
{
	static const struct store_result late = { .code = STORE_FAILED,
		.why = "it takes too long" };
	struct change *ch;

	if (toxid.stored != NULL)
		child_kill(toxid.stored, "does not store a change");
	toxid.store.serial = 0;
	note(&late); /* what was queued behind them is refused at once */
	while ((ch = TAILQ_FIRST(&toxid.storing)) != NULL) {
		TAILQ_REMOVE(&toxid.storing, ch, entry);
		change_stored(ch, STORE_FAILED);
	}
}

void
store_tick(int64_t now)
{
	const struct change *ch = TAILQ_FIRST(&toxid.storing);

	if (ch != NULL && now >= ch->deadline)
		give_up_changes();
	sync_if_due(now);
}
