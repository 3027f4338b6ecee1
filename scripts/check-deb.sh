#!/bin/bash
# SPDX-License-Identifier: ISC
# The Debian packages as a user has them: built, linted, installed by apt in a
# Debian that has nothing else, under a systemd that runs there as process 1,
# in a container with a network of its own.  What is at work is seen there, the
# README's C program compiled, and an upgrade, a failed one and the end made.
#
# 77: this cannot be done here, and why.
set -eu
cd "$(dirname "$0")/.."

skip() {
	echo "check-deb.sh: skipped: $1"
	exit 77
}
fail() {
	echo "check-deb.sh: $1" >&2
	[ -z "${leader:-}" ] ||
		inside journalctl --no-pager -n 40 -u toxid >&2 || true
	exit 1
}
step() { printf '%3s s  %s\n' "$SECONDS" "$1"; }

[ "$(id -u)" -eq 0 ] || skip 'a system of its own can be made by root only'
# Nobody else sees what is mounted here, and it goes with the last of us.
if [ -z "${CHECK_DEB_IS_ALONE:-}" ]; then
	unshare -m true 2>/dev/null || skip 'there are no mount namespaces'
	CHECK_DEB_IS_ALONE=1 exec unshare -m scripts/check-deb.sh
fi
scripts/packages.sh build deb deb-check

work=$(mktemp -d)
mount -t tmpfs -o size=3g,mode=755 toxid-deb "$work"
root=$work/root
container='' leader='' bootstrap='' cgroups=''

cleanup() {
	local dir pid
	exec 5>&- 6<&- || true
	[ -z "$bootstrap" ] || kill "$bootstrap" 2>/dev/null || true
	# nspawn's end is that of all within.
	[ -z "$container" ] || kill -KILL "$container" 2>/dev/null || true
	[ -z "$leader" ] || kill -KILL "$leader" 2>/dev/null || true
	wait 2>/dev/null || true
	for dir in $cgroups; do
		for _ in $(seq 50); do
			find "$dir" -depth -type d -exec rmdir {} + \
				2>/dev/null || true
			[ -d "$dir" ] || break
			sleep 0.1
		done
	done
	umount -l "$work"
	rmdir "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

# ---- a Debian, while the packages are built

scripts/bare.sh "$root" systemd-sysv gcc libc6-dev pkgconf \
	>"$work/bootstrap.log" 2>&1 &
bootstrap=$!

step 'building, twice'
scripts/deb.sh "$work/deb" >/dev/null
version=$(scripts/version.sh)
next=$version+next
(
	cd "$work/deb/toxid-$version"
	echo "$next" >VERSION
	sed "1s/(.*)/($next)/" debian/changelog >"$work/changelog"
	(cat "$work/changelog" && echo && cat debian/changelog) \
		>"$work/changelog.both"
	mv "$work/changelog.both" debian/changelog
	rm -f debian/debhelper-build-stamp
	dpkg-buildpackage -b -nc -uc -us
) >"$work/next.log" 2>&1 || {
	tail -n 20 "$work/next.log"
	fail 'the next version does not build'
}

step 'lintian'
# Machine code may look like a misspelt word, and another one every day.
lintian --allow-root -I --fail-on error,warning,info \
	--suppress-tags spelling-error-in-binary \
	"$work/deb/toxid_${version}_amd64.changes" || fail 'not lintian-clean'

wait "$bootstrap" || {
	bootstrap=
	tail "$work/bootstrap.log"
	fail 'there is no Debian to install in'
}
bootstrap=

step 'fetching what apt will want: there is no network inside'
mkdir "$root/debs"
cp "$work"/deb/*.deb "$root/debs"
rm -f "$root"/debs/*-dbgsym_*
debs='' names=''
for deb in "$root"/debs/*_"${version}"_amd64.deb; do
	deb=${deb##*/}
	debs="$debs /debs/$deb"
	names="$names ${deb%%_*}"
done
# shellcheck disable=SC2086	# a list of words
chroot "$root" apt-get -qq -y --no-install-recommends --download-only \
	install $debs >/dev/null 2>"$work/fetch.log" || {
	cat "$work/fetch.log"
	fail 'the dependencies cannot be had'
}

# ---- boot

