#!/bin/sh
# SPDX-License-Identifier: ISC
# Is /openapi.json valid, and is what toxid answers as it says?  By programs of
# others, from PyPI.
#
#	tests/openapi/run.sh [build/toxid]	exits 77 if they cannot be had
#
# OPENAPI_EXAMPLES=12 of each operation, with tenants and without: how many are
# asked does not depend on how busy the machine is.
set -eu
TOXID=${1:-build/toxid}
export TOXID
here=$(dirname "$0")
venv=${OUT:-build/openapi}

[ -x "$venv/bin/pip" ] || /usr/bin/python3 -m venv "$venv"
"$venv/bin/pip" install -q --disable-pip-version-check \
	-r "$here/requirements.txt" >"$venv/log" 2>&1 || {
	tail -n 1 "$venv/log"
	echo 'openapi: what checks it cannot be had; skipped'
	exit 77
}
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 "$here/check.py" \
	"$venv" "${OPENAPI_EXAMPLES:-12}"
