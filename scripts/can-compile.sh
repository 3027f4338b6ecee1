#!/bin/sh
# SPDX-License-Identifier: ISC
# Whether this machine can compile toxid: a compiler, and the headers of the
# libraries; or what to do.
#
#	CC=cc scripts/can-compile.sh daemon | build
set -eu
set_of_packages=$1
CC=${CC:-cc}

# CC may be more than a word: ccache cc.
command -v "${CC%% *}" >/dev/null || missing="no C compiler (${CC%% *})"
if [ -z "${missing:-}" ]; then
	headers='ares.h event2/event.h gnutls/gnutls.h jansson.h microhttpd.h
		seccomp.h sqlite3.h'
	[ "$set_of_packages" = daemon ] ||
		headers="$headers curl/curl.h ncurses.h"
	for header in $headers; do
		echo "#include <$header>" | $CC -E -x c - >/dev/null 2>&1 ||
			missing="${missing:-no} <$header>"
	done
fi
[ -n "${missing:-}" ] || exit 0
cat >&2 <<EOF

toxid cannot be compiled here: $missing.
On Debian, this installs what is needed, for all of it or for the daemon alone:

	make packages-build
	make packages-daemon && make daemon

EOF
exit 1
