/* SPDX-License-Identifier: ISC */
/*
 * The configuration file.  The first apid populates from it before anybody is
 * served; when it is to be read again, or only checked, another one tells what
 * is in it.
 */

#include <stdlib.h>
#include <string.h>

#include "apid.h"
#include "file.h"
#include "fnv.h"
#include "log.h"
#include "text_put.h"

static void
say(enum msg_type type, uint32_t id, const void *payload, size_t size)
{
	if (chan_send_sized(&apid.ctld, type, id, payload, size, -1) == -1)
		fatal("%s", __func__);
}

/* What guards toxid; NULL: it has nothing of the kind. */
static const char *
guard_of(const struct config *c)
{
	if (c->has_api)
		return "api";
	if (c->ntenants > 0)
		return "tenants";
	if (c->nlists_of_clients > 0)
		return "clients";
	if (c->nlimits > 0)
		return "limits";
	if (c->nrules == 0)
		return NULL;
	return c->rules[0].list == RULES_CLIENTS ? "clients" : "upstreams";
}

/*
 * The print of a file with such: of all of its text, as what it has of proxies
 * belongs to what it says of who may make them.
 */
static uint64_t
guards_print(const struct config *c)
{
	uint64_t print = fnv1a(FNV_BASIS, c->text, c->len);

	if (guard_of(c) == NULL)
		return 0;
	return print != 0 ? print : 1;
}

static void
tell_end(const struct config *c, const struct failure *f)
{
	struct config_end end;
	struct place p;

	memset(&end, 0, sizeof(end));
	if (f != NULL) {
		end.is_bad = 1;
		config_describe(c, f, &p, end.why);
		end.line = p.line;
		end.column = p.column;
	}
	end.is_durable = (uint8_t)c->is_durable;
	end.is_socket_off = (uint8_t)c->is_socket_off;
	if (f == NULL)
		end.guards_print = guards_print(c);
	say(MSG_CONFIG_END, 0, &end, sizeof(end));
}

/* ---- populating */

static struct {
	struct populate *populate; /* NULL: it is done */
	struct config config;
	char path[CONFIG_PATH_MAX + 1];
} pending;

int
config_is_pending(void)
{
	return pending.populate != NULL;
}

/* "proxies.json:3:14: why" */
static void
say_place(const struct place *p, const char *why, char *text, size_t size)
{
	if (p->line > 0)
		snprintf(text, size, "%s:%u:%u: %s", pending.path, p->line,
		    p->column, why);
	else
		snprintf(text, size, "%s: %s", pending.path, why);
}

static void
failed(const struct failure *f)
{
	char why[FAULT_MAX], text[FAULT_MAX + CONFIG_PATH_MAX + 32];
	struct place p;

	config_describe(&pending.config, f, &p, why);
	say_place(&p, why, text, sizeof(text));
	log_event(LOG_ERROR, "Failed to populate proxies from file",
	    LOG_STR("error", text));
}

static void
warn(const struct place *p, const char *why)
{
	char text[FAULT_MAX + CONFIG_PATH_MAX + 32];

	say_place(p, why, text, sizeof(text));
	log_event(LOG_WARN, "Part of the configuration file has no meaning",
	    LOG_STR("error", text));
}

/* An address in use may be another entry's. */
static void
entry_failed(const struct populate *p, const struct failure *why)
{
	struct failure f = *why;
	char name[PROXY_KEY_TEXT_MAX + 1];
	size_t other = faults_clash(p->entries, p->n, p->next);
	size_t len = strlen(f.text);

	f.entry = (int)p->next + 1;
	if (f.status == 500 || f.status == 403)
		failure_at(&f, "listen");
	if (f.status == 500 && other < p->n) {
		proxy_key_text(&p->entries[other].spec.key, name);
		snprintf(f.text + len, sizeof(f.text) - len,
		    ": proxy \"%.192s\" listens there", name);
	}
	failed(&f);
}

static void
config_done(struct populate *p, const struct failure *f)
{
	if (f != NULL)
		entry_failed(p, f);
	else
		log_event(LOG_INFO, "Populated proxies from file",
		    LOG_INT("proxies", (int64_t)p->n));
	pending.populate = NULL;
	populate_free(p);
	config_free(&pending.config);
}

