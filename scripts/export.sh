#!/bin/sh
# SPDX-License-Identifier: ISC
# The source as it is committed, with a file that says its version, into a
# folder; without git, all that is there but what was built.
#
#	scripts/export.sh FOLDER
set -eu
folder=$(realpath -m "$1")
cd "$(dirname "$0")/.."

mkdir -p "$folder"
if [ -e .git ] && command -v git >/dev/null; then
	git -c safe.directory="$PWD" archive HEAD | tar -x -C "$folder"
else
	tar -c --exclude=./.git --exclude=./build --exclude='./build-*' . |
		tar -x -C "$folder"
fi
scripts/version.sh >"$folder/VERSION"