# A control group of our own: others may do the same at the same time.
for dir in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
	[ -f "$dir/cgroup.procs" ] || continue
	mkdir "$dir/toxid-deb.$$"
	cgroups="$cgroups $dir/toxid-deb.$$"
done
(
	for dir in $cgroups; do
		echo "$BASHPID" >"$dir/cgroup.procs"
	done
	exec systemd-nspawn -q --boot --register=no --keep-unit \
		--private-network --resolv-conf=off --timezone=off \
		--hostname=toxid-deb --console=interactive -D "$root"
) </dev/null >"$work/console.log" 2>&1 &
container=$!

in_network() { nsenter -t "$leader" -n "$@"; }
inside() {
	nsenter -t "$leader" -m -u -i -n -p -- env -i LC_ALL=C.UTF-8 \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		DEBIAN_FRONTEND=noninteractive "$@"
}
# Of the process with this title, by its number in there; nothing if there is
# none.
pid_of() { # REGEX
	# shellcheck disable=SC2016	# expanded inside
	inside sh -c 'for p in /proc/[0-9]*; do
		! tr "\0" " " <"$p/cmdline" 2>/dev/null |
			grep -q "^$1" || echo "${p#/proc/}"; done' sh "$1"
}
is_booted() {
	leader=$(pgrep -P "$container" -x systemd) &&
		inside systemctl is-system-running 2>/dev/null |
		grep -qE '^(running|degraded)$'
}
until_true() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		kill -0 "$container" 2>/dev/null || return 1
		sleep 0.2
	done
}
step 'booting'
until_true 30 is_booted || {
	tail "$work/console.log"
	skip 'systemd does not boot in a container here'
}

# All files but those that change by themselves.
list_files() {
	inside find / -xdev \( -path /proc -o -path /sys -o -path /run \
		-o -path /dev -o -path /tmp -o -path /var/log \
		-o -path /var/cache -o -path /var/tmp \
		-o -path /var/lib/dpkg -o -path /var/lib/apt \
		-o -path /var/lib/systemd/timers \) -prune -o -print | sort
}
list_files >"$work/before"

# ---- install

api() { # METHOD PATH [JSON]
	in_network curl -fsS --noproxy '*' -m 10 -X "$1" \
		"http://127.0.0.1:8474$2" ${3:+-d "$3"}
}
property() { inside systemctl show -p "$1" --value toxid; }
journal_has() { inside journalctl --no-pager -u toxid | grep -q -- "$1"; }
install() { # PACKAGE-FILE...
	inside apt-get -qq -y --no-install-recommends \
		-o Dpkg::Options::=--force-unsafe-io install "$@" \
		>"$work/apt.log" 2>&1 || {
		cat "$work/apt.log"
		fail "apt does not install $*"
	}
}

step 'installing'
# shellcheck disable=SC2086
install $debs
[ "$(property ActiveState)" = active ] || fail 'the service does not run'
[ "$(inside systemctl is-enabled toxid)" = enabled ] || fail 'not enabled'
inside systemd-analyze verify --man=no toxid.service ||
	fail 'systemd finds fault with the unit'
inside systemd-analyze security --offline=yes --threshold=25 --no-pager \
	/lib/systemd/system/toxid.service | tail -n 1
[ "${PIPESTATUS[0]}" -eq 0 ] || fail 'more exposed than 2.5'

# ---- at work, under all that the unit forbids

step 'at work'
api POST /proxies '{"name": "low", "listen": "127.0.0.1:80",
	"upstream": "localhost:8474"}' >/dev/null ||
	fail 'no proxy on a port below 1024'
in_network curl -fsS --noproxy '*' -m 10 http://127.0.0.1:80/version \
	>/dev/null || fail 'nothing comes through a proxy'
# Every lock that a child of root has: see shared/lockdown.h.
for child in ctld apid diald resolvd stored 'relayd \[low\]'; do
	pid=$(pid_of "toxid: $child")
	[ -n "$pid" ] || fail "no $child"
	inside cat "/proc/$pid/status" >"$work/status"
	for line in 'Uid:[[:blank:]]61[1-9]' 'CapBnd:[[:blank:]]0*$' \
		'NoNewPrivs:[[:blank:]]1' 'Seccomp:[[:blank:]]2'; do
		grep -q "^$line" "$work/status" || fail "$child: not $line"
	done
done

