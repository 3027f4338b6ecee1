/* SPDX-License-Identifier: ISC */
#ifndef FILE_SETTINGS_H
#define FILE_SETTINGS_H

#include "agreed.h"
#include "api_settings.h"
#include "file_profiles.h"
#include "proxy_clients.h"
#include "tenant_limits.h"
#include "rules.h"
#include "tenants.h"

/*
 * What a configuration file says beside proxies: while its reader says it, and
 * then, to ctld and to who has to know.
 */

struct msg;

/* Zeros: nothing yet. */
struct file_settings {
	struct api_settings api;
	struct tenants tenants;
	struct rules rules;
	struct clients_lists clients; /* of proxies */
	struct limits limits;
	struct file_profiles profiles;
};

/*
 * A CONFIG_HOST, _TENANT, _CREDENTIAL, _LIMITS, _RULE, _PROXY_CLIENTS or
 * _PROFILE_TOXIC.  0; -1: no honest reader says it; or -2: no memory.
 */
int file_settings_read(struct file_settings *, const struct msg *);
/* That was all of them: 0, or -1, as above. */
int file_settings_end(struct file_settings *);
void file_settings_free(struct file_settings *);

/* Of the journal, in bytes. */
/* What is not the file's, and stays, is to be applied with it.  0, or -1: no
 * memory. */
int file_settings_inherit(struct file_settings *);
size_t file_settings_room(const struct file_settings *);

/* 0, or -1 and why: tenants that are no more in it have proxies that stay. */
int file_settings_orphans(const struct file_settings *, char *why, size_t size);

/* A token for all, and tenants: which of the two? */
int file_settings_clash(const struct file_settings *);
#define SETTINGS_CLASH "tenants and " TOKEN_NAME " cannot both say who may call"

/* From now on they count; it is empty then.  Cannot fail. */
void file_settings_apply(struct file_settings *);

#endif
