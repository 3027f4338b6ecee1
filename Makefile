# toxid: one program per process.  Lists are explicit: a file that is not named
# here is not in the program.  Headers are found by the compiler (-MMD).

PREFIX ?=	/usr/local
LIBEXEC ?=	$(PREFIX)/libexec/toxid
LIBDIR ?=	$(PREFIX)/lib
SHARE =		$(PREFIX)/share
EXAMPLES_DIR =	$(SHARE)/doc/toxid/examples
ETC =		etc/toxid-grafana.json etc/toxid-lab.json etc/toxid-rules.yml \
		etc/toxid-tcp-loss.conf

# The git tag's; `make VERSION=...` is how a package says its own.
VERSION :=	$(shell scripts/version.sh)

CC ?=		cc
CSTD =		-std=gnu11 -D_GNU_SOURCE
WARN =		-Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
		-Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wvla \
		-Wformat=2 -Wundef -Wwrite-strings
HARDEN =	-fstack-protector-strong -fstack-clash-protection \
		-fcf-protection=full
ifeq ($(findstring clang,$(shell ($(CC) --version) 2>/dev/null)),)
HARDEN +=	-ftrivial-auto-var-init=zero # clang 14 has it not yet
endif
CFLAGS ?=	-O2 -g -D_FORTIFY_SOURCE=2 $(HARDEN)
LDHARDEN =	-Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code
ALL_CFLAGS =	$(CSTD) $(WARN) $(CFLAGS) $(DEFINES) $(INC) $(PIC) -MMD -MP \
		$(if $(filter $@,$(VERSIONED)),-D$(VERSION_OF)='"$(VERSION)"')
VERSION_OF =	$(if $(filter $(O)/toxictl/%,$@),TOXICTL_VERSION,TOXID_VERSION)
PIC =		-fPIE
ALL_LDFLAGS =	-pie $(LDHARDEN) $(LDFLAGS)
DEFINES =

# V=1 shows every command whole.
Q =		$(if $(V),,@)

B =		build
# Not in $(B) itself: there the programs have the names of the folders.
O =		$(B)/obj
obj =		$(patsubst %.c,$(O)/%.o,$(1))

PROGRAMS =	$(B)/toxid $(B)/supervisor $(B)/ctld $(B)/apid $(B)/relayd $(B)/diald $(B)/resolvd \
		$(B)/stored

SHARED =	shared/clock.c shared/clock_boot.c shared/clock_used.c shared/descriptors.c shared/log.c shared/log_keys.c \
		shared/random.c shared/reserve.c shared/title.c shared/utf8.c
LOOP =		shared/heap.c shared/timer.c shared/deadlines.c shared/watch.c # epoll, and a heap of times
TOXICS =	proto/toxic_schema.c proto/toxic_tail.c proto/toxic_select.c proto/toxic_spec.c \
		proto/toxic_owner.c proto/toxic_wave.c
SELECT =	proto/toxic_select_text.c # as it is written
PROTO =		proto/address.c proto/chan.c proto/check.c proto/text_put.c proto/connect_spec.c proto/endpoint.c \
		proto/handler.c proto/histogram.c proto/limit.c proto/msg.c proto/policy_rule.c \
		proto/proxy_key.c proto/role.c proto/session_id.c proto/user.c \
		$(PAYLOAD) $(TOXICS)
PAYLOAD =	proto/payload.c proto/payload_api.c proto/payload_child.c \
		proto/payload_config.c proto/payload_dial.c \
		proto/payload_event.c proto/event_fields.c proto/payload_relay.c \
		proto/payload_request.c proto/payload_rules.c \
		proto/payload_desired.c proto/payload_scenario.c \
		proto/payload_sessions.c \
		proto/payload_store.c proto/payload_tenant.c
CHILD =		proto/child.c shared/lockdown.c # what all but toxid and ctld are
TOKEN =		proto/token_digest.c proto/credential.c # libmd
SPLIT =		proto/split.c # reads untrusted text
NAMES =		proto/name.c proto/names.c proto/suspects.c # of those who ask resolvd
EVENTS =	proto/events.c # libevent, and a channel in its loop
# What people write: JSON, and words that are nearly right.
WRITTEN =	shared/meant.c shared/numbers.c shared/place.c

RULES =		proto/policy_text.c proto/bind_policy_text.c # as they are written

# What two programs read: the command line, and who writes the log.
ARGV =		proto/options.c proto/host_name.c proto/bind_policy.c proto/bind_policy_text.c \
		shared/log_line.c shared/output.c

START =		$(ARGV) proto/identity.c start/main.c start/api_socket.c start/environment.c \
		start/give_up.c start/high.c start/identities.c start/loss.c start/notify.c \
		start/programs.c start/reload.c start/state_dir.c start/token.c \
		start/way.c

SUPERVISOR =	proto/bind_policy.c proto/identity.c proto/priv.c \
		supervisor/main.c supervisor/tables.c \
		supervisor/loop.c supervisor/children.c \
		supervisor/listeners.c supervisor/notices.c \
		supervisor/remarks.c \
		supervisor/trial.c supervisor/wishes.c supervisor/answers.c \
		supervisor/ctld.c supervisor/listen.c \
		supervisor/spawn.c

CTLD =		$(ARGV) $(TOKEN) proto/priv.c $(LOOP) ctld/main.c ctld/listen.c ctld/state.c \
		ctld/agenda.c ctld/mode.c ctld/restarts.c ctld/mishaps.c ctld/child_watch.c \
		ctld/due.c ctld/toxid.c ctld/heritage.c ctld/journal.c \
		ctld/truth.c ctld/truth_save.c ctld/truth_load.c ctld/later.c ctld/takeover.c ctld/remarks.c ctld/ask.c ctld/child.c ctld/children.c ctld/give_up.c \
		ctld/callers.c ctld/tokens.c ctld/audit.c ctld/usage.c ctld/askers.c ctld/certificate.c ctld/look.c ctld/reload_files.c shared/rate.c ctld/gate.c ctld/churn.c ctld/paces.c ctld/limits_tell.c ctld/tenant_limits.c ctld/tenants.c ctld/api_settings.c ctld/api_socket.c ctld/file_profiles.c ctld/file_settings.c ctld/proxies.c shared/sort.c ctld/sources.c ctld/source_load.c ctld/proxy_connect.c ctld/connect_event.c ctld/leases.c ctld/api_sessions.c ctld/terms.c ctld/expiry.c ctld/lapse.c ctld/clients.c ctld/change.c \
		ctld/pending.c ctld/change_log.c ctld/change_event.c ctld/event_ring.c ctld/event_make.c ctld/repeats.c ctld/replica.c ctld/toxics_done.c ctld/watches.c ctld/api.c \
		ctld/inspect.c ctld/syn_loss.c ctld/door.c ctld/ahead.c ctld/ports.c ctld/kernel_ports.c \
		ctld/listeners.c ctld/loss_rows.c ctld/losses.c ctld/lines.c ctld/spares.c ctld/workers.c \
		ctld/config_file.c ctld/restore.c ctld/store.c \
		ctld/store_send.c ctld/store_tell.c ctld/store_load.c ctld/prepare.c \
		ctld/owned.c ctld/prepare_profile.c ctld/toxic_list.c \
		ctld/scenario.c ctld/scenario_event.c ctld/scenario_load.c \
		ctld/scenario_losses.c ctld/scenario_request.c ctld/scenario_steps.c \
		ctld/store_scenario.c ctld/store_source.c ctld/source_tell.c \
		ctld/commit.c ctld/request_of.c ctld/requests.c ctld/tenant_queue.c ctld/changes.c \
		ctld/difference.c ctld/difference_counts.c ctld/difference_listen.c \
		ctld/difference_print.c ctld/difference_scenarios.c ctld/document.c ctld/desired.c \
		ctld/desired_request.c ctld/toxics_anew.c ctld/quota.c ctld/heart.c ctld/health.c \
		ctld/vitals.c ctld/notify.c ctld/drain.c ctld/dispatch.c \
		ctld/in_hand.c ctld/ended_event.c \
		ctld/halt.c ctld/halting.c ctld/halts.c ctld/inquiries.c ctld/own_toxics.c \
		ctld/settings.c ctld/reload.c ctld/rules.c ctld/proxy_clients.c ctld/rules_tell.c \
		ctld/dispatch_apid.c \
		ctld/dispatch_relayd.c ctld/dispatch_diald.c \
		ctld/dispatch_resolvd.c ctld/dispatch_stored.c \
		$(SELECT) proto/handed_toxic.c ctld/selects.c ctld/upgrade.c \
		ctld/roles.c ctld/loop.c

