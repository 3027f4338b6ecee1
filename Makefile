# toxid: one program per process.  Lists are explicit: a file that is not named
# here is not in the program.  Headers are found by the compiler (-MMD).

PREFIX ?=	/usr/local
LIBEXEC ?=	$(PREFIX)/libexec/toxid

CC ?=		cc
CSTD =		-std=gnu11 -D_GNU_SOURCE
WARN =		-Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
		-Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wvla \
		-Wformat=2 -Wundef -Wwrite-strings
HARDEN =	-fstack-protector-strong -fstack-clash-protection \
		-fcf-protection=full
ifeq ($(findstring clang,$(shell $(CC) --version)),)
HARDEN +=	-ftrivial-auto-var-init=zero # clang 14 has it not yet
endif
CFLAGS ?=	-O2 -g -D_FORTIFY_SOURCE=2 $(HARDEN)
LDHARDEN =	-Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code
ALL_CFLAGS =	$(CSTD) $(WARN) $(CFLAGS) $(DEFINES) $(INC) -fPIE -MMD -MP
ALL_LDFLAGS =	-pie $(LDHARDEN) $(LDFLAGS)
DEFINES =

# V=1 shows every command whole.
Q =		$(if $(V),,@)

B =		build
# Not in $(B) itself: there the programs have the names of the folders.
O =		$(B)/obj
obj =		$(patsubst %.c,$(O)/%.o,$(1))

PROGRAMS =	$(B)/toxid $(B)/apid $(B)/relayd $(B)/diald $(B)/stored

SHARED =	shared/clock.c shared/lockdown.c shared/log.c shared/random.c \
		shared/title.c
PROTO =		proto/chan.c proto/endpoint.c proto/msg.c proto/toxic_spec.c
CHILD =		proto/child.c # what all but the supervisor are
SPLIT =		proto/split.c # reads untrusted text

SUPERVISOR =	supervisor/main.c supervisor/options.c supervisor/output.c \
		supervisor/loop.c supervisor/spawn.c supervisor/children.c \
		supervisor/restarts.c supervisor/vitals.c \
		supervisor/listen.c \
		supervisor/proxies.c supervisor/workers.c \
		supervisor/replica.c supervisor/changes.c \
		supervisor/prepare.c supervisor/commit.c \
		supervisor/store.c supervisor/restore.c supervisor/api.c \
		supervisor/dispatch_apid.c supervisor/dispatch_relayd.c \
		supervisor/dispatch_diald.c supervisor/dispatch_stored.c

APID =		apid/main.c apid/dispatch.c apid/replica.c apid/ask.c \
		apid/http.c apid/clients.c apid/guard.c apid/route.c apid/request.c \
		apid/decode.c apid/encode.c \
		apid/proxies.c apid/toxics.c apid/populate.c apid/metrics.c \
		apid/config.c

CHAIN =		relayd/chain.c relayd/toxics.c \
		relayd/toxics/bandwidth.c relayd/toxics/crash.c \
		relayd/toxics/latency.c relayd/toxics/leak.c \
		relayd/toxics/limit_data.c relayd/toxics/noop.c \
		relayd/toxics/reset_peer.c relayd/toxics/slicer.c \
		relayd/toxics/slow_close.c relayd/toxics/spin.c \
		relayd/toxics/timeout.c
RELAYD =	$(CHAIN) relayd/main.c relayd/counters.c relayd/deadlines.c \
		relayd/dialer.c relayd/dispatch.c relayd/listener.c \
		relayd/loop.c relayd/peer.c relayd/pipe.c relayd/session.c \
		relayd/session_log.c relayd/splice.c relayd/tidy.c \
		relayd/toxic_list.c

DIALD =		diald/main.c diald/dispatch.c diald/events.c \
		diald/resolver.c diald/workers.c diald/dials.c \
		diald/preload.c

STORED =	stored/main.c stored/dispatch.c stored/database.c \
		stored/schema.c

