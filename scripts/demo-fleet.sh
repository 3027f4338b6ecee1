#!/bin/bash
# What a fleet does, in half a minute: a real etcd, three toxids, and a
# toxid-sync beside each.  Exits 0 only if everything that it says was really
# seen.
#
#	scripts/demo-fleet.sh [build]
set -euo pipefail

build=${1:-build}
prefix=/toxid/demo
bold='' dim='' green='' red='' off=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' off=$'\e[0m'
fi

folder=$(mktemp -d)
declare -A pid port
# Nodes first: they take leave of the etcd.
cleanup() {
	local who p
	for who in '*-sync' 'n?' 'etcd'; do
		for p in "${!pid[@]}"; do
			# shellcheck disable=SC2053	# a pattern
			[[ $p == $who ]] || continue
			kill "${pid[$p]}" 2>/dev/null || continue
			timeout 3 tail -s 0.05 --pid="${pid[$p]}" -f /dev/null ||
				kill -9 "${pid[$p]}" 2>/dev/null || true
		done
	done
	wait 2>/dev/null || true
	rm -rf "$folder"
}
trap cleanup EXIT

fail() {
	printf '\n%s✗ %s%s\n' "$red" "$1" "$off"
	for log in "$folder"/*.log; do
		echo "  $(basename "$log"):"
		tail -n 6 "$log" | cut -c 1-200 | sed 's/^/    /'
	done
	exit 1
}
step() { printf '\n%s%s%s\n' "$bold" "$1" "$off"; }
say() { printf '  %s✓%s %s\n' "$green" "$off" "$1"; }
shows() { printf '  %s$ %s%s\n' "$dim" "$1" "$off"; }
now_ms() { echo $(($(date +%s%N) / 1000000)); }

# Until a command succeeds, at most so many seconds.
until_true() { # SECONDS COMMAND...
	local end=$(($(now_ms) + $1 * 1000))
	shift
	until "$@"; do
		[ "$(now_ms)" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# Ports that nobody listens on: etcd takes no 0.
free_port() {
	local p
	for _ in $(seq 100); do
		p=$((20000 + RANDOM % 12000))
		case " ${port[*]} " in *" $p "*) continue ;; esac
		# nobody answers there
		(: <"/dev/tcp/127.0.0.1/$p") 2>/dev/null || break
	done
	echo "$p"
}

# ---- who takes part

start_etcd() {
	port[etcd]=$(free_port)
	port[peer]=$(free_port)
	etcd=http://127.0.0.1:${port[etcd]}
	local peer=http://127.0.0.1:${port[peer]}
	etcd --data-dir "$folder/etcd" --log-level error \
		--listen-client-urls "$etcd" --advertise-client-urls "$etcd" \
		--listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" \
		--initial-cluster "default=$peer" >"$folder/etcd.log" 2>&1 &
	pid[etcd]=$!
	until_true 10 etcd_answers || fail 'etcd does not answer'
}
etcd_answers() {
	curl -fsS --noproxy '*' -m 2 "$etcd/health" >/dev/null 2>&1
}

# The port that the kernel chose for the API, once the log says it.
api_port() {
	sed -n '/"Starting Toxiproxy HTTP server"/ {
		s/.*"address":"[^"]*:\([0-9]*\)".*/\1/p; q; }' "$1"
}
toxid_listens() {
	port[$1]=$(api_port "$folder/$1.log")
	[ -n "${port[$1]}" ]
}
start_node() { # NAME ZONE
	"$build/toxid" -port 0 -spares 0 >"$folder/$1.log" 2>&1 &
	pid[$1]=$!
	until_true 10 toxid_listens "$1" || fail "$1: toxid did not start"
	"$build/toxid-sync" --etcd "$etcd" --prefix $prefix --node "$1" \
		--label "zone=$2" --lease 3 \
		--toxid "http://127.0.0.1:${port[$1]}" \
		>"$folder/$1-sync.log" 2>&1 &
	pid[$1-sync]=$!
}

# ---- what is asked

