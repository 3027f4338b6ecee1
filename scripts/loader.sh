#!/bin/sh
# SPDX-License-Identifier: ISC
# Tells the dynamic loader that libraries have come to a folder, or gone from
# it; or the user, where the loader does not look.
#
#	scripts/loader.sh [FOLDER]
set -eu
PATH=$PATH:/usr/sbin:/sbin

[ "$(id -u)" -ne 0 ] || ldconfig
[ -n "${1:-}" ] || exit 0
ldconfig -p | grep -qF "$1/libtoxi.so.0" || cat <<EOF

Programs with libtoxi will find it with LD_LIBRARY_PATH=$1
EOF
