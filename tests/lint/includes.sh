#!/bin/sh
# Who may include whom.  Arrows point down; nobody includes sideways or up.
#
#	start   supervisor   ctld   apid   relayd <- relayd/toxics   diald   resolvd   stored
#	    \            \      \      \     |     /        /        /
#	                 proto                 etcd <- sync    client
#	                   |
#	                 shared
#
# bench/ includes shared only, tests may include all; client/ is a library of
# its own; its examples and toxictl/ are users of it, who see <toxi.h>, and
# toxictl the table of toxics, what is agreed of a token, and what reads what
# people write: which word was meant, where one stands, large numbers, and UTF-8;
# why sessions end; and what is said to the etcd of a fleet.
# A library has its room, and is included nowhere else.
set -u
cd "$(dirname "$0")/../.." || exit 1
failed=0

complain() { # FILE HEADER
	echo "$1: may not include $2" >&2
	failed=1
}

sources() { git ls-files --cached --others --exclude-standard -- "$@"; }

# The headers that a file includes with "": made ones are its own.
local_headers() { sed -n 's/^#include "\(.*\)"/\1/p' "$1"; }

# allow FOLDER FOLDERS...: what FOLDER includes comes from there, or from these
allow() {
	folder=$1
	table='toxictl/kinds.h toxic_spec.h' # of toxics: there is one
	meant='toxictl/*.c meant.h'
	place='toxictl/*.c place.h'
	numbers='toxictl/*.c numbers.h'
	utf8='toxictl/*.c utf8.h'
	ends='toxictl/why_text.[ch] session_end.h' # of sessions: why
	token='toxictl/token.h agreed.h'
	digest='toxictl/token_hash.c token_digest.h'
	name='toxictl/token_hash.c proxy_key.h'
	made='toxictl/token_hash.c token_text.h'
	fleet='toxictl/fleet_*.[ch] etcd.h'
	places='toxictl/fleet_store.h endpoints.h'
	keys='toxictl/fleet_*.[ch] fleet_keys.h'
	shift
	for file in $(sources "$folder/*.[ch]"); do
		for header in $(local_headers "$file"); do
			ok=
			case $header in filter.h | openapi_text.h | ui_table.h) ok=yes ;; esac
			[ "$file $header" != "$table" ] || ok=yes
			# shellcheck disable=SC2254	# a pattern
			case "$file $header" in $meant | $place | $numbers | $utf8 | $ends | \
				$token | $digest | $name | $made | \
				$fleet | $places | $keys) ok=yes ;; esac
			for room in "$folder" "$@"; do
				[ ! -f "$room/$header" ] || ok=yes
			done
			[ -n "$ok" ] || complain "$file" "\"$header\""
		done
	done
}

# only PREFIX FILES...: nobody else includes <PREFIX...>
only() {
	prefix=$1
	shift
	for file in $(sources '*.[ch]' ':!tests'); do
		grep -q "^#include <$prefix" "$file" || continue
		ok=
		for room in "$@"; do
			# shellcheck disable=SC2254	# a pattern, on purpose
			case $file in $room) ok=yes ;; esac
		done
		[ -n "$ok" ] || complain "$file" "<$prefix...>"
	done
}

allow shared
allow proto shared
for program in start supervisor ctld apid relayd diald resolvd stored; do
	allow $program proto shared
done
allow bench shared
allow client
allow etcd # which needs no other room
allow sync etcd shared
allow toxictl
for file in $(sources 'relayd/toxics/*.c'); do
	for header in $(local_headers "$file"); do
		case $header in
		toxic.h | log.h | quantile.h) ;;
		*) complain "$file" "\"$header\"" ;;
		esac
	done
done

only event2/ 'sync/*.c' 'proto/events.[ch]' 'diald/*' 'resolvd/*' 'client/event.c' 'client/event_session.c' \
	'client/examples/*'
only ares 'resolvd/*' 'sync/names.c'
only microhttpd.h 'apid/*'
only gnutls/ 'apid/tls.c' 'apid/pair.[ch]'
only bsd/ 'toxictl/token_hash.c'
only jansson.h 'sync/*.[ch]' 'apid/*' 'client/*.[ch]' 'etcd/*' 'toxictl/*'
only resolv.h 'etcd/base64.c'
only ncurses.h 'toxictl/top.c' 'toxictl/screen.c'
only toxi_event.h 'client/*'
only curl/ 'sync/http.c' 'client/*.[ch]' 'toxictl/fleet_wire.c'
only criterion/ 'client/examples/*' 'examples/*'
only seccomp.h 'shared/sandbox.h' 'shared/sandbox_compile.c'
only sqlite3.h 'stored/*'

# What is installed shows nothing of what the library is made with.
for header in client/toxi.h client/toxi_event.h client/toxi_watch.h; do
	! grep -E '^#include' $header | grep -vqE '<(std(def|int)|toxi(_watch)?)\.h>' ||
		complain "$header" "more than <stddef.h> and <stdint.h>"
done

# The chain and its toxics know no socket, no loop and no clock.
for file in relayd/chain.[ch] relayd/toxic.h relayd/toxics.c \
	$(sources 'relayd/toxics/*.c'); do
	[ -f "$file" ] || continue
	for header in event2/ sys/socket.h sys/epoll.h time.h unistd.h; do
		! grep -q "^#include <$header" "$file" ||
			complain "$file" "<$header>"
	done
done
exit $failed
