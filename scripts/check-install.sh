#!/bin/bash
# What `make install` puts down runs from there, after `make` for another
# place too.
set -eu
cd "$(dirname "$0")/.."

scripts/packages.sh build demo
prefix=$(mktemp -d)
daemon=
cleanup() {
	[ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
	wait 2>/dev/null || true
	rm -rf "$prefix"
}
trap cleanup EXIT

make -j2 B=build-install all >/dev/null
make B=build-install PREFIX="$prefix" install >/dev/null
(cd "$prefix" && find . -type f -printf '%m %P\n' | sort -k2)

touch "$prefix/log"
"$prefix/bin/toxid" -port 0 >>"$prefix/log" &
daemon=$!
port=
for _ in $(seq 200); do
	port=$(sed -n '/"Starting Toxiproxy HTTP server"/ {
		s/.*"address":"[^"]*:\([0-9]*\)".*/\1/p; q; }' "$prefix/log")
	[ -z "$port" ] || break
	sleep 0.05
done
curl -fsS --noproxy '*' "http://127.0.0.1:$port/version"
