#!/bin/sh
# SPDX-License-Identifier: ISC
# The Python client: its types, and its tests, of what the wheel installs.
#
#	scripts/check-python.sh BUILD [pytest's ARGUMENT ...]
set -eu
cd "$(dirname "$0")/.."
build=$(realpath "$1")
shift

out=$build/python
scripts/wheel.sh "$out"
rm -rf "$out/venv"
/usr/bin/python3 -m venv --system-site-packages --without-pip "$out/venv"
python=$out/venv/bin/python
/usr/bin/python3 -m pip --python "$python" install -q \
	--disable-pip-version-check --no-index --no-deps "$out"/toxid-*.whl

(cd clients/python && mypy --cache-dir "$out/mypy" toxid)
TOXID=$build/toxid PYTHONDONTWRITEBYTECODE=1 "$python" -m pytest -q \
	-p no:cacheprovider -p pytester -n 3 --timeout 300 "$@" tests/python
