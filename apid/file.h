/* SPDX-License-Identifier: ISC */
#ifndef FILE_H
#define FILE_H

#include "apid.h"
#include "place.h"

/*
 * file.c: a configuration file, and where in it something stands.  entries.c:
 * its proxies.  faults.c: all that is wrong with one, where config.c needs no
 * more than the first.
 */

struct proxy_list; /* entries.c's */

struct config {
	char *text;
	size_t len;
	json_t *json;
	struct proxy_list *lists; /* the nameless tenant's, then the others' */
	size_t nlists;
	int is_durable;
	int has_api;            /* it says something of the API */
	struct api_host *hosts; /* what that may be called */
	size_t nhosts;
	int is_socket_off;
	struct policy_rule *rules; /* of upstreams, and clients */
	size_t nrules;
	struct proxy_clients *lists_of_clients; /* each of a proxy's own */
	size_t nlists_of_clients;
	struct tenant *tenants; /* each of the file's; "": it has no name */
	size_t ntenants;
	struct credential *credentials; /* tenant by tenant */
	size_t ncredentials;
	struct tenant_limits limits_of_all; /* of who says nothing else */
	struct tenant_limits *limits;       /* of each that has some */
	size_t nlimits;
	struct toxic_spec *profiles; /* toxics, each with its owner */
	size_t nprofiles;
	json_t *digests; /* theirs, in hexadecimal, with the path of each */
	int is_settings; /* an object that may say more than proxies */
};

/* Owns fd.  0, or -1 and why; config_free() in any case. */
int config_open(struct config *, int fd, struct failure *);
void config_free(struct config *);

#define FAULT_MAX 504

/* A failure for people: where it is, and in which proxy. */
void config_describe(const struct config *, const struct failure *,
    struct place *, char text[FAULT_MAX]);

/* entries.c */

/*
 * A tenant's proxies: value is an array, or an object of them by name, which
 * stands at that place and has that path.
 */
void config_add_proxies(struct config *, const char *tenant, json_t *value,
    const char *path, const struct place *);
/* All proxies, list by list; the caller's.  0, or -1 and why. */
int config_entries(
    const struct config *, struct proxy_entry **, size_t *n, struct failure *);

size_t config_count(const struct config *);
json_t *config_entry(const struct config *, size_t i);
/* ... copied, with its key for a name if it has none. */
json_t *config_entry_copy(const struct config *, size_t i);
struct place config_place(const struct config *, size_t i);
/* Whose proxy it is: "" is the nameless one. */
const char *config_tenant(const struct config *, size_t i);
/* "": it has no name that could be one. */
const char *config_name(const struct config *, size_t i);
/* "tenants[2].proxies[0]", or "proxies.web" */
struct path config_path(const struct config *, size_t i);
/* For people: "proxy \"web\": ", or of a tenant "proxy \"lab/web\": ". */
void config_who(const struct config *, size_t i, char *text, size_t size);

/* ---- what is wrong */

typedef void report_fn(const struct place *, const char *text);

/*
 * settings.c: the members of an object, but for the proxies.  A reader takes
 * what it can of a value, and complains of all that it cannot.
 */
typedef void tell_fn(
    const struct config *, report_fn *, const struct failure *);
struct reading {
	struct config *config;
	const char *within; /* each path is: "", or "tenants[2]" */
	uint32_t policy_id; /* whose rules are read */
	size_t list_at;     /* where credentials of the same list begin */
	tell_fn *tell;      /* of each complaint, and tells report; or NULL */
	report_fn *report;
	struct failure first; /* complaint, of n */
	size_t n;
};

/*
 * complain.c.  A path is that of a value, "upstreams.deny[2]", or of a key, and
 * what the text begins with: what they are within goes before both.
 */
struct keys;
void complain(struct reading *, const char *path, const char *, ...)
    __attribute__((__format__(printf, 3, 4)));
/* It is unknown; near: the one that was meant, or NULL. */
void complain_of_key(struct reading *, const char *path, const char *near);
/* ... where two keys differ in case: only the last of them would count. */
void complain_of_two(struct reading *, json_t *object, const char *name);
/* Of both, in an object that has these keys and no others. */
void complain_of_keys(struct reading *, json_t *object, const struct keys *);
/* Is it that, an array of so many at most?  Else it has complained. */
int is_object(struct reading *, const char *path, json_t *value);
int is_list(struct reading *, const char *path, json_t *value, size_t max);
/* For a row behind n, which came one by one: there is twice as much at times.
 */