APID =		$(TOKEN) proto/host_name.c apid/main.c apid/state.c apid/dispatch.c apid/replica.c \
		apid/ask.c apid/awaited.c apid/exchange.c apid/http.c apid/clients.c \
		apid/holders.c apid/crowds.c apid/turns.c apid/linger.c apid/wire.c apid/handshake.c \
		apid/tls.c apid/pair.c apid/certificate.c \
		apid/failures.c apid/refusals.c apid/tally.c apid/callers.c apid/framing.c apid/guard.c apid/route.c apid/request.c \
		$(SELECT) apid/decode.c apid/connect.c apid/attributes.c apid/selects.c apid/waves.c apid/values.c apid/encode.c apid/encode_number.c \
		apid/profiles.c apid/profile.c apid/scenario.c apid/scenario_decode.c apid/scenario_encode.c apid/scenario_free.c \
		apid/proxies.c apid/toxics.c apid/leases.c apid/sessions.c apid/kept.c apid/feeds.c apid/event_text.c apid/event_query.c apid/streams.c apid/populate.c apid/metrics.c apid/metrics_proxies.c apid/metrics_toxics.c apid/stats.c apid/waits.c apid/wait_query.c apid/metrics_text.c \
		apid/config.c apid/keys.c apid/file.c apid/entries.c apid/complain.c apid/settings.c apid/upstreams.c apid/client_rules.c \
		apid/api_settings.c apid/file_profiles.c apid/limits.c apid/allowances.c shared/rate.c shared/sort.c apid/tenant.c apid/halt.c apid/halted.c apid/tenants.c apid/credentials.c apid/users.c apid/times.c apid/tokens.c proto/token_text.c \
		apid/faults.c apid/mend.c apid/desired.c apid/desired_show.c apid/desired_shown.c apid/desired_asked.c \
		apid/desired_document.c apid/desired_text.c apid/desired_decode.c apid/desired_faults.c apid/desired_send.c \
		apid/health.c apid/lacks.c apid/openapi.c apid/own_toxics.c apid/relayed.c apid/relayed_text.c \
		apid/proxy_health.c apid/ui.c apid/ui_files.c

# The dashboard: apid has these in it, and serves them below /ui/.
UI =		ui/add_toxic.js ui/addresses.js ui/again.js ui/api.js \
		ui/app.js ui/attributes.js ui/bar.css ui/base.css ui/chart.js \
		ui/charts.js ui/clear.js ui/connect.js ui/connect_fields.js \
		ui/connect_form.js ui/copy.js ui/dialog.js ui/dom.js ui/events.js \
		ui/events_page.js ui/follow.js ui/forms.css ui/forms.js \
		ui/history.js ui/icon.svg ui/index.html ui/leases.js \
		ui/lists.css ui/new_proxy.js ui/overview.css ui/overview.js \
		ui/overview_row.js ui/parts.css ui/profile_form.js \
		ui/proxy.css ui/proxy.js ui/router.js ui/scenario_back.js ui/scenario_card.js \
		ui/scenario_form.js ui/scenario_step.js ui/selects.js \
		ui/server.js ui/session_detail.js \
		ui/session_rows.js ui/sessions.js ui/sign_in.js ui/store.js \
		ui/tenants.js ui/text.js ui/toasts.js ui/top.js \
		ui/toxic_card.js ui/toxic_fields.js ui/toxic_place.js \
		ui/wave_field.js \
		ui/weather.js ui/windowed.js ui/wire.js ui/words.js
