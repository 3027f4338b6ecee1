#!/bin/bash
# What `make install` puts down runs from there, after `make` for another
# place too; and what the README shows of C compiles with it, and runs.
set -eu
cd "$(dirname "$0")/.."

scripts/packages.sh build demo install
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
echo

"$prefix/bin/toxictl" -h "127.0.0.1:$port" doctor

# ---- as a user of the library would, with no other of its kind in sight

export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
export LD_LIBRARY_PATH=$prefix/lib
PATH=$prefix/bin:$PATH # where the program finds a toxid of its own

scripts/readme.py blocks 'From C' c >"$prefix/example.c"
cd "$prefix"
# shellcheck disable=SC2046	# words, on purpose
cc -Wall -Wextra -Werror example.c $(pkg-config --cflags --libs libtoxi) \
	-o example
start=$(date +%s%N)
./example | grep -F '"version": "2.12.0"'
[ $((($(date +%s%N) - start) / 1000000)) -ge 500 ]
# shellcheck disable=SC2046
cc -Wall -Wextra -Werror example.c $(pkg-config --cflags libtoxi) \
	-L"$prefix/lib" -Wl,-Bstatic -ltoxi -Wl,-Bdynamic -lcurl -ljansson \
	-o example-static
env -u LD_LIBRARY_PATH ./example-static >/dev/null
cd - >/dev/null
# shellcheck disable=SC2046
cc client/examples/event.c $(pkg-config --cflags --libs libtoxi-event) \
	-levent -o "$prefix/event"
"$prefix/event" "127.0.0.1:$port"

# ---- one version, and away with it

version=$(scripts/version.sh)
"$prefix/bin/toxid" -version | grep -F "version $version "
"$prefix/bin/toxictl" --version | grep -xF "toxictl version $version"
curl -fsS --noproxy '*' "http://127.0.0.1:$port/health" |
	grep -qF "\"version\":\"$version\""
[ "$(pkg-config --modversion libtoxi libtoxi-event | uniq)" = "$version" ]
for page in "$prefix"/share/man/man*/*; do
	grep -qxF ".Os toxid $version" "$page"
done

make B=build-install PREFIX="$prefix" uninstall >/dev/null
rm "$prefix/log" "$prefix"/example* "$prefix/event"
left=$(find "$prefix" -not -type d)
[ -z "$left" ] || {
	echo "check-install.sh: left: $left" >&2
	exit 1
}
