#!/bin/bash
# SPDX-License-Identifier: ISC
# Runs other people's client libraries, unmodified, from their registries,
# against toxid in front of a real Redis; then the examples of README.md, as
# they stand, in a network in which all is at its usual place.
#
#	tests/clients/run.sh [toxid [client | example_... ...]]
#
# Every client has a fetch_* step (downloads; a failure is a skip) and a
# drive_* step (builds and runs the scenario; a failure is a failure), called
# by their names.  What they make goes below $OUT.  NAME_token is the same
# scenario against a toxid that wants a token, which stands in the URL, and
# NAME_tenant against one that has tenants, with a token that its API has made:
# those clients that can carry one there.
# Of suites that are killed, each is so KILLS times: 3, at length 100.
# shellcheck disable=SC2317
set -u

TOXID=${1:-build/toxid}
shift $(($# ? 1 : 0))
CLIENTS=${*:-node python p2pd go toxiproxy_rust noxious_client java \
    python_token go_token noxious_client_token \
    python_tenant go_tenant noxious_client_tenant killed \
    example_python example_node example_go example_java example_ruby \
    example_rust example_c snippets}
PYTHON=${PYTHON:-python3}
KILLS=${KILLS:-3}
PORT_BASE=${PORT_BASE:-$((20000 + $$ % 10000))}
HERE=$(cd "$(dirname "$0")" && pwd) || exit 1
EXAMPLES=$(cd "$HERE/../../examples" && pwd) || exit 1
OUT=${OUT:-build/clients}
mkdir -p "$OUT" && OUT=$(cd "$OUT" && pwd) || exit 1

passed=0 failed=0 skipped=0
PIDS=

stop_all() {
	for pid in $PIDS; do
		kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	done
}
trap stop_all EXIT
trap 'exit 1' INT TERM

report() {	# ok|FAIL|skip client [reason]
	printf '%-4s %s%s\n' "$1" "$2" "${3:+  $3}"
	case $1 in
	ok)	passed=$((passed + 1)) ;;
	FAIL)	failed=$((failed + 1)) ;;
	skip)	skipped=$((skipped + 1)) ;;
	esac
}

finish() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ] || exit 1
	[ "$passed" -gt 0 ] || exit 77 # .ci/run counts it as skipped
	exit 0
}