UI_STRAY =	$(filter-out $(UI) %~,$(wildcard ui/*))
ifneq ($(UI_STRAY),)
$(error Not in the list UI of the Makefile: $(UI_STRAY))
endif

# A file for each row of proto/toxics.h: one that is missing does not link.
CHAIN =		relayd/chain.c relayd/choice.c relayd/stage.c relayd/stage_session.c relayd/stage_values.c relayd/line.c relayd/quantile.c relayd/wave.c relayd/toxics.c \
		proto/bind_policy.c \
		$(wildcard relayd/toxics/*.c)
RELAYD =	$(CHAIN) $(LOOP) relayd/client_rules.c relayd/main.c relayd/state.c relayd/counters.c \
		relayd/dialer.c relayd/dispatch.c relayd/ended.c relayd/ended_news.c \
		relayd/farewell.c relayd/flow.c relayd/ready.c \
		relayd/hearing.c relayd/inquiry.c relayd/loss.c relayd/own_toxics.c relayd/roll.c shared/rate.c relayd/gate.c relayd/pace.c relayd/lease.c relayd/listener.c relayd/connect.c relayd/late_client.c relayd/late_dial.c relayd/peer.c \
		relayd/pipe.c relayd/reset.c relayd/session.c \
		relayd/session_end.c \
		relayd/session_log.c relayd/sink.c relayd/splice.c \
		relayd/tidy.c relayd/toxic_list.c

DIALD =		diald/main.c diald/state.c diald/dispatch.c diald/resolver.c \
		diald/workers.c diald/dials.c diald/share.c diald/turns.c \
		diald/sockets.c diald/circle.c diald/own.c diald/inside.c \
		diald/policy.c proto/bind_policy.c

RESOLVD =	resolvd/main.c resolvd/state.c resolvd/dispatch.c resolvd/clients.c \
		resolvd/hosts.c resolvd/order.c \
		resolvd/lookups.c resolvd/parts.c resolvd/numbers.c resolvd/search.c \
		resolvd/settings.c resolvd/sockets.c

# etcd's JSON gateway, and the keys of a fleet: as texts.
ETCD =		etcd/answer.c etcd/base64.c etcd/endpoints.c etcd/fleet_keys.c \
		etcd/kvs.c etcd/percent.c etcd/request.c etcd/txn.c

STORED =	stored/main.c stored/state.c stored/dispatch.c \
		stored/database.c stored/load.c stored/statements.c \
		stored/rows.c stored/schema.c stored/sources.c proto/credential.c \
		$(SELECT) proto/handed_toxic.c proto/bind_policy_text.c

# A node of a fleet: what etcd says, toxid is told.
SYNC =		sync/agent.c sync/backoff.c sync/check.c sync/daemon.c sync/draining.c \
		sync/etcd_list.c sync/etcd_ranges.c sync/etcd_report.c sync/etcd_session.c \
		sync/etcd_source.c sync/etcd_watch.c sync/faults.c sync/http.c \
		sync/items.c sync/locks.c sync/main.c sync/names.c \
		sync/options.c sync/secret.c sync/status.c sync/text.c \
		sync/times.c

# The client library, and its half for programs with a libevent loop; what is
# common to both is in each, hidden.
CALL =		client/answer.c client/caller.c client/connect.c client/decode.c client/desired.c client/dump.c client/encode.c client/encode_scenario.c \
		client/failure.c client/halts.c client/health.c client/history.c \
		client/missing.c client/object_put.c client/profiles.c client/request_profile.c \
		client/scenarios.c client/request_scenario.c client/request_desired.c \
		client/proxy_session.c client/request.c client/request_watch.c \
		client/selects.c \
		client/settings.c client/stats.c \
		client/session_line.c client/sigpipe.c client/tokens.c \
		client/transfer.c client/waves.c
LIBTOXI =	$(CALL) client/builders.c client/calls.c client/desired_calls.c client/scenario_calls.c client/session_calls.c client/client.c \
		client/hold.c client/server.c client/session.c client/tunnel.c \
		client/watcher.c client/with.c
LIBTOXI_EVENT =	$(CALL) client/event.c client/event_calls.c client/event_complete.c \
		client/event_session.c
LIBRARIES =	$(B)/libtoxi.so.0 $(B)/libtoxi.a \
		$(B)/libtoxi-event.so.0 $(B)/libtoxi-event.a

# The command line: a user of the library.
TOXICTL =	toxictl/main.c toxictl/args.c toxictl/commands.c \
		toxictl/help.c toxictl/fail.c toxictl/proxies.c \
		toxictl/toxics.c toxictl/build.c toxictl/show.c \
		toxictl/completion.c toxictl/kinds.c \
		toxictl/holder.c toxictl/token.c toxictl/token_hash.c \
		toxictl/tokens.c toxictl/expiry.c toxictl/whoami.c toxictl/events.c toxictl/sessions.c \
		toxictl/connect.c toxictl/connect_text.c toxictl/profile.c toxictl/scenario.c toxictl/scenario_file.c toxictl/scenario_run.c toxictl/ends.c toxictl/why.c toxictl/why_text.c \
		toxictl/halt.c toxictl/hits.c toxictl/lease.c toxictl/ttl.c \
		toxictl/selects.c toxictl/waves.c toxictl/table.c toxictl/json.c toxictl/apply.c toxictl/apply_source.c toxictl/document.c toxictl/fault.c \
		toxictl/fleet_addresses.c toxictl/fleet_apply.c toxictl/fleet_drain.c \
		toxictl/fleet_newest.c toxictl/fleet_open.c toxictl/fleet_plan.c \
		toxictl/fleet_state.c toxictl/fleet_status.c toxictl/fleet_store.c \
		toxictl/fleet_wire.c toxictl/fleet_write.c toxictl/fleet_writer.c \
		toxictl/config.c toxictl/config_fault.c toxictl/config_kinds.c toxictl/config_parts.c toxictl/config_settings.c \
		toxictl/config_toxic.c \
		toxictl/plan.c toxictl/with.c \
		toxictl/check.c toxictl/probe.c toxictl/top.c \
		toxictl/screen.c toxictl/model.c toxictl/sample.c

# What a unit test can reach without a process: see tests/unit.
UNIT =		$(wildcard tests/unit/*.c)
UNIT_OF =	$(CHAIN) $(LOOP) shared/rate.c shared/sort.c relayd/ended_news.c relayd/lease.c relayd/roll.c relayd/state.c ctld/state.c ctld/agenda.c apid/state.c \
		proto/handed_toxic.c ctld/journal.c \
		ctld/child_watch.c ctld/due.c ctld/toxics_done.c shared/log_line.c shared/output.c ctld/quota.c \
		ctld/dispatch.c ctld/ended_event.c ctld/event_make.c ctld/event_ring.c ctld/repeats.c ctld/gate.c ctld/api_sessions.c ctld/halts.c ctld/halting.c ctld/inquiries.c ctld/tenant_limits.c ctld/tenants.c ctld/tenant_queue.c ctld/sources.c ctld/source_load.c ctld/usage.c ctld/rules.c ctld/proxy_clients.c proto/credential.c ctld/in_hand.c ctld/children.c ctld/leases.c \
		ctld/restarts.c supervisor/remarks.c \
		supervisor/listen.c supervisor/tables.c \
		proto/bind_policy_text.c proto/priv.c ctld/ask.c \
		$(SELECT) ctld/inspect.c ctld/terms.c apid/decode.c apid/connect.c apid/attributes.c apid/selects.c apid/waves.c \
		apid/values.c apid/encode.c apid/encode_number.c apid/scenario_free.c apid/halted.c apid/holders.c apid/crowds.c apid/feeds.c apid/event_text.c apid/times.c apid/tally.c \
		apid/desired_document.c apid/desired_text.c apid/desired_decode.c apid/desired_faults.c apid/mend.c apid/keys.c \
		apid/scenario_decode.c apid/profiles.c \
		apid/replica.c diald/state.c diald/workers.c diald/dials.c \
		diald/share.c diald/turns.c diald/circle.c diald/own.c \
		diald/inside.c diald/policy.c diald/sockets.c proto/policy_text.c $(EVENTS) \
		$(NAMES) $(SPLIT) $(WRITTEN) $(ETCD) \
		sync/backoff.c sync/faults.c sync/items.c sync/status.c sync/text.c sync/times.c \
		$(filter-out %/main.c %/dispatch.c,$(RESOLVD))

# A harness each, for libFuzzer: see tests/fuzz/fuzz.h.
FUZZERS =	message endpoint decode config http tls apid relayd chain stored \
		database ctld journal bind_policy etcd
FUZZ_OF =	tests/fuzz/fuzz.c tests/fuzz/packet.c $(PROTO) $(SHARED)

# Of the client library: Criterion's, and programs of their own.
CLIENT_TEST =	tests/client/caller_test.c tests/client/calls_test.c tests/client/desired_test.c tests/client/errors_test.c \
		tests/client/event_test.c tests/client/halts_test.c tests/client/history_test.c tests/client/kinds_test.c \
		tests/client/profiles_test.c tests/client/proxy_session_test.c tests/client/rig.c tests/client/scenarios_test.c tests/client/stats_test.c \
		tests/client/suites_test.c tests/client/tokens_test.c
CLIENT_TESTS =	$(B)/client_test $(B)/client_abi $(B)/client_nomem \
		$(B)/client_threads $(B)/client_exceptions \
		$(B)/client_server
EXAMPLES =	$(B)/examples/blocking $(B)/examples/event \
		$(B)/examples/fixture $(B)/examples/retry

# The load generator of `make bench`: both ends of a relay under measurement.
BENCH =		bench/bulk.c bench/connect.c bench/delay.c bench/echo.c \
		bench/fail.c bench/pair.c \
		bench/http.c bench/http_reply.c bench/idle.c bench/json.c \
		bench/load.c bench/messages.c bench/net.c bench/options.c \
		bench/rate.c bench/run.c bench/stats.c bench/stream.c \
		bench/verify.c

#: all              all programs and libraries, into build/
all: $(PROGRAMS) $(LIBRARIES) $(B)/toxictl $(B)/toxid-sync $(B)/toxics.json $(B)/openapi.json

#: daemon           the daemon alone, which needs neither curl nor ncurses
daemon: $(PROGRAMS)

# What a folder may see is what its -I says; tests/lint/includes.sh holds the
# rest.
$(O)/shared/%.o:	INC = -Ishared
$(O)/proto/%.o:		INC = -Iproto -Ishared
$(O)/start/%.o:		INC = -Istart -Iproto -Ishared \
				-DLIBEXEC='"$(LIBEXEC)"'
$(O)/supervisor/%.o:	INC = -Isupervisor -Iproto -Ishared
$(O)/ctld/%.o:		INC = -Ictld -I$(O)/ctld -Iproto -Ishared
$(O)/apid/%.o:		INC = -Iapid -I$(O)/apid -Iproto -Ishared
$(O)/relayd/%.o:	INC = -Irelayd -I$(O)/relayd -Iproto -Ishared
$(O)/stored/%.o:	INC = -Istored -I$(O)/stored -Iproto -Ishared
$(O)/diald/%.o:		INC = -Idiald -I$(O)/diald -Iproto -Ishared
$(O)/resolvd/%.o:	INC = -Iresolvd -I$(O)/resolvd -Iproto -Ishared
$(O)/etcd/%.o:		INC = -Ietcd
$(O)/sync/%.o:		INC = -Isync -I$(O)/sync -Ietcd -Ishared

$(B)/toxid: $(call obj,$(START) proto/address.c $(SHARED))
$(B)/supervisor: $(call obj,$(SUPERVISOR) proto/address.c shared/clock.c \
	shared/reserve.c)
$(B)/supervisor: ALL_LDFLAGS += -Wl,-Map,$(O)/supervisor.map # tests/lint/lines.py
$(B)/ctld: $(call obj,$(CTLD) $(NAMES) shared/lockdown.c $(PROTO) $(SHARED))
$(B)/ctld: LIBS = -lmd
$(B)/apid: $(call obj,$(APID) $(CHILD) $(SPLIT) $(WRITTEN) $(RULES) $(PROTO) \
	$(SHARED))
$(B)/apid: LIBS = -lmicrohttpd -lgnutls -ljansson -lmd
$(B)/stored: $(call obj,$(STORED) $(CHILD) $(SPLIT) $(PROTO) $(SHARED))
$(B)/stored: LIBS = -lsqlite3
$(B)/diald: $(call obj,$(DIALD) $(NAMES) $(EVENTS) $(CHILD) $(PROTO) \
	$(SHARED))
$(B)/diald: LIBS = -levent_core
$(B)/resolvd: $(call obj,$(RESOLVD) $(EVENTS) $(CHILD) $(PROTO) $(SHARED))
$(B)/resolvd: LIBS = -lcares -levent_core

$(B)/toxid-sync: $(call obj,$(SYNC) $(ETCD) $(SHARED) shared/lockdown.c shared/log_line.c \
	shared/output.c)
$(B)/toxid-sync: LIBS = -lcares -lcurl -levent_core -ljansson -lresolv

# A worker for each proxy: static, so that each has little memory of its own.
$(B)/relayd: $(call obj,$(RELAYD) $(CHILD) $(PROTO) $(SHARED))
$(B)/relayd: LIBS = -lm # log(3), sin(3): gaps between flipped bits, waves; erfc(3), for jitter
ifndef SANITIZE
$(B)/relayd: ALL_LDFLAGS = -static-pie $(LDHARDEN) $(LDFLAGS)
endif

# The library sees nothing of the programs.
$(O)/client/%.o:	INC = -Iclient
$(O)/client/%.o:	PIC = -fPIC -fvisibility=hidden
$(O)/client/with.o:	PIC += -fexceptions # what passes through toxi_with()

$(B)/libtoxi.so.0 $(B)/libtoxi.a: $(call obj,$(LIBTOXI))
$(B)/libtoxi-event.so.0 $(B)/libtoxi-event.a: $(call obj,$(LIBTOXI_EVENT))
$(B)/libtoxi.so.0: LIBS = -lcurl -ljansson -lpthread
$(B)/libtoxi-event.so.0: LIBS = -levent_core -lcurl -ljansson -lpthread
ifndef SANITIZE
$(B)/%.so.0: ALL_LDFLAGS += -Wl,-z,defs # what a program with ASan brings
endif

$(B)/%.so.0: client/%.map
	@echo "  LD    $@"
	$(Q)$(CC) -shared -Wl,-soname,$(@F) -Wl,--version-script=$< \
	    $(filter-out -pie,$(ALL_LDFLAGS)) -o $@ $(filter %.o,$^) $(LIBS)
	$(Q)ln -sf $(@F) $(@:.0=)

# One object, in which only what is exported can be seen from outside.
$(B)/%.a: client/%.map
	@echo "  AR    $@"
	$(Q)sed -n 's/^[[:blank:]]*\(toxi_.*\);$$/\1/p' $< >$(O)/$*.keep
	$(Q)$(CC) -r -nostdlib -o $(O)/$*.o $(filter %.o,$^)
	$(Q)objcopy --keep-global-symbols=$(O)/$*.keep $(O)/$*.o
	$(Q)rm -f $@ && $(AR) rcsD $@ $(O)/$*.o

# It has the library in it, so that it runs from anywhere.
$(O)/toxictl/%.o:	INC = -Itoxictl -Iclient -Ietcd -Iproto -Ishared
$(O)/toxictl/completion.o: toxictl/completion/toxictl.bash \
	toxictl/completion/_toxictl toxictl/completion/toxictl.fish
# -lm: nextafter(3), trunc(3), for numbers as JSON has them
$(B)/toxictl: LIBS = -lbsd -lcurl -ljansson -lmd -lncursesw -ltinfo -lpthread -lm -lresolv
$(B)/toxictl: $(call obj,$(TOXICTL) $(ETCD) $(TOXICS) $(TOKEN) proto/token_text.c proto/user.c proto/proxy_key.c \
	shared/utf8.c $(WRITTEN)) $(B)/libtoxi.a
	@echo "  LD    $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# Users of the library: linked with it as any other would be.
$(O)/tests/client/%.o $(O)/client/examples/%.o: INC = -Iclient -Itests/client
$(O)/client/examples/%.o: PIC = -fPIE
$(B)/client_test: $(call obj,$(CLIENT_TEST))
$(B)/client_abi: $(O)/tests/client/abi.o
$(B)/client_nomem: $(O)/tests/client/nomem.o
$(B)/client_threads: $(O)/tests/client/threads.o
$(B)/client_server: $(O)/tests/client/server.o
$(B)/client_exceptions: $(O)/tests/client/exceptions.o
$(B)/client_test $(B)/examples/fixture: LIBS = -lcriterion
$(B)/client_exceptions: LIBS = -lstdc++
$(B)/client_nomem: LIBS = -ljansson
$(B)/examples/event $(B)/examples/retry: LIBS = -levent_extra
$(EXAMPLES): $(B)/examples/%: $(O)/client/examples/%.o

$(CLIENT_TESTS) $(EXAMPLES): $(LIBRARIES)
	@mkdir -p $(@D)
	@echo "  LD    $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) -L$(B) \
	    -Wl,-rpath,$(abspath $(B)) -ltoxi-event -ltoxi -levent_core \
	    -lpthread $(LIBS)

client-tests: $(CLIENT_TESTS) $(EXAMPLES)

$(O)/%.o: %.cc
	@mkdir -p $(@D)
	@echo "  CXX   $<"
	$(Q)$(CC) -std=c++11 -Wall -Wextra -Werror -pedantic $(CFLAGS) $(INC) \
	    $(PIC) -MMD -MP -c -o $@ $<

$(O)/tests/unit/listen_test.o $(O)/tests/unit/bind_policy_test.o: \
	INC = -Isupervisor -Ictld -Iproto -Ishared
$(O)/tests/unit/%.o:	INC = -Ictld -Iapid -Irelayd -Idiald -Iresolvd -Ietcd -Iproto -Ishared
$(O)/tests/unit/sync_%.o: INC = -Isync -Ietcd -Ishared
$(B)/unit_test: $(call obj,$(UNIT) $(UNIT_OF) $(PROTO) $(SHARED))
$(B)/unit_test: LIBS = -lcriterion -ljansson -lcares -levent_core -lm -lresolv \
	-Wl,--wrap=clock_now -Wl,--wrap=sched_yield \
	-Wl,--wrap=clock_boot -Wl,--wrap=clock_wall # clock_rig.c

# What crosses a process boundary, and what a program hands to the next one, as
# text: see there.
LAYOUTS =	shared/lockdown.h shared/log.h shared/log_keys.h proto/agreed.h proto/credential.h \
		proto/address.h proto/bind_policy.h proto/connect_spec.h proto/endpoint.h \
		proto/histogram.h proto/policy_rule.h proto/proxy_key.h \
		proto/proxy_spec.h proto/session_end.h proto/session_id.h proto/token_digest.h \
		proto/toxic_spec.h proto/role.h $(PAYLOAD:.c=.h) proto/msg.h
HANDED =	ctld/restarts.h ctld/truth_parts.h ctld/journal.c proto/handed_toxic.c
TABLES =	proto/agreed.h proto/address.h supervisor/children.h \
		supervisor/listeners.h supervisor/tables.h
$(O)/tests/unit/layouts.h: tests/unit/layouts.awk $(LAYOUTS) $(HANDED) $(TABLES)
	@mkdir -p $(@D)
	@echo "  GEN   $@"
	$(Q)awk -v name=msg_layouts -v enums=1 -v roots='MSG_TYPES \
	    msg_payload API_CLIENTS_MAX DIALS_MAX PROXY_TOXICS_MAX \
	    RELAY_OWN_HELD TOXICS_MAX' -f $< $(LAYOUTS) >$@.new
	$(Q)awk -v name=truth_layouts -v enums=1 -v roots='part saved_head \
	    saved_proxy saved_toxic_head retired saved_toxic saved_value \
	    scenario_spec' \
	    -f $< $(LAYOUTS) $(HANDED) >>$@.new
	$(Q)awk -v name=tables_layouts -v roots=tables -f $< $(TABLES) \
	    >>$@.new && mv $@.new $@
$(O)/tests/unit/layouts_test.o: $(O)/tests/unit/layouts.h
$(O)/tests/unit/layouts_test.o: INC += -I$(O)/tests/unit -Isupervisor

$(O)/tests/fuzz/etcd_fuzz.o: INC = -Itests/fuzz -Isync -Ietcd -Ishared
$(O)/tests/fuzz/ctld_fuzz.o $(O)/tests/fuzz/journal_fuzz.o: \
	INC = -Itests/fuzz -Ictld -Iproto -Ishared
$(O)/tests/fuzz/relayd_fuzz.o: INC = -Itests/fuzz -Irelayd -Iproto -Ishared
$(O)/tests/fuzz/%.o:	INC = -Itests/fuzz -Iapid -Irelayd -Iproto -Ishared
FUZZ_APID =	$(filter-out apid/main.c,$(APID)) $(CHILD) $(SPLIT) $(WRITTEN) \
		$(RULES)
$(B)/fuzz/message: $(call obj,tests/fuzz/message_fuzz.c $(FUZZ_OF))
$(B)/fuzz/endpoint: $(call obj,tests/fuzz/endpoint_fuzz.c $(SPLIT) \
	$(FUZZ_OF))
$(B)/fuzz/decode: $(call obj,tests/fuzz/decode_fuzz.c apid/state.c \
	$(SELECT) proto/bind_policy_text.c apid/decode.c apid/connect.c apid/attributes.c \
	apid/selects.c apid/waves.c apid/values.c apid/encode.c apid/encode_number.c apid/scenario_free.c apid/halted.c apid/replica.c \
	apid/desired_document.c apid/desired_text.c apid/desired_decode.c apid/desired_faults.c apid/mend.c apid/keys.c \
	apid/scenario_decode.c apid/profiles.c apid/lacks.c \
	$(SPLIT) $(WRITTEN) $(FUZZ_OF))
$(B)/fuzz/etcd: $(call obj,tests/fuzz/etcd_fuzz.c $(ETCD) sync/faults.c sync/items.c \
	sync/text.c $(FUZZ_OF))
$(B)/fuzz/bind_policy: $(call obj,tests/fuzz/bind_policy_fuzz.c \
	proto/bind_policy.c proto/bind_policy_text.c $(FUZZ_OF))
$(B)/fuzz/config: $(call obj,tests/fuzz/config_fuzz.c tests/fuzz/model.c tests/fuzz/model_desired.c \
	$(FUZZ_APID) $(FUZZ_OF))
$(B)/fuzz/http: $(call obj,tests/fuzz/http_fuzz.c tests/fuzz/served.c \
	tests/fuzz/model.c tests/fuzz/model_desired.c $(FUZZ_APID) $(FUZZ_OF))
$(B)/fuzz/tls: $(call obj,tests/fuzz/tls_fuzz.c tests/fuzz/served.c \
	tests/fuzz/model.c tests/fuzz/model_desired.c $(FUZZ_APID) $(FUZZ_OF))
$(B)/fuzz/apid: $(call obj,tests/fuzz/apid_fuzz.c $(FUZZ_APID) $(FUZZ_OF))
$(B)/fuzz/relayd: $(call obj,tests/fuzz/relayd_fuzz.c \
	$(filter-out relayd/main.c,$(RELAYD)) $(CHILD) $(FUZZ_OF))
$(B)/fuzz/chain: $(call obj,tests/fuzz/chain_fuzz.c $(CHAIN) $(FUZZ_OF))
$(O)/tests/fuzz/stored_fuzz.o $(O)/tests/fuzz/database_fuzz.o: \
	INC = -Itests/fuzz -Istored -Iproto -Ishared
FUZZ_STORED =	$(filter-out stored/main.c stored/dispatch.c,$(STORED)) \
		$(CHILD) $(SPLIT)
$(B)/fuzz/stored: $(call obj,tests/fuzz/stored_fuzz.c tests/fuzz/kept.c \
	tests/fuzz/folder.c $(FUZZ_STORED) $(FUZZ_OF))
$(B)/fuzz/database: $(call obj,tests/fuzz/database_fuzz.c \
	tests/fuzz/folder.c $(FUZZ_STORED) $(FUZZ_OF))
# ctld but for its start and its end, with puppets at the line to toxid.
FUZZ_CTLD =	tests/fuzz/puppets.c $(NAMES) $(filter-out ctld/main.c \
	ctld/give_up.c,$(CTLD))
$(B)/fuzz/ctld: $(call obj,tests/fuzz/ctld_fuzz.c tests/fuzz/kept.c \
	$(FUZZ_CTLD) $(SPLIT) $(FUZZ_OF))
$(B)/fuzz/journal: $(call obj,tests/fuzz/journal_fuzz.c $(FUZZ_CTLD) \
	$(FUZZ_OF))
$(B)/fuzz/ctld $(B)/fuzz/journal: FUZZ_WRAP = -Wl,--wrap=clock_now \
	-Wl,--wrap=clock_gettime -Wl,--wrap=api_address \
	-Wl,--wrap=priv_ask

# fatal() comes back to the harness: see there.
fuzzers: $(FUZZERS:%=$(B)/fuzz/%)
fuzzers-list:
	@echo $(FUZZERS)
$(FUZZERS:%=$(B)/fuzz/%): LIBS = -lmicrohttpd -lgnutls -ljansson -lmd -lsqlite3 -lm -lresolv
$(FUZZERS:%=$(B)/fuzz/%):
	@mkdir -p $(@D)
	@echo "  LD    $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -Wl,--wrap=fatal \
	    -Wl,--wrap=fatalx $(FUZZ_WRAP) -o $@ $(filter %.o,$^) $(LIBS)

$(O)/bench/%.o:		INC = -Ibench -Ishared
$(B)/load: $(call obj,$(BENCH) $(SHARED))

# Put in the place of a child by tests/system/test_hostile.py.
$(B)/hostile: $(call obj,tests/fuzz/hostile.c tests/fuzz/hostile_line.c \
	tests/fuzz/hostile_desired.c tests/fuzz/hostile_lies.c tests/fuzz/hostile_log.c \
	tests/fuzz/hostile_mode.c tests/fuzz/hostile_pages.c \
	tests/fuzz/hostile_rows.c tests/fuzz/hostile_tenants.c $(SPLIT) \
	$(PROTO) $(SHARED))

# ... and in ctld's by tests/system/test_hostile_ctld.py.
$(O)/tests/fuzz/hostile_ctld.o: INC = -Iproto -Ishared
$(B)/hostile_ctld: $(O)/tests/fuzz/hostile_ctld.o

# Root's children are other users, also where root makes files for itself alone.
$(PROGRAMS) $(B)/toxid-sync $(B)/unit_test $(B)/load $(B)/hostile $(B)/hostile_ctld:
	@echo "  LD    $@"
	$(Q)umask 022 && $(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(LIBS)

$(O)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# `make install PREFIX=...` after `make`: toxid knows where the others are.
# After another commit: what says a version says that one.
VERSIONED :=	$(call obj,$(shell grep -lE 'TOXI(D|CTL)_VERSION' */*.c))
$(O)/start/programs.o: $(O)/libexec
$(VERSIONED): $(O)/version
$(O)/libexec: SAYS = $(LIBEXEC)
$(O)/version: SAYS = $(VERSION)
$(O)/libexec $(O)/version: FORCE
	@mkdir -p $(@D)
	@echo '$(SAYS)' | cmp -s - $@ || echo '$(SAYS)' >$@

