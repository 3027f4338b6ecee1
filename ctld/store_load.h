/* SPDX-License-Identifier: ISC */
#ifndef STORE_LOAD_H
#define STORE_LOAD_H

#include <stdint.h>

/* What stored tells at the start. */

struct credential;
struct halt;
struct scenario_spec;
struct source_scenario;
struct source_state;
struct source_text;
struct store_result;
struct stored_proxy;
struct toxic_create;

void store_load(void);
int store_loads_proxy(const struct stored_proxy *);
int store_loads_token(const struct credential *);
int store_loads_halt(const struct halt *);
int store_loads_source(const struct source_state *);
int store_loads_source_text(const struct source_text *);
int store_loads_source_scenario(const struct source_scenario *);
int store_loads_scenario(const struct scenario_spec *);
int store_loads_scenario_toxic(const struct toxic_create *);
int store_loads_toxic(const struct toxic_create *);
void store_loaded(const struct store_result *);
void store_died_loading(int was_ready);
void store_watch_load(int64_t now);
/* Of a tenant, where nobody says who that is.  It may not return. */
void store_refuse_to_open(const char *tenant, const char *what);

#endif
