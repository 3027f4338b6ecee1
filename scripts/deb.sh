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
version=$(scripts/version.sh)

rm -rf "$b"
scripts/export.sh "$b/toxid-$version"
cd "$b/toxid-$version"
# What was committed since a release is more than that.
sed -i "1s/(.*)/($version)/" debian/changelog

DEB_BUILD_OPTIONS=parallel=2 dpkg-buildpackage -b -uc -us >../build.log 2>&1 || {
	tail -n 40 ../build.log
	exit 1
}
cd ..
ls -- *.deb