# A machine that cannot compile is told once, and what to do.  The daemon needs
# less than the rest.
DAEMON_OBJ =	$(call obj,$(START) $(SUPERVISOR) $(CTLD) $(APID) $(RELAYD) $(DIALD) $(RESOLVD) \
		$(STORED) $(PROTO) $(CHILD) $(SPLIT) $(SHARED))
CLIENT_OBJ =	$(call obj,$(LIBTOXI) $(LIBTOXI_EVENT) $(TOXICTL) $(SYNC) $(ETCD))
$(DAEMON_OBJ) $(FILTERED:%=$(O)/%/sandbox_compile): | $(O)/can-daemon
$(CLIENT_OBJ): | $(O)/can-build
$(O)/can-%:
	@mkdir -p $(@D)
	@CC='$(CC)' scripts/can-compile.sh $* && touch $@
# First things first, also with -j.
ifneq ($(filter run demo,$(MAKECMDGOALS)),)
$(O)/can-daemon: | packages-daemon
endif
ifneq ($(filter unit check check-% chaos demo-fleet lint bench,$(MAKECMDGOALS)),)
$(O)/can-daemon $(O)/can-build: | packages-build
endif

# The system call filter of a program, out of its sandbox.c, by a compiler of
# its own: see shared/sandbox.h.
FILTERED =	ctld apid relayd diald resolvd stored sync
$(O)/%/filter.h: $(O)/%/sandbox_compile
	@mkdir -p $(@D)
	@echo "  GEN   $@"
	$(Q)$< > $@.new && mv $@.new $@