void *room_for_one_more(void *rows, size_t n, size_t size);

/* 0, or -1 and the first thing that is wrong; not of keys that are none. */
int config_settings(struct config *, struct failure *);
/* ... or -1: a key is none, and may have been meant to forbid something. */
int config_guards(const struct config *, struct failure *);
/* All that is, and how many. */
size_t config_settings_faults(struct config *, report_fn *, tell_fn *);
int config_is_setting(const char *key);
/* 0, or -1: one key at least, which *f names with all others like it. */
int config_keys(const struct config *, struct failure *f);
/* Of one: 0, or -1, and it is added to *f. */
int config_key(const char *key, struct failure *f);

typedef void listens_fn(const struct place *, const struct proxy_entry *);

/*
 * faults.c.  listens is called for each entry that is no worse than that there
 * is no such upstream, with the place of its listen.
 */
void faults_all(
    struct config *, report_fn *, listens_fn *listens, struct config_end *);
/* Only what does no harm: keys that are none. */
void faults_keys(const struct config *, report_fn *);
/* The entry that listens where entry i does; or n. */
size_t faults_clash(const struct proxy_entry *, size_t n, size_t i);

/* upstreams.c: whom proxies may reach */

/* What is wrong with a rule that is well written; NULL: nothing. */
typedef const char *rule_fault_fn(const struct policy_rule *);
/* Those of a list, an array, whose path that is. */
void rules_read(struct reading *, enum rule_list, const char *path,
    json_t *values, rule_fault_fn *);
void upstreams_read(struct reading *, json_t *value);
/* Is it that, and no proxy of that name? */
int upstreams_are(const char *key, json_t *value);

/* client_rules.c: who may connect to them */
void client_rules_read(struct reading *, json_t *value);
/* ... to each that says so itself */
void client_rules_read_proxies(struct reading *);
/* 0, or -1: a proxy has a key that is none, and was meant to be such a list. */
int client_rules_are_meant(const struct config *, struct failure *);

/* api_settings.c: how the API may be called */
void api_settings_read(struct reading *, json_t *value);

/* file_profiles.c: networks by name */
void profiles_read(struct reading *, json_t *value);

/* limits.c: what tenants may have */
void limits_read(struct reading *, json_t *value);
/* A tenant's, behind that; value may be NULL. */
void limits_read_tenant(struct reading *, json_t *value, const char *tenant);
void limits_read_end(struct reading *); /* the nameless one's */
/* 0, or -1 and why: no proxy of that tenant may listen there. */
int limits_allow_port(const struct config *, const char *tenant, uint16_t port,
    char *why, size_t size);
/* Are they that, and no proxy of that name? */
int limits_are(const char *key, json_t *value);

/* tenants.c: who may call, and all of the above for each of them */
void tenants_read(struct reading *, json_t *value);

/* credentials.c: their tokens and users */

typedef void credential_fn(struct reading *, json_t *, const struct tenant *);
/* Each of a list, which may be NULL, of so many at most: within its path. */
void credentials_read(struct reading *, const char *key, json_t *list,
    size_t max, const struct tenant *, credential_fn *);
/* NULL: it is no text, of which it has complained, or not there. */
const char *text_read(struct reading *, json_t *object, const char *name);
/* "role" of a token or a user, which stays as it is where that says none. */
void role_read(struct reading *, json_t *object, uint32_t *role);
/* One more; of key it complains where another of the file has the same. */
void credential_add(
    struct reading *, const struct credential *, const char *key);

/* users.c: those of a tenant; NULL: there are none */
void users_read(struct reading *, json_t *users, const struct tenant *);

/* keys.c: those that an entry may have, of a proxy or of a toxic */
extern const struct keys proxy_keys, toxic_keys;
/* ... of a proxy in a document: see documents.h */
extern const struct keys desired_proxy_keys;

/* The key of object that was meant for the wanted one; NULL: none is near. */
const char *keys_find_meant(
    const struct keys *, json_t *object, const char *wanted);
/* The type of toxics that was meant; NULL: none is near. */
const char *type_meant(const char *written);

#endif
