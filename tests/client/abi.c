/* SPDX-License-Identifier: ISC */
/* What a program that was compiled with <toxi.h> relies on: see abi.txt. */

#include <stddef.h>
#include <stdio.h>
#include <toxi_event.h>

#define CODE(name) printf(#name " = %d\n", (int)(name))
#define SIZE(type) printf("struct " #type ": %zu bytes\n", sizeof(struct type))
#define AT(type, member) \
	printf("\t%s at %zu\n", #member, offsetof(struct type, member))

static void
constants(void)
{
	CODE(TOXI_OK);
	CODE(TOXI_ERR_ARGUMENT);
	CODE(TOXI_ERR_NOMEM);
	CODE(TOXI_ERR_CONNECT);
	CODE(TOXI_ERR_TIMEOUT);
	CODE(TOXI_ERR_TRANSPORT);
	CODE(TOXI_ERR_PROTOCOL);
	CODE(TOXI_ERR_HTTP);
	CODE(TOXI_ERR_UNSUPPORTED);
	CODE(TOXI_ERR_SYSTEM);
	CODE(TOXI_ERR_CANCELLED);
	CODE(TOXI_DOWNSTREAM);
	CODE(TOXI_UPSTREAM);
	CODE(TOXI_UNCHANGED);
	CODE(TOXI_ENABLED);
	CODE(TOXI_DISABLED);
	CODE(TOXI_ATTRIBUTES);
	CODE(TOXI_INTEGER);
	CODE(TOXI_FRACTION);
	CODE(TOXI_TEXT);
	CODE(TOXI_INTEGERS);
	CODE(TOXI_TEXTS);
	CODE(TOXI_JSON);
	CODE(TOXI_KEEP);
	CODE(TOXI_SESSION_DIALLING);
	CODE(TOXI_SESSION_OPEN);
	CODE(TOXI_SESSION_HALF_CLOSED);
	CODE(TOXI_SESSION_DRAINING);
	CODE(TOXI_SESSION_ENDED);
	CODE(TOXI_CLOSE);
	CODE(TOXI_RESET);
}

static void
data(void)
{
	SIZE(toxi_attribute);
	AT(toxi_attribute, name);
	AT(toxi_attribute, kind);
	AT(toxi_attribute, value);
	AT(toxi_attribute, fraction);
	AT(toxi_attribute, text);
	AT(toxi_attribute, integers);
	AT(toxi_attribute, texts);
	AT(toxi_attribute, n);
	AT(toxi_attribute, json);
	SIZE(toxi_select);
	AT(toxi_select, first);
	AT(toxi_select, every);
	AT(toxi_select, offset);
	AT(toxi_select, after_ms);
	AT(toxi_select, duration_ms);
	AT(toxi_select, clients);
	AT(toxi_select, n_clients);
	SIZE(toxi_wave);
	AT(toxi_wave, attribute);
	AT(toxi_wave, shape);
	AT(toxi_wave, period);
	AT(toxi_wave, amplitude);
	SIZE(toxi_toxic);
	AT(toxi_toxic, name);
	AT(toxi_toxic, type);
	AT(toxi_toxic, stream);
	AT(toxi_toxic, toxicity);
	AT(toxi_toxic, attributes);
	AT(toxi_toxic, select);
	AT(toxi_toxic, owner);
	AT(toxi_toxic, waves);
	AT(toxi_toxic, n_waves);
	SIZE(toxi_toxics);
	AT(toxi_toxics, list);
	AT(toxi_toxics, n);
	SIZE(toxi_connect);
	AT(toxi_connect, mode);
	AT(toxi_connect, dial_fail);
	AT(toxi_connect, delay_ms);
	AT(toxi_connect, dial_delay_ms);
	AT(toxi_connect, syn_loss);
	SIZE(toxi_proxy);
	AT(toxi_proxy, name);
	AT(toxi_proxy, listen);
	AT(toxi_proxy, upstream);
	AT(toxi_proxy, state);
	AT(toxi_proxy, halted);
	AT(toxi_proxy, toxics);
	AT(toxi_proxy, connect);
	SIZE(toxi_proxies);
	AT(toxi_proxies, list);
	AT(toxi_proxies, n);
}

static void
servers(void)
{
	SIZE(toxi_server_options);
	AT(toxi_server_options, path);
	AT(toxi_server_options, args);
	AT(toxi_server_options, timeout_ms);
}

static void
both_ways(void)
{
	SIZE(toxi_error);
	AT(toxi_error, code);
	AT(toxi_error, status);
	AT(toxi_error, error_number);
	AT(toxi_error, call);
	AT(toxi_error, text);
	SIZE(toxi_options);
	AT(toxi_options, url);
	AT(toxi_options, unix_socket);
	AT(toxi_options, http_proxy);
	AT(toxi_options, ca_file);
	AT(toxi_options, cert_file);
	AT(toxi_options, key_file);
	AT(toxi_options, insecure);
	AT(toxi_options, connect_timeout_ms);
	AT(toxi_options, timeout_ms);
	AT(toxi_options, headers);
	AT(toxi_options, token);
	AT(toxi_options, tenant);
	SIZE(toxi_reply);
	AT(toxi_reply, error);
	AT(toxi_reply, proxy);
	AT(toxi_reply, proxies);
	AT(toxi_reply, toxic);
	AT(toxi_reply, toxics);
	AT(toxi_reply, text);
	AT(toxi_reply, health);
	AT(toxi_reply, healths);
	AT(toxi_reply, caller);
	AT(toxi_reply, token);
	AT(toxi_reply, tokens);
	AT(toxi_reply, halts);
	AT(toxi_reply, history);
	AT(toxi_reply, session);
	AT(toxi_reply, sessions);
	AT(toxi_reply, stats);
	AT(toxi_reply, waited);
	AT(toxi_reply, profile);
	AT(toxi_reply, profiles);
	AT(toxi_reply, scenario);
	AT(toxi_reply, scenarios);
	SIZE(toxi_profile);
	AT(toxi_profile, name);
	AT(toxi_profile, description);
	AT(toxi_profile, source);
	AT(toxi_profile, loss_percent);
	AT(toxi_profile, toxics);
	AT(toxi_profile, missing);
	AT(toxi_profile, n_missing);
	SIZE(toxi_profiles);
	AT(toxi_profiles, list);
	AT(toxi_profiles, n);
	SIZE(toxi_step);
	AT(toxi_step, duration_ms);
	AT(toxi_step, toxics);
	AT(toxi_step, profile);
	AT(toxi_step, connect);
	AT(toxi_step, missing);
	AT(toxi_step, n_missing);
	SIZE(toxi_steps);
	AT(toxi_steps, list);
	AT(toxi_steps, n);
	SIZE(toxi_scenario);
	AT(toxi_scenario, name);
	AT(toxi_scenario, proxy);
	AT(toxi_scenario, loop);
	AT(toxi_scenario, steps);
	AT(toxi_scenario, ttl_ms);
	AT(toxi_scenario, expires_in_ms);
	AT(toxi_scenario, step);
	AT(toxi_scenario, left_ms);
	AT(toxi_scenario, round);
	AT(toxi_scenario, began);
	AT(toxi_scenario, missing);
	AT(toxi_scenario, n_missing);
	AT(toxi_scenario, id);
	SIZE(toxi_scenarios);
	AT(toxi_scenarios, list);
	AT(toxi_scenarios, n);
}

static void
callers(void)
{
	SIZE(toxi_caller);
	AT(toxi_caller, tenant);
	AT(toxi_caller, role);
	AT(toxi_caller, token);
	AT(toxi_caller, expires);
	AT(toxi_caller, proxies);
	AT(toxi_caller, toxics);
	AT(toxi_caller, limits);
	AT(toxi_caller, nlimits);
	AT(toxi_caller, all_halted);
	AT(toxi_caller, tenant_halted);
	SIZE(toxi_limit);
	AT(toxi_limit, name);
	AT(toxi_limit, limit);
	AT(toxi_limit, used);
	AT(toxi_limit, refused);
	AT(toxi_limit, range);
	SIZE(toxi_token);
	AT(toxi_token, name);
	AT(toxi_token, role);
	AT(toxi_token, expires);
	AT(toxi_token, last_used);
	AT(toxi_token, secret);
	AT(toxi_token, is_of_file);
	SIZE(toxi_halts);
	AT(toxi_halts, halted);
	AT(toxi_halts, all);
	AT(toxi_halts, tenants);
	AT(toxi_halts, n);
	SIZE(toxi_tokens);
	AT(toxi_tokens, list);
	AT(toxi_tokens, n);
}

static void
watched(void)
{
	SIZE(toxi_history);
	AT(toxi_history, list);
	AT(toxi_history, n);
	AT(toxi_history, last);
	SIZE(toxi_history_entry);
	AT(toxi_history_entry, id);
	AT(toxi_history_entry, kind);
	AT(toxi_history_entry, at);
	AT(toxi_history_entry, tenant);
	AT(toxi_history_entry, proxy);
	AT(toxi_history_entry, toxic);
	AT(toxi_history_entry, json);
	SIZE(toxi_health);
	AT(toxi_health, name);
	AT(toxi_health, state);
	AT(toxi_health, open_sessions);
	AT(toxi_health, sessions);
	AT(toxi_health, received);
	AT(toxi_health, sent);
	AT(toxi_health, held_bytes);
	AT(toxi_health, dial_failures);
	AT(toxi_health, dial_error);
	AT(toxi_health, dial_error_time);
	AT(toxi_health, worker_restarts);
	SIZE(toxi_healths);
	AT(toxi_healths, list);
	AT(toxi_healths, n);
}

static void
counted(void)
{
	SIZE(toxi_stats);
	AT(toxi_stats, name);
	AT(toxi_stats, sessions);
	AT(toxi_stats, open_sessions);
	AT(toxi_stats, ended_sessions);
	AT(toxi_stats, dial_failures);
	AT(toxi_stats, toxics);
	AT(toxi_stats, n_toxics);
	SIZE(toxi_toxic_stats);
	AT(toxi_toxic_stats, name);
	AT(toxi_toxic_stats, type);
	AT(toxi_toxic_stats, stream);
	AT(toxi_toxic_stats, hits);
	AT(toxi_toxic_stats, delayed_bytes);
	AT(toxi_toxic_stats, dropped_bytes);
	SIZE(toxi_wait);
	AT(toxi_wait, toxic);
	AT(toxi_wait, hits);
	AT(toxi_wait, sessions);
	AT(toxi_wait, ended);
	AT(toxi_wait, timeout_ms);
	SIZE(toxi_waited);
	AT(toxi_waited, reached);
	AT(toxi_waited, wanted);
}

static void
sessions(void)
{
	SIZE(toxi_toxic_work);
	AT(toxi_toxic_work, name);
	AT(toxi_toxic_work, type);
	AT(toxi_toxic_work, stream);
	AT(toxi_toxic_work, is_active);
	AT(toxi_toxic_work, delayed_bytes);
	AT(toxi_toxic_work, dropped_bytes);
	AT(toxi_toxic_work, slices);
	AT(toxi_toxic_work, cuts);
	AT(toxi_toxic_work, decided);
	AT(toxi_toxic_work, index);
	AT(toxi_toxic_work, is_own);
	SIZE(toxi_proxy_session);
	AT(toxi_proxy_session, id);
	AT(toxi_proxy_session, proxy);
	AT(toxi_proxy_session, client);
	AT(toxi_proxy_session, upstream);
	AT(toxi_proxy_session, address);
	AT(toxi_proxy_session, state);
	AT(toxi_proxy_session, age_ms);
	AT(toxi_proxy_session, sent);
	AT(toxi_proxy_session, held_bytes);
	AT(toxi_proxy_session, toxics);
	AT(toxi_proxy_session, n_toxics);
	AT(toxi_proxy_session, why);
	AT(toxi_proxy_session, toxic);
	AT(toxi_proxy_session, ended_ms);
	AT(toxi_proxy_session, sessions);
	AT(toxi_proxy_session, cause);
	SIZE(toxi_proxy_sessions);
	AT(toxi_proxy_sessions, list);
	AT(toxi_proxy_sessions, n);
	AT(toxi_proxy_sessions, next);
	AT(toxi_proxy_sessions, connections);
	SIZE(toxi_proxy_session_filter);
	AT(toxi_proxy_session_filter, proxy);
	AT(toxi_proxy_session_filter, states);
	AT(toxi_proxy_session_filter, client);
	AT(toxi_proxy_session_filter, cursor);
}

static void
desired(void)
{
	SIZE(toxi_document);
	AT(toxi_document, source);
	AT(toxi_document, generation);
	AT(toxi_document, json);
	AT(toxi_document, if_match);
	AT(toxi_document, force);
	SIZE(toxi_desired);
	AT(toxi_desired, source);
	AT(toxi_desired, generation);
	AT(toxi_desired, applied_at);
	AT(toxi_desired, json);
	AT(toxi_desired, proxies);
	AT(toxi_desired, n_proxies);
	AT(toxi_desired, faults);
	AT(toxi_desired, n_faults);
	AT(toxi_desired, made);
	AT(toxi_desired, replaced);
	AT(toxi_desired, removed);
	AT(toxi_desired, unchanged);
	SIZE(toxi_desired_proxy);
	AT(toxi_desired_proxy, name);
	AT(toxi_desired_proxy, listen);
	AT(toxi_desired_proxy, upstream);
	SIZE(toxi_fault);
	AT(toxi_fault, item);
	AT(toxi_fault, name);
	AT(toxi_fault, field);
	AT(toxi_fault, source);
	AT(toxi_fault, text);
	SIZE(toxi_source);
	AT(toxi_source, name);
	AT(toxi_source, generation);
	AT(toxi_source, applied_at);
	SIZE(toxi_sources);
	AT(toxi_sources, list);
	AT(toxi_sources, n);
}

int
main(void)
{
	constants();
	data();
	both_ways();
	callers();
	watched();
	counted();
	sessions();
	desired();
	servers();
	return 0;
}