/* By now they are to be in force: what is read once was not read before. */
static int
refuse_guards(
    const struct config *c, const struct config_file *file, struct failure *f)
{
	const char *guard = guard_of(c);

	if (guards_print(c) == file->guards_print)
		return 0;
	if (file->is_stream)
		failure_set(f, 400,
		    "%s: only a regular file may have them: write it to one, "
		    "and name that",
		    guard);
	else
		failure_set(f, 400,
		    "it is not as it was when it was read before: start again");
	if (guard != NULL)
		failure_at(f, guard);
	return -1;
}

/* What nobody knows of may be one. */
static int
may_be_guarded(const struct config *c)
{
	static const char blanks[] = " \t\r\n\xef\xbb\xbf"; /* and a BOM */
	size_t i = 0;

	if (c->text == NULL)
		return 1;
	while (i < c->len &&
	    memchr(blanks, c->text[i], sizeof(blanks) - 1) != NULL)
		i++;
	return i < c->len && c->text[i] == '{';
}

/* Without what guards it toxid does not start: it will not live to serve. */
static void
refuse(const struct config *c, const struct config_file *file,
    const struct failure *f)
{
	if (may_be_guarded(c) || file->guards_print != 0)
		tell_end(c, f);
	else
		failed(f);
}

/* What may not be wrong: 0, or -1 and why. */
static int
decode_guards(struct config *c, int fd, struct failure *f)
{
	return config_open(c, fd, f) == -1 || config_settings(c, f) == -1 ||
		config_guards(c, f) == -1
	    ? -1
	    : 0;
}

/* 0 and its entries, or -1 and why. */
static int
decode_rest(struct config *c, struct proxy_entry **entries, size_t *n,
    struct failure *f)
{
	return config_keys(c, f) == -1 ? -1 : config_entries(c, entries, n, f);
}

void
config_read(int fd, const struct config_file *file)
{
	struct config *c = &pending.config;
	struct proxy_entry *entries;
	struct populate *p;
	struct failure f;
	size_t n;

	text_put(pending.path, sizeof(pending.path), file->path);
	if (decode_guards(c, fd, &f) == -1 ||
	    refuse_guards(c, file, &f) == -1) {
		refuse(c, file, &f);
		config_free(c);
		return;
	}
	if (file->is_done || decode_rest(c, &entries, &n, &f) == -1) {
		if (!file->is_done)
			failed(&f);
		config_free(c);
		return;
	}
	faults_keys(&pending.config, warn);
	if ((p = calloc(1, sizeof(*p))) == NULL)
		fatal("%s", __func__);
	p->done = config_done;
	pending.populate = p;
	populate_start(p, entries, n);
}

/* ---- telling */

/* With its tokens, which stand behind those of the tenants before. */
static void
tell_tenants(const struct config *c)
{
	size_t i, k = 0;

	for (i = 0; i < c->ntenants; i++) {
		say(MSG_CONFIG_TENANT, 0, &c->tenants[i],
		    sizeof(c->tenants[i]));
		for (; k < c->ncredentials &&
		     strcmp(c->credentials[k].tenant, c->tenants[i].name) == 0;
		     k++)
			say(MSG_CONFIG_CREDENTIAL, 0, &c->credentials[k],
			    sizeof(c->credentials[k]));
	}
}

/* Who may call, and how, what each may have, and who may reach whom. */
static void
tell_guards(const struct config *c)
{
	size_t i;

	for (i = 0; i < c->nhosts; i++)
		say(MSG_CONFIG_HOST, 0, &c->hosts[i], sizeof(c->hosts[i]));
	tell_tenants(c);
	for (i = 0; i < c->nlimits; i++)
		say(MSG_CONFIG_LIMITS, 0, &c->limits[i], sizeof(c->limits[i]));
	for (i = 0; i < c->nprofiles; i++)
		say(MSG_CONFIG_PROFILE_TOXIC, 0, &c->profiles[i],
		    sizeof(c->profiles[i]));
	for (i = 0; i < c->nrules; i++)
		say(MSG_CONFIG_RULE, 0, &c->rules[i], sizeof(c->rules[i]));
	for (i = 0; i < c->nlists_of_clients; i++)
		say(MSG_CONFIG_PROXY_CLIENTS, 0, &c->lists_of_clients[i],
		    sizeof(c->lists_of_clients[i]));
}

