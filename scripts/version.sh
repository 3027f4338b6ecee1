#!/bin/sh
# SPDX-License-Identifier: ISC
# The version, out of the one place that says it: the git tag v0.1.0 is 0.1.0,
# and a commit behind it 0.1.0+3.gdff51d2.  A tarball of `make dist` has a file
# that says it.  Where no tag can be seen (no git, or a clone without history),
# it is what CHANGELOG.md begins with, not yet released: 0.1.0~dev.
set -eu
cd "$(dirname "$0")/.."

if [ -f VERSION ]; then
	cat VERSION
	exit
fi
# A build by root in a user's clone is as good as any.  A git repository around
# this folder is not ours.
if [ -e .git ] && version=$(git -c safe.directory="$PWD" describe --tags \
	--match 'v[0-9]*' 2>/dev/null); then
	version=${version#v}
	case $version in
	*-*-g*) # TAG-COMMITS-gHASH
		hash=${version##*-} version=${version%-*}
		version=${version%-*}+${version##*-}.$hash
		;;
	esac
	echo "$version"
	exit
fi
sed -n 's/^## \([0-9][0-9.]*\).*/\1~dev/p' CHANGELOG.md | head -n 1
