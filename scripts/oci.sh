#!/bin/bash
# SPDX-License-Identifier: ISC
# The OCI image of the last commit, by buildah, without a daemon.  BASE is what
# it begins with: an image, or "bootstrap" for a Debian 12 made here, where no
# registry of images can be reached.
#
#	[BASE=bootstrap] scripts/oci.sh [build-oci]
#
# In the folder: image/, an OCI layout, and toxid.tar, which `podman load` and
# `docker load` take as localhost/toxid.  What buildah keeps of its own is in a
# temporary folder, and goes.
set -eu
cd "$(dirname "$0")/.."

b=${1:-build-oci}
scripts/packages.sh oci
rm -rf "$b"
mkdir -p "$b/context"
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 1' INT TERM HUP
scripts/export.sh "$b/context"

# No daemon, no user's storage, and no namespaces that a container may lack.
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
image() { buildah --root "$work/storage" --runroot "$work/run" "$@"; }

if [ "${BASE:-}" = bootstrap ]; then
	scripts/bare.sh "$work/base"
	rm -rf "$work"/base/var/lib/apt/lists/* "$work"/base/var/cache/apt/*
	tar -c -C "$work/base" -f "$work/base.tar" .
	rm -rf --one-file-system "$work/base"
	printf 'FROM scratch\nADD base.tar /\nCMD ["bash"]\n' >"$work/Base"
	image build -q -f "$work/Base" -t localhost/debian:12 "$work" \
		>/dev/null
	rm "$work/base.tar"
	BASE=localhost/debian:12
fi
image build ${BASE:+--build-arg "BASE=$BASE"} -f Containerfile \
	--timestamp "$(stat -c %Y "$b/context/Containerfile")" \
	-t localhost/toxid "$b/context" >"$b/build.log" 2>&1 || {
	tail -n 20 "$b/build.log"
	exit 1
}
image push -q localhost/toxid "oci:$b/image:latest" 2>/dev/null
image push -q localhost/toxid \
	"docker-archive:$b/toxid.tar:localhost/toxid:latest" 2>/dev/null
rm -rf "$b/context"
du -sh "$b/image"