listens() {
	(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

free_port() {
	while listens "$PORT_BASE"; do
		PORT_BASE=$((PORT_BASE + 1))
	done
	port=$PORT_BASE
	PORT_BASE=$((PORT_BASE + 1))
}

start() {	# log command ...: leaves when $port is served
	local log=$1 tries=0
	shift
	"$@" >"$OUT/$log" 2>&1 &
	PIDS="$! $PIDS"
	until listens "$port"; do
		tries=$((tries + 1))
		if [ $tries -gt 100 ] || ! kill -0 $! 2>/dev/null; then
			echo "$1 does not start: $(tail -n 1 "$OUT/$log")"
			return 1
		fi
		sleep 0.1
	done
}

# Why a download failed is said first; why a scenario did, last.
why_not_fetched() {
	{ grep -iE 'error|cannot|could not|failed' "$OUT/$1.log" || cat "$OUT/$1.log"; } |
	    head -n 1 | cut -c 1-200
}

why_failed() {
	grep -E '^[^ ].*[[:alnum:]]' "$OUT/$1.log" |
	    grep -vE '^(goroutine|exit status|Node.js v|note: run with)' |
	    tail -n 1 | cut -c 1-200
}

needs() {
	for tool; do
		command -v "$tool" >/dev/null || {
			echo "no $tool on this machine"
			return 1
		}
	done
}

venv() {	# NAME [requirements.txt]
	needs "$PYTHON" || return
	[ -x "$OUT/$1/bin/pip" ] || "$PYTHON" -m venv "$OUT/$1" || return
	"$OUT/$1/bin/pip" install -q --disable-pip-version-check \
	    -r "${2:-$HERE/$1/requirements.txt}"
}

fetch_node() {
	needs node npm && mkdir -p "$OUT/node" &&
	    cp "$HERE"/node/*.json "$HERE"/node/*.js "$OUT/node" &&
	    (cd "$OUT/node" && npm ci --no-audit --no-fund)
}
drive_node() {
	cp "$HERE"/node/*.js "$OUT/node" && node "$OUT/node/scenario.js"
}

fetch_python() { venv python; }
drive_python() { "$OUT/python/bin/python" "$HERE/python/scenario.py"; }

fetch_p2pd() { venv p2pd; }
drive_p2pd() { "$OUT/p2pd/bin/python" "$HERE/p2pd/scenario.py"; }

fetch_go() { needs go && (cd "$HERE/go" && go mod download); }
drive_go() {
	(cd "$HERE/go" && go build -mod=readonly -o "$OUT/go/scenario" .) &&
	    "$OUT/go/scenario"
}

fetch_rust() {
	needs cargo &&
	    cargo fetch -q --locked --manifest-path "$HERE/rust/Cargo.toml"
}
drive_rust() {
	CARGO_TARGET_DIR=$OUT/rust cargo build -q --locked --offline \
	    --manifest-path "$HERE/rust/Cargo.toml" --bin "$1" &&
	    "$OUT/rust/debug/$1"
}
fetch_toxiproxy_rust() { fetch_rust; }
drive_toxiproxy_rust() { drive_rust scenario_toxiproxy_rust; }
fetch_noxious_client() { fetch_rust; }
drive_noxious_client() { drive_rust scenario_noxious_client; }

fetch_java() {
	needs java javac mvn && mvn -B -q -f "$HERE/java/pom.xml" \
	    dependency:copy-dependencies -DoutputDirectory="$OUT/java"
}
drive_java() { java -cp "$OUT/java/*" "$HERE/java/Scenario.java"; }

fetch_killed() {
	needs go node ruby cc /usr/bin/python3 &&
	    /usr/bin/python3 -c 'import pytest' # of Debian's package
}
drive_killed() {
	local build
	build=$(dirname "$TOXID_PROGRAM")
	mkdir -p "$OUT/killed" && cd "$HERE/killed" &&
	    go build -o "$OUT/killed/suite_go" suite.go &&
	    cc -I "$HERE/../../client" suite.c -o "$OUT/killed/suite_c" \
		"$build/libtoxi.a" -lcurl -ljansson -lpthread &&
	    /usr/bin/python3 killed.py "$TOXID_PROGRAM" "$OUT" \
		--kills "$KILLS"
}

# ---- the examples: with what README.md says to type, but that nothing is
# downloaded any more

copy_example() { mkdir -p "$OUT/example_$1" &&
    cp -r "$EXAMPLES/$1/." "$OUT/example_$1"; }

fetch_example_python() {
	venv example_python "$EXAMPLES/python/requirements.txt"
}
drive_example_python() {
	"$OUT/example_python/bin/pytest" -q -p no:cacheprovider \
	    "$EXAMPLES/python"
}

fetch_example_node() {
	needs node npm && copy_example node &&
	    (cd "$OUT/example_node" && npm ci --no-audit --no-fund)
}
drive_example_node() { copy_example node && cd "$OUT/example_node" && node --test; }

fetch_example_go() {
	needs go && (cd "$EXAMPLES/go" && go mod download) &&
	    (cd "$EXAMPLES/go" && go test -mod=readonly -count 1 -run NONE)
}
drive_example_go() { cd "$EXAMPLES/go" && go test -mod=readonly -count 1; }

# Maven fetches what runs tests when it runs some: by a java that does nothing.
fetch_example_java() {
	needs java mvn && copy_example java && mkdir -p "$OUT/no/bin" &&
	    ln -sf /bin/false "$OUT/no/bin/java" || return
	mvn -B -q -f "$OUT/example_java" test -Djvm="$OUT/no/bin/java"
	mvn -B -q -o -f "$OUT/example_java" test-compile
}
drive_example_java() {
	copy_example java && mvn -B -q -o -f "$OUT/example_java" test
}

fetch_example_ruby() {
	needs ruby bundle && copy_example ruby && cd "$OUT/example_ruby" &&
	    bundle config set --local path gems && bundle install
}
drive_example_ruby() {
	copy_example ruby && cd "$OUT/example_ruby" &&
	    bundle exec ruby test_redis.rb
}

fetch_example_rust() {
	needs cargo && cargo fetch -q --locked \
	    --manifest-path "$EXAMPLES/rust/Cargo.toml"
}
drive_example_rust() {
	CARGO_TARGET_DIR=$OUT/rust cargo test -q --locked --offline \
	    --manifest-path "$EXAMPLES/rust/Cargo.toml"
}

# With the library as it would be installed.
fetch_example_c() {
	needs cc pkg-config && make -s -C "$HERE/../.." install-client \
	    DESTDIR="$OUT/example_c" PREFIX=/usr
}
drive_example_c() {
	local lib=$OUT/example_c/usr/lib
	export PKG_CONFIG_SYSROOT_DIR=$OUT/example_c
	export PKG_CONFIG_PATH=$lib/pkgconfig LD_LIBRARY_PATH=$lib
	# shellcheck disable=SC2046	# words, on purpose
	cc "$EXAMPLES/c/redis_test.c" -o "$OUT/example_c/a.out" \
	    $(pkg-config --cflags --libs libtoxi) -L"$lib" -lhiredis \
	    -lcriterion && "$OUT/example_c/a.out"
}

# The compose file and the CI jobs, by the rules of those who read them.
fetch_snippets() { venv snippets "$EXAMPLES/ci/requirements.txt"; }
drive_snippets() {
	local bin=$OUT/snippets/bin check
	check=$bin/check-jsonschema
	"$bin/yamllint" -s -c "$EXAMPLES/ci/yamllint.yml" "$EXAMPLES" &&
	    "$check" --builtin-schema vendor.compose-spec \
		"$EXAMPLES/compose.yaml" &&
	    "$check" --builtin-schema vendor.github-workflows \
		"$EXAMPLES/ci/github-actions.yml" &&
	    "$check" --builtin-schema vendor.gitlab-ci \
		"$EXAMPLES/ci/gitlab-ci.yml"
}

# Once fetched, not again until the pinned versions change.
fetch() {
	local stamp=$OUT/$1.fetched folder=$HERE/$1
	case $1 in
	example_*) folder=$EXAMPLES/${1#example_} ;;
	snippets) folder=$EXAMPLES/ci ;;
	*_*) folder=$HERE/rust ;;
	esac
	[ -e "$stamp" ] && [ -z "$(find "$folder" -newer "$stamp" \
	    \( -name '*.json' -o -name '*.txt' -o -name 'go.*' \
	    -o -name 'Cargo.*' -o -name pom.xml -o -name Gemfile \))" ] && return
	(export -f needs venv copy_example "fetch_$1" fetch_rust
	export OUT HERE EXAMPLES PYTHON
	timeout 240 bash -c "fetch_$1") </dev/null >"$OUT/$1.log" 2>&1 &&
	    touch "$stamp"
}

# All of them, in their order, while those that are there are driven: one waits
# for the network, the other for its program.
fetch_all() {	# client ...
	local client
	for client; do
		client=${client%_token}
		client=${client%_tenant}
		[ -e "$OUT/tried/$client" ] && continue
		fetch "$client"
		echo $? >"$OUT/tried/$client.new"
		mv "$OUT/tried/$client.new" "$OUT/tried/$client"
	done
}

is_fetched() {	# client, as soon as that has been tried
	until [ -e "$OUT/tried/$1" ] || ! kill -0 "$fetcher" 2>/dev/null; do
		sleep 0.1
	done
	return "$(cat "$OUT/tried/$1" 2>/dev/null || echo 1)"
}

drive() {
	(export -f "drive_$1" drive_rust copy_example in_usual_places
	export OUT HERE EXAMPLES TOXID_PROGRAM PYTHONDONTWRITEBYTECODE=1 KILLS
	case $1 in
	example_*)
		# shellcheck disable=SC2086	# words, on purpose
		timeout 900 $ALONE bash -c "in_usual_places drive_$1"
		;;
	*) timeout $((900 + 10 * KILLS)) bash -c "drive_$1" ;;
	esac) </dev/null >"$OUT/$1.log" 2>&1
}

# Redis at 6379 and toxid at 8474, in a network that is ours alone.
in_usual_places() {	# FUNCTION
	local rc redis toxid
	ip link set lo up || return
	redis-server --bind 127.0.0.1 --save '' --appendonly no \
	    --dir "$OUT" >"$OUT/redis-of-examples.log" &
	redis=$!
	"$TOXID_PROGRAM" >"$OUT/toxid-of-examples.log" 2>&1 &
	toxid=$!
	for _ in $(seq 100); do
		(exec 3<>/dev/tcp/127.0.0.1/6379 4<>/dev/tcp/127.0.0.1/8474) \
		    2>/dev/null && break
		sleep 0.1
	done
	("$1")
	rc=$?
	kill "$redis" "$toxid"
	wait
	return "$rc"
}

# A pin that does not hold is a failure, whatever the registry says.
broken_pin() {
	grep -qiE 'integrity|checksum|do not match|--locked|in sync' \
	    "$OUT/$1.log"
}

run() {	# client [what it is called in the report]
	local name=${2:-$1}
	if is_fetched "$1"; then
		if drive "$1"; then
			report ok "$name"
		else
			report FAIL "$name" "$(why_failed "$1")"
			sed 's/^/    /' "$OUT/$1.log" | tail -n 20
		fi
	elif broken_pin "$1"; then
		report FAIL "$name" "pinned: $(why_not_fetched "$1")"
	else
		report skip "$name" "cannot fetch: $(why_not_fetched "$1")"
	fi
}

if ! needs redis-server; then
	for client in $CLIENTS; do
		report skip "$client" "no redis-server on this machine"
	done
	finish
fi

TOXID_PROGRAM=$(realpath "$TOXID")
ALONE='unshare -n' # who is no root, stays who it is
[ "$(id -u)" -eq 0 ] || ALONE='unshare -n --map-current-user --keep-caps'
free_port
REDIS=127.0.0.1:$port
start redis.log redis-server --bind 127.0.0.1 --port "$port" --save '' \
    --appendonly no --daemonize no --dir "$OUT" || exit 1
free_port
API=127.0.0.1:$port
start toxid.log "$TOXID" -host 127.0.0.1 -port "$port" || exit 1
free_port
GUARDED=:sesame@127.0.0.1:$port
start toxid-guarded.log env TOXIPROXY_AUTH_TOKEN=sesame "$TOXID" \
    -host 127.0.0.1 -port "$port" || exit 1
# A token of a team's that shares toxid, made by one of the file's.
make_lab() {
	local toxictl made
	toxictl=$(dirname "$TOXID")/toxictl
	made=$("$toxictl" token hash --new --name ops) || return
	cat >"$OUT/lab.json" <<-EOF
	{ "tenants": [ { "name": "team", "upstreams": { "allow": ["loopback"] },
	    "tokens": [ ${made##*$'\n'} ] } ] }
	EOF
	free_port
	start toxid-lab.log "$TOXID" -host 127.0.0.1 -port "$port" \
	    -config "$OUT/lab.json" || return
	LAB=$(TOXIPROXY_AUTH_TOKEN=${made%%$'\n'*} "$toxictl" \
	    -h "http://127.0.0.1:$port" token new clients \
	    2>"$OUT/token.log") || { cat "$OUT/token.log" && return 1; }
	LAB=x:$LAB@127.0.0.1:$port
}
make_lab || exit 1
export REDIS
rm -rf "$OUT/tried"
mkdir "$OUT/tried" || exit 1
# shellcheck disable=SC2086	# words, on purpose
fetch_all $CLIENTS &
fetcher=$!
PIDS="$fetcher $PIDS"
for client in $CLIENTS; do
	case $client in
	*_tenant)
		TOXID=$LAB run "${client%_tenant}" "$client"
		continue
		;;
	*_token)
		TOXID=$GUARDED run "${client%_token}" "$client"
		continue
		;;
	example_*)
		$ALONE true 2>/dev/null || {
			report skip "$client" "no networks of our own here"
			continue
		}
		;;
	esac
	TOXID=$API run "$client"
done
finish
