#!/bin/sh
# SPDX-License-Identifier: ISC
# The dashboard, in a real Chromium: Debian's, driven by Playwright from PyPI;
# and what axe-core, from npm, finds.
#
#	tests/ui/run.sh BUILD [pytest's ARGUMENT ...]	exits 77 if those
#							cannot be had
#	SHOTS=FOLDER tests/ui/run.sh BUILD		its pictures, and no tests
set -eu
cd "$(dirname "$0")/../.."
build=$(realpath "$1")
shift
here=tests/ui
out=$build/ui

skip() { # WHY [LOG]
	[ $# -lt 2 ] || tail -n 1 "$2"
	echo "ui: $1; skipped"
	exit 77
}

scripts/packages.sh ui || skip 'Chromium cannot be had'
mkdir -p "$out"
[ -x "$out/venv/bin/pip" ] ||
	/usr/bin/python3 -m venv --system-site-packages "$out/venv"
"$out/venv/bin/pip" install -q --disable-pip-version-check \
	-r "$here/requirements.txt" >"$out/log" 2>&1 ||
	skip 'Playwright cannot be had' "$out/log"

# Without it the rest is tried all the same.
if command -v npm >/dev/null && cp "$here"/package*.json "$out" &&
	(cd "$out" && npm ci --cache npm --no-audit --no-fund) \
		>"$out/log" 2>&1; then
	AXE=$out/node_modules/axe-core/axe.min.js
	export AXE
else
	echo 'ui: axe-core cannot be had: what it would find is not looked for'
fi

export CHROMIUM="${CHROMIUM:-/usr/bin/chromium}" TOXID="$build/toxid"
export PYTHONDONTWRITEBYTECODE=1
[ -z "${SHOTS-}" ] || exec "$out/venv/bin/python" "$here/shots.py" "$SHOTS"

exec "$out/venv/bin/python" -m pytest -q \
	-p no:cacheprovider -n 2 --dist loadgroup --timeout 300 "$@" "$here"