$(O)/%/sandbox_compile: %/sandbox.c shared/sandbox_compile.c shared/sandbox.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(CSTD) $(WARN) -Wno-missing-field-initializers -O1 -Iproto -Ishared \
	    -o $@ $(filter %.c,$^) -lseccomp
$(foreach p,$(FILTERED),$(eval $(O)/$(p)/main.o: $(O)/$(p)/filter.h))
$(O)/sync/locks.o: $(O)/sync/filter.h
.PRECIOUS: $(O)/%/sandbox_compile $(O)/%/filter.h

# The table of toxics, for what no compiler makes or checks.
$(O)/toxics_json: proto/toxics_json.c $(TOXICS) shared/utf8.c \
		proto/toxic_spec.h proto/toxic_tail.h proto/toxics.h proto/selects.h \
		proto/toxic_owner.h proto/toxic_wave.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(CSTD) $(WARN) -O1 -Iproto -Ishared -o $@ $(filter %.c,$^)
$(B)/toxics.json: $(O)/toxics_json
	@echo "  GEN   $@"
	$(Q)$< >$@.new && mv $@.new $@

# ... and of what a proxy's connect may have, for the dashboard.
$(O)/connect_json: proto/connect_json.c proto/connect_spec.c proto/connect_spec.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(CSTD) $(WARN) -O1 -Iproto -o $@ $(filter %.c,$^)
$(B)/connect.json: $(O)/connect_json
	@echo "  GEN   $@"
	$(Q)$< >$@.new && mv $@.new $@

