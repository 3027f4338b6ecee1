#!/bin/sh
# SPDX-License-Identifier: ISC
# promtool, out of Debian's package of Prometheus, which is not installed: that
# would start a service.
#
#	scripts/promtool.sh build/promtool
set -eu
out=$(realpath -m "$1")
[ ! -x "$out" ] || exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -qq download prometheus 2>log || {
	sed -n 1p log
	echo 'promtool.sh: there is none; what needs it is skipped'
	exit 0
}
dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool
mkdir -p "$(dirname "$out")"
mv usr/bin/promtool "$out"
