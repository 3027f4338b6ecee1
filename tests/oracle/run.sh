#!/bin/sh
# Compares toxid with the original.
#
#	tests/oracle/run.sh [build/toxid]	exits 77 if there is no original
set -eu
toxid=${1:-build/toxid}
original=$(tests/oracle/get.sh) || {
	rc=$?
	echo "$original"
	exit $rc
}
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 tests/oracle/compare.py \
	"$original" "$toxid"