# ... and a wave.
$(O)/wave_json: proto/wave_json.c proto/toxic_wave.h proto/toxic_spec.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(CSTD) $(WARN) -O1 -Iproto -Ishared -o $@ $(filter %.c,$^)
$(B)/wave.json: $(O)/wave_json
	@echo "  GEN   $@"
	$(Q)$< >$@.new && mv $@.new $@

# What GET /openapi.json answers: of the tables of routes and of toxics, and the
# shapes of what is said.  apid has it as a text.
$(O)/openapi_json: apid/openapi_json.c apid/openapi_toxics.c $(TOXICS) \
		shared/utf8.c apid/apid.h apid/openapi_json.h apid/routes.h \
		proto/toxic_spec.h proto/toxic_tail.h proto/toxics.h proto/selects.h \
		proto/toxic_owner.h proto/toxic_wave.h | \
		$(O)/can-daemon
	@mkdir -p $(@D)
	$(Q)$(CC) $(CSTD) $(WARN) -O1 -Iapid -Iproto -Ishared -o $@ \
	    $(filter %.c,$^) -ljansson
$(B)/openapi.json: $(O)/openapi_json apid/components.json $(O)/version
	@echo "  GEN   $@"
	$(Q)$< apid/components.json '$(VERSION)' >$@.new && mv $@.new $@
$(O)/apid/openapi_text.h: $(B)/openapi.json
	@mkdir -p $(@D)
	$(Q)sed -e '1i static const char openapi_text[] =' -e '$$a ;' \
	    -e 's/[\\"]/\\&/g; s/.*/"&\\n"/' $< >$@.new && mv $@.new $@
$(O)/apid/openapi.o: $(O)/apid/openapi_text.h

# The dashboard's files, and the tables that its forms are made of.
UI_FILES =	$(UI) $(B)/toxics.json $(B)/connect.json $(B)/wave.json
$(O)/apid/ui_table.h: scripts/ui-table.sh $(UI_FILES) Makefile
	@mkdir -p $(@D)
	@echo "  GEN   $@"
	$(Q)scripts/ui-table.sh $(UI_FILES) >$@.new && mv $@.new $@