echo '[{"name": "filed", "listen": "127.0.0.1:8081",
	"upstream": "localhost:8474"}]' >"$root/etc/toxid.json"
sed -i 's|^TOXID_OPTIONS=.*|TOXID_OPTIONS="-config /etc/toxid.json"|' \
	"$root/etc/default/toxid"
inside systemctl restart toxid || fail 'no restart'
api GET /proxies/low >/dev/null || fail 'a restart forgot a proxy'
inside systemctl reload toxid || fail 'no reload'
until_true 10 api GET /proxies/filed >/dev/null 2>&1 ||
	fail 'a reload did not read the file'

step 'the C program of the README'
scripts/readme.py blocks 'From C' c >"$root/root/example.c"
# shellcheck disable=SC2016	# expanded inside
inside sh -ec 'cd /root
	cc -Wall -Wextra -Werror example.c -o a.out \
		$(pkg-config --cflags --libs libtoxi)
	./a.out | grep -F version
	cc /usr/share/doc/libtoxi-dev/examples/event.c -o event \
		$(pkg-config --cflags --libs libtoxi-event) -levent
	./event 127.0.0.1:8474 >/dev/null
	rm example.c a.out event' || fail 'a user could not compile or run it'

# ---- upgrade: a session of port 80, open all the time

mkfifo "$work/say" "$work/hear"
in_network bash -c 'exec 3<>/dev/tcp/127.0.0.1/80; cat <&3 & cat >&3' \
	<"$work/say" >"$work/hear" &
exec 5>"$work/say" 6<"$work/hear"
session_answers() {
	local line
	printf 'GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n' >&5
	while IFS= read -r -t 10 line <&6; do
		case $line in *'"version"'*) return 0 ;; esac
	done
	return 1
}
session_answers || fail 'the session does not answer'

step "upgrading to $next"
pid=$(property MainPID)
worker=$(pid_of 'toxid: relayd \[low\]')
install "/debs/toxid_${next}_amd64.deb"
journal_has "\"Upgraded\".*\"version\":\"$next\"" ||
	journal_has "\"version\":\"$next\".*\"Upgraded\"" ||
	fail 'the new program is not at work'
[ "$(property MainPID)" = "$pid" ] || fail 'it was restarted'
[ "$(pid_of 'toxid: relayd \[low\]')" = "$worker" ] ||
	fail 'the worker is another one'
session_answers || fail 'the session did not survive'
[ "$(property NRestarts)" = 0 ] || fail 'systemd restarted it'
grep -q -- '-config' "$root/etc/default/toxid" || fail 'the conffile is lost'
exec 5>&- 6<&-

step 'upgrading where the running program cannot: a restart'
mkdir "$root/etc/systemd/system/toxid.service.d"
# toxid does not know then where its own program is
printf '[Service]\nInaccessiblePaths=/proc\n' \
	>"$root/etc/systemd/system/toxid.service.d/no.conf"
inside systemctl daemon-reload
inside systemctl restart toxid
pid=$(property MainPID)
inside dpkg --force-unsafe-io -i "/debs/toxid_${next}_amd64.deb" \
	>"$work/apt.log" 2>&1
grep -q 'cannot be upgraded in place' "$work/apt.log" ||
	fail 'the postinst did not notice'
[ "$(property ActiveState)" = active ] || fail 'it does not run any more'
[ "$(property MainPID)" != "$pid" ] || fail 'it was not restarted'
api GET /proxies/low >/dev/null || fail 'the restart forgot a proxy'
rm -r "$root/etc/systemd/system/toxid.service.d" "$root/etc/toxid.json"
inside systemctl daemon-reload

# ---- the end

step 'removing, purging'
inside dpkg --remove toxid >/dev/null
[ -z "$(pid_of '\(/usr/bin/\)\?toxid')" ] || fail 'a process is left'
[ -d "$root/var/lib/toxid" ] || fail 'a removal is no purge'
# shellcheck disable=SC2086
inside apt-get -qq -y purge --autoremove $names >"$work/apt.log" 2>&1 || {
	cat "$work/apt.log"
	fail 'no purge'
}
inside systemctl cat toxid.service >/dev/null 2>&1 && fail 'the unit is left'
list_files >"$work/after"
diff "$work/before" "$work/after" || fail 'that is left, or lost'
step 'nothing is left'
