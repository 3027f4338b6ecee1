#!/bin/bash
# What toxid does, in ten seconds, on real traffic: its own API is the upstream.
# Exits 0 only if everything that it says was really seen.
#
#	scripts/demo.sh [build/toxid]
set -euo pipefail

toxid=${1:-build/toxid}
bold='' dim='' green='' red='' off=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' off=$'\e[0m'
fi

daemon=
log=$(mktemp)
cleanup() {
	[ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
	wait 2>/dev/null || true
	rm -f "$log"
}
trap cleanup EXIT

fail() {
	printf '\n%s✗ %s%s\n' "$red" "$1" "$off"
	sed 's/^/    /' "$log" | tail -n 20
	exit 1
}
step() { printf '\n%s%s%s\n' "$bold" "$1" "$off"; }
say() { printf '  %s✓%s %s\n' "$green" "$off" "$1"; }
note() { printf '  %s%s%s\n' "$dim" "$1" "$off"; }
now_ms() { echo $(($(date +%s%N) / 1000000)); }

# The port that the kernel chose for the API, once the log says it.
api_port() {
	sed -n '/"Starting Toxiproxy HTTP server"/ {
		s/.*"address":"[^"]*:\([0-9]*\)".*/\1/p; q; }' "$log"
}

api() { # METHOD PATH [JSON]
	curl -fsS --noproxy '*' -m 10 -X "$1" "http://127.0.0.1:$port$2" ${3:+-d "$3"}
}
listen_of() { api GET "/proxies/$1" | sed 's/.*"listen":"\([^"]*\)".*/\1/'; }

# ms that one request through a proxy takes
request_ms() {
	curl -fsS --noproxy '*' -m 10 -o /dev/null -w '%{time_total}\n' \
		"http://$(listen_of "$1")/version" |
		awk '{ printf "%.1f\n", $1 * 1000 }'
}
bar() { # VALUE: a character for each 10 ms
	awk -v v="$1" 'BEGIN { n = int(v / 10) + 1
		while (n-- > 0) printf "▇" }'
}
show() { # LABEL VALUE
	printf '    %-28s %7s ms  %s%s%s\n' "$1" "$2" "$green" "$(bar "$2")" \
		"$off"
}
at_least() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }'; }

# The pid of the process that ps shows under this title.
pid_of() {
	local p title
	for p in /proc/[0-9]*; do
		title=$(tr '\0' ' ' 2>/dev/null <"$p/cmdline") || continue
		# what was not overwritten of the old title are blanks
		title=${title%%  *}
		[ "${title% }" = "$1" ] || continue
		[ "$(awk '/^PPid:/ { print $2 }' "$p/status")" = "$daemon" ] ||
			continue
		echo "${p#/proc/}"
		return
	done
}

step 'Starting toxid'
"$toxid" -port 0 >"$log" 2>&1 &
daemon=$!
for _ in $(seq 200); do
	port=$(api_port)
	[ -z "$port" ] || break
	kill -0 "$daemon" 2>/dev/null || fail 'toxid did not start'
	sleep 0.05
done
api GET /version >/dev/null || fail 'the API does not answer'
say "the API listens on 127.0.0.1:$port, process $daemon"

step 'Two proxies, each with a worker process of its own'
for name in redis neighbour; do
	api POST /proxies "{\"name\": \"$name\",
		\"listen\": \"127.0.0.1:0\",
		\"upstream\": \"127.0.0.1:$port\"}" >/dev/null ||
		fail "proxy $name could not be created"
	worker=$(pid_of "toxid: relayd [$name]")
	[ -n "$worker" ] || fail "proxy $name has no worker"
	say "$name: $(listen_of $name) → 127.0.0.1:$port, worker $worker"
done

step 'A slow network comes and goes'
before=$(request_ms redis)
show 'a request' "$before"
api POST /proxies/redis/toxics \
	'{"type": "latency", "attributes": {"latency": 300}}' >/dev/null ||
	fail 'the toxic was not added'
during=$(request_ms redis)
show 'with latency 300 ms' "$during"
api DELETE /proxies/redis/toxics/latency_downstream ||
	fail 'the toxic was not removed'
after=$(request_ms redis)
show 'after its removal' "$after"
at_least "$during" 300 || fail 'the latency toxic did not delay'
at_least 300 "$after" || fail 'the latency toxic stayed'
say 'the delay came with the toxic and went with it'

step 'One worker is killed: kill -9'
address=$(listen_of neighbour)
exec 5<>"/dev/tcp/${address%:*}/${address##*:}"
ask_neighbour() { # on one connection, held open all the time
	printf 'GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n' >&5
	local line
	while IFS= read -r -t 5 line <&5; do
		case $line in *'"version"'*) return 0 ;; esac
	done
	return 1
}
ask_neighbour || fail 'the neighbour does not answer'
victim=$(pid_of 'toxid: relayd [redis]')
neighbour=$(pid_of 'toxid: relayd [neighbour]')
kill -9 "$victim"
killed=$(now_ms)
request_ms redis >/dev/null || fail 'a client was refused after the kill'
back=$(($(now_ms) - killed))
heir=$(pid_of 'toxid: relayd [redis]')
case $heir in
'' | "$victim") fail 'the worker was not replaced' ;;
esac
say "redis: worker $victim is dead, $heir serves its port"
say "the next client was not refused, and answered after $back ms"
ask_neighbour || fail 'the neighbour noticed'
exec 5>&-
[ "$(pid_of 'toxid: relayd [neighbour]')" = "$neighbour" ] ||
	fail 'the neighbour lost its worker'
say "neighbour: worker $neighbour and its open connection never noticed"

step 'What runs'
for p in "/proc/$daemon" /proc/[0-9]*; do
	ppid=$(awk '/^PPid:/ { print $2 }' "$p/status" 2>/dev/null) || continue
	[ "$p" = "/proc/$daemon" ] || [ "$ppid" = "$daemon" ] || continue
	[ "$p" != "/proc/$daemon" ] || [ -z "${seen:-}" ] || continue
	seen=1
	awk -v pid="${p#/proc/}" -v title="$(tr '\0' ' ' <"$p/cmdline")" '
		/^Uid:/ { uid = $2 } /^Seccomp:/ { filter = $2 }
		END { sub(/ +$/, "", title)
		      printf "    %-7s uid %-6s %-11s %s\n", pid, uid,
			(filter == 2 ? "sandboxed" : ""), substr(title, 1, 40) }
	' "$p/status"
done

kill "$daemon"
wait "$daemon" || fail 'toxid did not end in good order'
daemon=
printf '\n%sIt all happened.%s ' "$bold" "$off"
printf 'Run it yourself with "make run"; README.md shows what to say to it.\n'