$(O)/apid/ui_files.o: $(O)/apid/ui_table.h $(UI_FILES)

#: toxics-publish   what documents say of toxics, from proto/toxics.h
toxics-publish: $(B)/toxics.json
	scripts/toxics.py --write $<

# ---- for people: a line that begins with #: is what `make help` prints

#: help             this
help:
	@sed -n 's/^#: /  make /p' Makefile

#: demo             see it all on real traffic, in ten seconds
demo: packages-daemon packages-demo daemon
	@scripts/demo.sh $(B)/toxid

#: demo-fleet       many nodes and a real etcd, in half a minute
demo-fleet: packages-build packages-demo-fleet all
	@scripts/demo-fleet.sh $(B)

#: run              toxid in the foreground, its API on localhost:8474
run: packages-daemon daemon
	$(B)/toxid

#: install          all of it, below PREFIX=/usr/local (and DESTDIR)
install: install-daemon install-client install-toxictl install-sync

#: install-daemon   the daemon and its manual pages, as install does
install-daemon: daemon
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(LIBEXEC) \
		$(DESTDIR)$(SHARE)/man/man5 $(DESTDIR)$(SHARE)/man/man7 \
		$(DESTDIR)$(SHARE)/man/man8 $(DESTDIR)$(EXAMPLES_DIR)
	install -m 755 $(B)/toxid $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(filter-out %/toxid,$(PROGRAMS)) $(DESTDIR)$(LIBEXEC)
	$(call install-page,apid/toxid.conf.5)
	$(call install-page,apid/toxid-api.7)
	$(call install-page,start/toxid.8)
	install -m 644 $(ETC) $(DESTDIR)$(EXAMPLES_DIR)

# Its foot says the version.
install-page =	sed 's/^\.Os$$/.Os toxid $(VERSION)/' $(1) \
		>$(DESTDIR)$(SHARE)/man/man$(subst .,,$(suffix $(1)))/$(notdir $(1))

#: install-client   libtoxi and libtoxi-event, for C
install-client: $(LIBRARIES)
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(PREFIX)/include \
		$(DESTDIR)$(SHARE)/man/man3
	install -m 644 client/toxi.h client/toxi_event.h client/toxi_watch.h \
		$(DESTDIR)$(PREFIX)/include
	install -m 644 $(LIBRARIES) $(DESTDIR)$(LIBDIR)
	ln -sf libtoxi.so.0 $(DESTDIR)$(LIBDIR)/libtoxi.so
	ln -sf libtoxi-event.so.0 $(DESTDIR)$(LIBDIR)/libtoxi-event.so
	for name in libtoxi libtoxi-event; do \
		sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
		    -e 's|@VERSION@|$(VERSION)|' client/$$name.pc.in \
		    >$(DESTDIR)$(LIBDIR)/pkgconfig/$$name.pc || exit 1; \
	done
	$(call install-page,client/toxi.3)
	@[ -n "$(DESTDIR)" ] || scripts/loader.sh $(LIBDIR)

#: install-toxictl  the command line, and its completion for three shells
install-toxictl: $(B)/toxictl
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(SHARE)/man/man1 \
		$(DESTDIR)$(SHARE)/bash-completion/completions \
		$(DESTDIR)$(SHARE)/zsh/site-functions \
		$(DESTDIR)$(SHARE)/fish/vendor_completions.d
	install -m 755 $(B)/toxictl $(DESTDIR)$(PREFIX)/bin
	$(call install-page,toxictl/toxictl.1)
	install -m 644 toxictl/completion/toxictl.bash \
		$(DESTDIR)$(SHARE)/bash-completion/completions/toxictl
	install -m 644 toxictl/completion/_toxictl \
		$(DESTDIR)$(SHARE)/zsh/site-functions
	install -m 644 toxictl/completion/toxictl.fish \
		$(DESTDIR)$(SHARE)/fish/vendor_completions.d

#: install-sync     toxid-sync, which keeps a toxid as an etcd says
install-sync: $(B)/toxid-sync
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(SHARE)/man/man8
	install -m 755 $(B)/toxid-sync $(DESTDIR)$(PREFIX)/bin
	$(call install-page,sync/toxid-sync.8)

#: uninstall        takes away what install has put there
INSTALLED =	$(PREFIX)/bin/toxid $(PREFIX)/bin/toxictl \
		$(PREFIX)/bin/toxid-sync \
		$(patsubst $(B)/%,$(LIBEXEC)/%,$(filter-out %/toxid,$(PROGRAMS))) \
		$(PREFIX)/include/toxi.h $(PREFIX)/include/toxi_event.h \
		$(PREFIX)/include/toxi_watch.h \
		$(LIBRARIES:$(B)/%=$(LIBDIR)/%) \
		$(LIBDIR)/libtoxi.so $(LIBDIR)/libtoxi-event.so \
		$(LIBDIR)/pkgconfig/libtoxi.pc \
		$(LIBDIR)/pkgconfig/libtoxi-event.pc \
		$(SHARE)/man/man1/toxictl.1 $(SHARE)/man/man3/toxi.3 \
		$(SHARE)/man/man5/toxid.conf.5 \
		$(SHARE)/man/man7/toxid-api.7 $(SHARE)/man/man8/toxid.8 $(SHARE)/man/man8/toxid-sync.8 \
		$(ETC:etc/%=$(EXAMPLES_DIR)/%) \
		$(SHARE)/bash-completion/completions/toxictl \
		$(SHARE)/zsh/site-functions/_toxictl \
		$(SHARE)/fish/vendor_completions.d/toxictl.fish
uninstall:
	rm -f $(addprefix $(DESTDIR),$(INSTALLED))
	for dir in $(LIBEXEC) $(EXAMPLES_DIR) $(SHARE)/doc/toxid; do \
		[ ! -d "$(DESTDIR)$$dir" ] || rmdir \
		    --ignore-fail-on-non-empty "$(DESTDIR)$$dir" || exit 1; \
	done
	@[ -n "$(DESTDIR)" ] || scripts/loader.sh

# Of the last commit.  BASE=bootstrap for `make oci` where no registry of images
# can be reached.
#: deb              Debian packages, into build-deb/
deb:
	scripts/deb.sh
#: oci              an OCI image, into build-oci/
oci:
	scripts/oci.sh
#: dist             a tarball of the last commit, into build-dist/
dist:
	scripts/dist.sh

#: wheel            the Python client, into build-wheel/
wheel:
	scripts/wheel.sh

#: picture          the picture of README.md anew, from a real run
picture: packages-build packages-picture all
	scripts/picture.py --toxid $(B)/toxid --toxictl $(B)/toxictl

# ---- tests: `check` is what a newcomer runs, .ci/run calls them all

PYTEST =	/usr/bin/python3 -m pytest -q -p no:cacheprovider --timeout 300
SYSTEM =	TOXID=$(B)/toxid LOAD=$(B)/load PYTHONDONTWRITEBYTECODE=1 \
		$(PYTEST) tests/system

#: unit             unit tests alone
unit: packages-build packages-check $(B)/unit_test
	timeout -k 5 300 $(B)/unit_test -j2 --timeout 20 </dev/null

#: check            unit and whole-program tests, in five minutes
check: packages-build packages-check all $(B)/load $(B)/hostile \
		$(B)/hostile_ctld unit
	$(SYSTEM) -n 6 -m 'not slow'

