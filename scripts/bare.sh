#!/bin/bash
# SPDX-License-Identifier: ISC
# A bare Debian 12 in a folder that this makes: what gates install in, and use
# as a user has it.  What is downloaded for it is kept in build-bare/, for a day.
# As root.
#
#	scripts/bare.sh FOLDER [PACKAGE ...]
set -eu
folder=$(realpath -m "$1")
shift
cd "$(dirname "$0")/.."

tarball=build-bare/debian-12.tar
mkdir -p build-bare
# Two gates may begin at once.
exec 9>build-bare/lock
flock 9
if [ -z "$(find "$tarball" -mmin -1440 2>/dev/null)" ]; then
	mmdebstrap -q --format=tar --variant=minbase \
		--dpkgopt=force-unsafe-io --skip=cleanup/apt bookworm \
		"$tarball.new"
	mv "$tarball.new" "$tarball"
fi
flock -u 9

mkdir -p "$folder"
tar -x -C "$folder" -f "$tarball"
echo '127.0.0.1 localhost' >"$folder/etc/hosts" # as Debian's installer does
cp /etc/resolv.conf "$folder/etc/resolv.conf"
[ $# -eq 0 ] || chroot "$folder" env DEBIAN_FRONTEND=noninteractive \
	apt-get -qq -y --no-install-recommends \
	-o Dpkg::Options::=--force-unsafe-io install "$@" \
	>"$folder/tmp/log" 2>&1 || {
	cat "$folder/tmp/log" >&2
	exit 1
}
rm -f "$folder/tmp/log"