# What a unit test can reach without a process: see tests/unit.
UNIT =		tests/unit/chain_rig.c tests/unit/chain_test.c \
		tests/unit/decode_test.c tests/unit/encode_test.c \
		tests/unit/endpoint_test.c tests/unit/listen_test.c \
		tests/unit/msg_test.c tests/unit/restarts_test.c \
		tests/unit/shared_test.c tests/unit/toxics_test.c
UNIT_OF =	$(CHAIN) supervisor/restarts.c supervisor/listen.c \
		apid/decode.c apid/encode.c apid/replica.c proto/split.c

# The load generator of `make bench`: both ends of a relay under measurement.
BENCH =		bench/bulk.c bench/connect.c bench/delay.c bench/echo.c \
		bench/http.c bench/http_reply.c bench/idle.c bench/json.c \
		bench/load.c bench/messages.c bench/net.c bench/options.c \
		bench/rate.c bench/run.c bench/stats.c bench/stream.c \
		bench/verify.c

all: $(PROGRAMS)

# What a folder may see is what its -I says; tests/lint/includes.sh holds the
# rest.
$(O)/shared/%.o:	INC = -Ishared
$(O)/proto/%.o:		INC = -Iproto -Ishared
$(O)/supervisor/%.o:	INC = -Isupervisor -Iproto -Ishared \
				-DLIBEXEC='"$(LIBEXEC)"'
$(O)/apid/%.o:		INC = -Iapid -I$(O)/apid -Iproto -Ishared
$(O)/relayd/%.o:	INC = -Irelayd -I$(O)/relayd -Iproto -Ishared
$(O)/stored/%.o:	INC = -Istored -I$(O)/stored -Iproto -Ishared
$(O)/diald/%.o:		INC = -Idiald -I$(O)/diald -Iproto -Ishared

$(B)/toxid: $(call obj,$(SUPERVISOR) $(PROTO) $(SHARED))
$(B)/apid: $(call obj,$(APID) $(CHILD) $(SPLIT) $(PROTO) $(SHARED))
$(B)/apid: LIBS = -lmicrohttpd -ljansson
$(B)/stored: $(call obj,$(STORED) $(CHILD) $(SPLIT) $(PROTO) $(SHARED))
$(B)/stored: LIBS = -lsqlite3
$(B)/diald: $(call obj,$(DIALD) $(CHILD) $(PROTO) $(SHARED))
$(B)/diald: LIBS = -levent_core -lpthread

# A worker for each proxy: static, so that each has little memory of its own.
$(B)/relayd: $(call obj,$(RELAYD) $(CHILD) $(PROTO) $(SHARED))
ifndef SANITIZE
$(B)/relayd: ALL_LDFLAGS = -static-pie $(LDHARDEN) $(LDFLAGS)
endif

$(O)/tests/unit/%.o:	INC = -Isupervisor -Iapid -Irelayd -Iproto -Ishared
$(B)/unit_test: $(call obj,$(UNIT) $(UNIT_OF) $(PROTO) $(SHARED))
$(B)/unit_test: LIBS = -lcriterion -ljansson

$(O)/bench/%.o:		INC = -Ibench -Ishared
$(B)/load: $(call obj,$(BENCH) $(SHARED))

$(PROGRAMS) $(B)/unit_test $(B)/load:
	@echo "  LD    $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(LIBS)

$(O)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# `make install PREFIX=...` after `make`: toxid knows where the others are.
$(O)/supervisor/spawn.o: $(O)/libexec
$(O)/libexec: FORCE
	@mkdir -p $(@D)
	@echo '$(LIBEXEC)' | cmp -s - $@ || echo '$(LIBEXEC)' >$@

# The system call filter of a program, out of its sandbox.c, by a compiler of
# its own: see shared/sandbox.h.
FILTERED =	apid relayd diald stored
$(O)/%/filter.h: $(O)/%/sandbox_compile
	@mkdir -p $(@D)
	@echo "  GEN   $@"
	$(Q)$< > $@.new && mv $@.new $@