#: check-slow       the slower whole-program tests
check-slow: packages-build packages-check all $(B)/load $(B)/hostile \
		$(B)/hostile_ctld
	scripts/promtool.sh $(B)/promtool
	PROMTOOL=$(abspath $(B))/promtool $(SYSTEM) -n 3 \
	    -m 'slow and not waits and not alone'
	$(SYSTEM) -m 'slow and alone'
	$(SYSTEM) -n 12 -m 'slow and waits'

#: check-sandbox    each forbidden system call, made inside the processes
check-sandbox: packages-build packages-check all
	PYTHONDONTWRITEBYTECODE=1 $(PYTEST) -n 4 tests/sandbox

#: check-install    what `make install` puts down, run from there
check-install:
	scripts/check-install.sh

#: check-fresh      README.md in a bare Debian, as root and user (as root)
check-fresh:
	scripts/check-fresh.sh

#: check-deb        the Debian packages, in a Debian of their own (as root)
check-deb:
	scripts/check-deb.sh

#: check-oci        the OCI image, run as an ordinary user (as root)
check-oci:
	scripts/check-oci.sh

#: check-sanitize   the tests again, under ASan and UBSan
check-sanitize:
	scripts/check-sanitize.sh sanitize

#: check-valgrind   those that do not live by the clock, under valgrind
check-valgrind: packages-build packages-check packages-sanitize all client-tests
	TOXID=$(B)/toxid CLIENT=$(B) PYTHONDONTWRITEBYTECODE=1 \
	    $(PYTEST) -n 3 -m valgrind tests/client
	scripts/check-sanitize.sh valgrind

#: check-clients    other people's clients, and the examples, with a Redis
check-clients: packages-build packages-clients all
	tests/clients/run.sh $(B)/toxid

#: check-openapi    what toxid answers, as /openapi.json has it
check-openapi: packages-build packages-openapi all
	tests/openapi/run.sh $(B)/toxid

#: check-ui         the dashboard, in a real browser
check-ui: packages-build all
	tests/ui/run.sh $(B)

#: screenshots      its pages in light and dark, two of them README.md's
screenshots: packages-build all
	SHOTS=$(B)/screenshots tests/ui/run.sh $(B)
	cp $(B)/screenshots/overview-light.png \
		$(B)/screenshots/proxy-dark.png tests/ui/pictures

#: check-oracle     Toxiproxy beside toxid, compared byte for byte
check-oracle: packages-build packages-check all
	tests/oracle/run.sh $(B)/toxid

# As a user has it, beside the original where that can be had; then all but the
# shells once more, with sanitizers in it.
#: check-toxictl    the command line, on a pipe and on a terminal
check-toxictl: packages-build packages-check packages-toxictl \
		packages-sanitize all
	TOXID=$(B)/toxid TOXICTL=$(B)/toxictl PYTHONDONTWRITEBYTECODE=1 \
	    $(PYTEST) -n 3 tests/toxictl
	$(MAKE) SANITIZE=1 B=$(B)-toxictl-asan CC=clang \
	    CFLAGS='-O1 -g -fno-omit-frame-pointer $(ASAN)' \
	    LDFLAGS='$(ASAN)' $(B)-toxictl-asan/toxictl
	TOXID=$(B)/toxid TOXICTL=$(B)-toxictl-asan/toxictl \
	    PYTHONDONTWRITEBYTECODE=1 $(PYTEST) -n 3 tests/toxictl \
	    --ignore-glob 'tests/toxictl/test_completion*'

#: check-python     the Python client: its types, every call, its wheel
check-python: packages-build packages-check packages-python all
	scripts/check-python.sh $(B)

#: check-fleet      toxid-sync, and an etcd that dies, lies and is restored
check-fleet: packages-build packages-check packages-fleet all
	TOXID=$(B)/toxid SYNC=$(B)/toxid-sync TOXICTL=$(B)/toxictl \
	    PYTHONDONTWRITEBYTECODE=1 $(PYTEST) -n 3 tests/fleet

# The programs are the normal ones; what is looked at is the library.
#: check-client     libtoxi: every call, every error
check-client: packages-build packages-check packages-sanitize all client-tests
	$(MAKE) SANITIZE=1 B=$(B)-client-asan CC=clang \
	    CFLAGS='-O1 -g -fno-omit-frame-pointer $(ASAN)' \
	    LDFLAGS='$(ASAN)' $(B)-client-asan/client_test
	$(MAKE) SANITIZE=1 B=$(B)-client-tsan CC=clang \
	    CFLAGS='-O1 -g -fsanitize=thread' LDFLAGS=-fsanitize=thread \
	    $(B)-client-tsan/client_threads
	TOXID=$(B)/toxid CLIENT=$(B) PYTHONDONTWRITEBYTECODE=1 \
	    $(PYTEST) -n 3 -m 'not valgrind' tests/client
ASAN =		-fsanitize=address,undefined -fno-sanitize-recover=undefined

#: check-bench      the benchmark itself
check-bench: packages-build packages-bench packages-check all $(B)/load
	TOXID=$(B)/toxid PYTHONDONTWRITEBYTECODE=1 $(PYTEST) tests/bench

# FUZZ_SECONDS=60 for each harness, all of them at once.
#: fuzz             libFuzzer on all that decodes, FUZZ_SECONDS=60 each
fuzz:
	tests/fuzz/run.sh

# What they have learned, minimised, into tests/fuzz/corpus.
#: fuzz-publish     what the fuzzers have learned, into tests/fuzz/corpus
fuzz-publish:
	tests/fuzz/run.sh --publish

# Nothing hangs, nothing is lost: at length (CHAOS_ARGS=--help), or bounded.
CHAOS =		PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 tests/chaos/chaos.py \
		--toxid $(B)/toxid --load $(B)/load

#: chaos            nothing hangs, nothing is lost: CHAOS_ARGS=--help
chaos: packages-build packages-check all $(B)/load
	$(CHAOS) $(CHAOS_ARGS)

#: check-chaos      the same, in two minutes
check-chaos: packages-build packages-check all $(B)/load
	$(CHAOS) --bounded $(CHAOS_ARGS)

#: lint             layout, mistakes that a machine sees, manual pages
lint: packages-build packages-check packages-lint all
	tests/lint/lint.sh

# ---- what it costs: beside others, and beside earlier results

BENCHMARK =	bench/bench.py --toxid $(B)/toxid --load $(B)/load \
		--json $(B)/bench/bench.json

#: bench            what it costs, beside others: BENCH_ARGS=--quick
bench: packages-build packages-bench all $(B)/load
	$(BENCHMARK) $(BENCH_ARGS)

# The last result, into bench/results and README.md.
#: bench-publish    the last figures of it into README.md
bench-publish:
	$(BENCHMARK) --show --publish

# Debian 12's packages; each says what it installs.
#: packages-build   what make needs; packages-daemon: make daemon
packages-%:
	@scripts/packages.sh $*

#: clean            removes build/ and build-*/
clean:
	rm -rf build build-*

-include $(shell find $(B) -name '*.d' 2>/dev/null)
.PHONY: FORCE all bench bench-publish chaos check check-bench check-chaos \
	check-client check-clients check-deb check-fleet check-fresh check-install \
	check-oci check-openapi check-oracle check-python check-sandbox \
	check-sanitize check-slow check-toxictl check-ui check-valgrind clean \
	client-tests daemon deb demo demo-fleet dist fuzz fuzz-publish fuzzers fuzzers-list help install \
	install-client install-daemon install-sync install-toxictl lint oci picture run \
	uninstall unit wheel screenshots
