#!/bin/sh
# SPDX-License-Identifier: ISC
# A tarball of the last commit, the same to the byte whoever makes it, and when;
# it knows its version without git.  Of a tag, only what is said to be that
# release is packed.
#
#	scripts/dist.sh [build-dist]
set -eu
cd "$(dirname "$0")/.."

b=${1:-build-dist}
[ -e .git ] || {
	echo 'dist.sh: this is an unpacked tarball; a git clone is needed' >&2
	exit 1
}
version=$(scripts/version.sh)
name=toxid-$version
git() { command git -c safe.directory="$PWD" -c tar.umask=0022 \
	-c core.autocrlf=false "$@"; }

case $version in
*[~+]*) ;;
*)
	git show HEAD:CHANGELOG.md | grep -q "^## $version, 20[0-9-]*$" || {
		echo "dist.sh: CHANGELOG.md says no day of $version" >&2
		exit 1
	}
	git show HEAD:debian/changelog | head -n 1 | grep -qF "($version)" || {
		echo "dist.sh: debian/changelog is not of $version" >&2
		exit 1
	}
	;;
esac

mkdir -p "$b"
git archive --format=tar --prefix="$name/" \
	--add-virtual-file="$name/VERSION:$version
" HEAD >"$b/$name.tar"
gzip -9nf "$b/$name.tar"
(cd "$b" && sha256sum "$name.tar.gz")