static void
tell_proxy(const struct config *c, size_t i, const struct proxy_entry *e)
{
	struct place p = config_place(c, i);
	uint32_t id = (uint32_t)i + 1;
	struct config_proxy proxy;
	size_t t;

	memset(&proxy, 0, sizeof(proxy));
	place_path(&p, "listen");
	proxy.create.spec = e->spec;
	proxy.create.ntoxics = (uint32_t)e->ntoxics;
	proxy.line = p.line;
	proxy.column = p.column;
	say(MSG_CONFIG_PROXY, id, &proxy, sizeof(proxy));
	for (t = 0; t < e->ntoxics; t++)
		say(MSG_PROXY_CREATE_TOXIC, id, e->toxics[t],
		    sizeof(*e->toxics[t]));
}

/* Of two of one name the last counts: only that one can be in the way. */
static int
find_clash(
    const struct proxy_entry *entries, size_t n, size_t *i, struct failure *f)
{
	char name[PROXY_KEY_TEXT_MAX + 1];
	size_t other, later;

	for (*i = 0; *i < n; ++*i) {
		other = faults_clash(entries, *i, *i);
		for (later = other + 1; other < *i && later < n; later++) {
			if (proxy_key_compare(&entries[later].spec.key,
				&entries[other].spec.key) == 0 ||
			    (later > *i &&
				proxy_key_compare(&entries[later].spec.key,
				    &entries[*i].spec.key) == 0))
				break;
		}
		if (other == *i || later < n)
			continue;
		proxy_key_text(&entries[other].spec.key, name);
		failure_set(f, 400, "listens at %.64s, as proxy \"%.192s\"",
		    entries[*i].spec.listen.text, name);
		failure_at(f, "listen");
		f->entry = (int)*i + 1;
		return -1;
	}
	return 0;
}

void
config_tell(int fd)
{
	struct proxy_entry *entries;
	struct config c;
	struct failure f;
	size_t i, n;

	if (decode_guards(&c, fd, &f) == -1 ||
	    decode_rest(&c, &entries, &n, &f) == -1) {
		tell_end(&c, &f);
	} else if (find_clash(entries, n, &i, &f) == -1) {
		tell_end(&c, &f);
		proxy_entries_free(entries, n);
	} else {
		tell_guards(&c);
		for (i = 0; i < n; i++)
			tell_proxy(&c, i, &entries[i]);
		tell_end(&c, NULL);
		proxy_entries_free(entries, n);
	}
	config_free(&c);
}

/* Before all else is started only these count. */
void
config_tell_settings(int fd)
{
	struct config c;
	struct failure f;

	if (decode_guards(&c, fd, &f) == -1) {
		tell_end(&c, &f);
	} else {
		tell_guards(&c);
		tell_end(&c, NULL);
	}
	config_free(&c);
}

/* ---- checking */

static void
tell_fault(const struct place *p, const char *text)
{
	struct config_fault fault;

	memset(&fault, 0, sizeof(fault));
	fault.line = p->line;
	fault.column = p->column;
	text_put(fault.text, sizeof(fault.text), text);
	say(MSG_CONFIG_FAULT, 0, &fault, sizeof(fault));
}

/* Whether it may listen there is not known here. */
static void
tell_listener(const struct place *p, const struct proxy_entry *e)
{
	struct config_proxy proxy;

	memset(&proxy, 0, sizeof(proxy));
	proxy.create.spec = e->spec;
	proxy.line = p->line;
	proxy.column = p->column;
	say(MSG_CONFIG_PROXY, 0, &proxy, sizeof(proxy));
}

void
config_check(int fd)
{
	struct config_end end;
	struct config c;
	struct failure f;

	memset(&end, 0, sizeof(end));
	if (config_open(&c, fd, &f) == -1)
		tell_end(&c, &f);
	else {
		faults_all(&c, tell_fault, tell_listener, &end);
		say(MSG_CONFIG_END, 0, &end, sizeof(end));
	}
	config_free(&c);
}
