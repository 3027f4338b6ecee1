#!/bin/sh
# SPDX-License-Identifier: ISC
# The wheel of the Python client, with Debian's tools and without a network; of
# a copy, as what builds it leaves things where it builds.
#
#	scripts/wheel.sh [build-wheel]
set -eu
out=$(realpath -m "${1:-build-wheel}")
cd "$(dirname "$0")/.."

scripts/packages.sh wheel
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r clients/python/. LICENSE "$copy"
scripts/version.sh >"$copy/VERSION"
rm -f "$out"/toxid-*.whl
/usr/bin/python3 -m pip wheel -q --disable-pip-version-check --no-index \
	--no-deps --no-build-isolation -w "$out" "$copy"
ls "$out"/toxid-*.whl