ctl() { "$build/toxictl" --fleet "$etcd$prefix" fleet "$@"; }
status() { # NAME FIELD: 2 live, 4 lag, 6 drain
	ctl status | awk -F '\t' -v n="$1" -v f="$2" '$1 == n { print $f }'
}
is() { [ "$(status "$1" "$2")" = "$3" ]; }
all_current() { # NAME...
	local n
	for n in "$@"; do is "$n" 2 live && is "$n" 4 0 || return 1; done
}
has_session() { # NODE
	curl -fsS --noproxy '*' -m 5 \
		"http://127.0.0.1:${port[$1]}/proxies/web/health" |
		grep -q '"open_sessions":1\b'
}
all_have() { # LATENCY NAME...: each toxid has it, not only its word for it
	local n ms=$1
	shift
	for n in "$@"; do
		curl -sS --noproxy '*' -m 5 \
			"http://127.0.0.1:${port[$n]}/proxies/web/toxics" |
			grep -q "\"latency\":$ms\\b" || return 1
	done
}
show_status() {
	shows "toxictl fleet status"
	ctl status | awk -F '\t' '
		BEGIN { printf "    %-5s %-6s %8s %4s  %-10s %-9s %7s  %s\n",
			"Node", "State", "Applied", "Lag", "Health", "Drain",
			"Proxies", "Labels" }
		{ printf "    %-5s %-6s %8s %4s  %-10s %-9s %7s  %s\n",
			$1, $2, $3, $4, $5, $6, $7, $8 }'
}
address_of() { # NODE
	ctl addresses web | awk -F '\t' -v n="$1" '$2 == n { print $3 }'
}
request_ms() { # NODE: one request through its proxy web
	curl -fsS --noproxy '*' -m 10 -o /dev/null -w '%{time_total}\n' \
		"http://$(address_of "$1")/version" |
		awk '{ printf "%.0f\n", $1 * 1000 }'
}
apply() { # MS: web has such a latency, api none
	printf '{"proxies": {
		"web": {"listen": "127.0.0.1:0", "upstream": "%s",
			"toxics": [{"type": "latency",
				"attributes": {"latency": %s}}]},
		"db": {"listen": "127.0.0.1:0", "upstream": "%s"}}}\n' \
		"127.0.0.1:${port[etcd]}" "$1" "127.0.0.1:${port[etcd]}" \
		>"$folder/proxies.json"
	shows 'toxictl fleet apply proxies.json'
	ctl apply "$folder/proxies.json" | sed 's/^/    /'
}

step 'An etcd, and three nodes: each a toxid, and a toxid-sync beside it'
start_etcd
say "etcd: $etcd, all keys of the fleet below $prefix"
start_node n1 a
start_node n2 a
start_node n3 b
until_true 10 all_current n1 n2 n3 || fail 'not all nodes have come'
say 'n1, n2 and n3 have told etcd that they are there'

step 'What they are all to have is written down once'
apply 5
until_true 10 all_have 5 n1 n2 n3 || fail 'not all nodes have it'
until_true 10 all_current n1 n2 n3 || fail 'not all nodes say that they have it'
show_status
say 'every node has made itself so; nobody has told it to'
shows 'toxictl fleet addresses web'
ctl addresses web | sed 's/^/    /'

step 'One proxy is changed, everywhere'
before=$(request_ms n1)
apply 200
began=$(now_ms)
until_true 10 all_have 200 n1 n2 n3 || fail 'not all nodes have the change'
say "the last node had it within $(($(now_ms) - began)) ms"
for n in n1 n2 n3; do
	during=$(request_ms $n)
	[ "$during" -ge 200 ] || fail "$n does not delay"
	say "a request through $n: $during ms, and $before ms before"
done

step 'A node dies: kill -9'
kill -9 "${pid[n3]}" "${pid[n3-sync]}"
wait "${pid[n3]}" "${pid[n3-sync]}" 2>/dev/null || true # bash would tell
until_true 10 is n3 2 away || fail 'nobody noticed'
show_status
[ -z "$(address_of n3)" ] || fail 'clients still find n3'
say 'its lease has run out: everybody knows, and clients do not find it'
apply 10
until_true 10 all_have 10 n1 n2 || fail 'the others do not go on'
say 'the others go on, and take what is new'
start_node n3 b
until_true 10 all_have 10 n3 || fail 'n3 is not as it should be'
until_true 10 all_current n1 n2 n3 || fail 'n3 does not say that it is there'
say 'n3 is back, with nothing, and makes itself as the others are'

step 'A node is to be taken out: drain'
address=$(address_of n2)
exec 5<>"/dev/tcp/${address%:*}/${address##*:}"
until_true 5 has_session n2 || fail 'there is no session through n2'
shows 'toxictl fleet drain n2 --within 20'
ctl drain n2 --within 20 | sed 's/^/    /'
until_true 10 is n2 6 draining || fail 'n2 does not drain'
[ -z "$(address_of n2)" ] || fail 'clients still find n2'
printf 'GET /version HTTP/1.1\r\nHost: x\r\n\r\n' >&5
IFS= read -r -t 5 line <&5 || fail 'the session through n2 has ended'
case $line in HTTP/1.1*) ;; *) fail 'the session through n2 is broken' ;; esac
say 'new clients do not find it; the session that it has goes on'
exec 5>&-
until_true 15 is n2 6 drained || fail 'n2 is not drained'
show_status
say 'its last session has ended, and its proxies are gone'

printf '\n%sIt all happened.%s ' "$bold" "$off"
printf 'docs/FLEET.md says how, and when not to.\n'
