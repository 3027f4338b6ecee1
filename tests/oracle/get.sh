#!/bin/sh
# Has the original built, out of Go's module proxy, and says where it is.  It
# is built and asked, its code is not looked at.  It is built as its releases
# are, without cgo: with it, the C library's getaddrinfo() would say what a port
# is, and take a blank before one.
#
#	tests/oracle/get.sh [server|cli]	exits 77, and says why, if it
#						can't be had
set -eu
program=${1:-server}
module=github.com/Shopify/toxiproxy/v2/cmd/$program@v2.12.0
cache=$PWD/build/oracle

if [ ! -x "$cache/$program" ]; then
	command -v go >/dev/null || {
		echo 'skipped: there is no Go toolchain to build the original'
		exit 77
	}
	mkdir -p "$cache"
	CGO_ENABLED=0 GOBIN=$cache go install "$module" >"$cache/log" 2>&1 || {
		tail -n 3 "$cache/log"
		echo "skipped: Go's module proxy did not give us $module"
		exit 77
	}
fi
echo "$cache/$program"
