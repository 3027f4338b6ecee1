#!/bin/bash
# SPDX-License-Identifier: ISC
# Debian packages of the last commit, out of a clean export of it, in a folder
# that this makes anew.
#
#	scripts/deb.sh [build-deb]
set -eu
cd "$(dirname "$0")/.."

b=${1:-build-deb}
scripts/packages.sh build deb
version=$(sed -n 's/.*TOXID_VERSION "\(.*\)"/\1/p' shared/version.h)
[ "$(dpkg-parsechangelog -S Version)" = "$version" ] || {
	echo "deb.sh: debian/changelog is not of $version" >&2
	exit 1
}

rm -rf "$b"
mkdir -p "$b/toxid-$version"
git archive HEAD | tar -x -C "$b/toxid-$version"
cd "$b/toxid-$version"

DEB_BUILD_OPTIONS=parallel=2 dpkg-buildpackage -b -uc -us >../build.log 2>&1 || {
	tail -n 40 ../build.log
	exit 1
}
cd ..
ls -- *.deb
