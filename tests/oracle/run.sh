#!/bin/sh
# Compares toxid with the original, which Go's module proxy has.  It is built
# and asked, its code is not looked at.
#
#	tests/oracle/run.sh [build/toxid]	exits 77 if there is no original
set -eu
toxid=${1:-build/toxid}
module=github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0
cache=$PWD/build/oracle

if [ ! -x "$cache/server" ]; then
	command -v go >/dev/null || {
		echo 'skipped: there is no Go toolchain to build the original'
		exit 77
	}
	mkdir -p "$cache"
	GOBIN=$cache go install "$module" >"$cache/log" 2>&1 || {
		tail -n 3 "$cache/log"
		echo "skipped: Go's module proxy did not give us $module"
		exit 77
	}
fi
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 tests/oracle/compare.py \
	"$cache/server" "$toxid"