$(O)/%/sandbox_compile: %/sandbox.c shared/sandbox_compile.c shared/sandbox.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(CSTD) $(WARN) -Wno-missing-field-initializers -O1 -Ishared \
	    -o $@ $(filter %.c,$^) -lseccomp
$(foreach p,$(FILTERED),$(eval $(O)/$(p)/main.o: $(O)/$(p)/filter.h))
.PRECIOUS: $(O)/%/sandbox_compile $(O)/%/filter.h

# ---- for people

run: packages-build all
	$(B)/toxid

demo: packages-build packages-demo all
	@scripts/demo.sh $(B)/toxid

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(LIBEXEC) \
		$(DESTDIR)$(PREFIX)/share/man/man7 \
		$(DESTDIR)$(PREFIX)/share/man/man8
	install -m 755 $(B)/toxid $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(B)/apid $(B)/relayd $(B)/diald $(B)/stored \
		$(DESTDIR)$(LIBEXEC)
	install -m 644 apid/toxid-api.7 $(DESTDIR)$(PREFIX)/share/man/man7
	install -m 644 supervisor/toxid.8 $(DESTDIR)$(PREFIX)/share/man/man8

# ---- tests: `check` is what a newcomer runs, .ci/run calls them all

PYTEST =	/usr/bin/python3 -m pytest -q -p no:cacheprovider --timeout 300
SYSTEM =	TOXID=$(B)/toxid LOAD=$(B)/load PYTHONDONTWRITEBYTECODE=1 \
		$(PYTEST) tests/system

unit: packages-build packages-check $(B)/unit_test
	timeout -k 5 300 $(B)/unit_test -j2 --timeout 20 </dev/null

check: packages-build packages-check all $(B)/load unit
	$(SYSTEM) -n 6 -m 'not slow'

check-slow: packages-build packages-check all $(B)/load
	$(SYSTEM) -n 3 -m slow

check-sandbox: packages-build packages-check all
	PYTHONDONTWRITEBYTECODE=1 $(PYTEST) -n 4 tests/sandbox

check-install:
	scripts/check-install.sh

check-sanitize:
	scripts/check-sanitize.sh sanitize

check-valgrind:
	scripts/check-sanitize.sh valgrind

check-clients: packages-build packages-clients all
	tests/clients/run.sh $(B)/toxid

check-oracle: packages-build packages-check all
	tests/oracle/run.sh $(B)/toxid

check-bench: packages-build packages-bench packages-check all $(B)/load
	TOXID=$(B)/toxid PYTHONDONTWRITEBYTECODE=1 $(PYTEST) tests/bench

# Nothing hangs, nothing is lost: at length (CHAOS_ARGS=--help), or bounded.
CHAOS =		PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 tests/chaos/chaos.py \
		--toxid $(B)/toxid --load $(B)/load

chaos: packages-build packages-check all $(B)/load
	$(CHAOS) $(CHAOS_ARGS)

check-chaos: packages-build packages-check all $(B)/load
	$(CHAOS) --bounded $(CHAOS_ARGS)

lint: packages-build packages-lint all
	tests/lint/lint.sh

# ---- what it costs: beside others, and beside earlier results

BENCHMARK =	bench/bench.py --toxid $(B)/toxid --load $(B)/load \
		--json $(B)/bench/bench.json

bench: packages-build packages-bench all $(B)/load
	$(BENCHMARK) $(BENCH_ARGS)

# The last result, into bench/results and README.md.
bench-publish:
	$(BENCHMARK) --show --publish

# Debian 12's packages; each says what it installs.
packages-%:
	@scripts/packages.sh $*

clean:
	rm -rf build build-*

-include $(shell find $(B) -name '*.d' 2>/dev/null)
.PHONY: FORCE all bench bench-publish chaos check check-bench check-chaos \
	check-clients check-install check-oracle check-sandbox check-sanitize \
	check-slow check-valgrind clean demo install lint run unit
