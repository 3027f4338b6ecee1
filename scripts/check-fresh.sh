#!/bin/bash
# SPDX-License-Identifier: ISC
# A new user's first hour, in a Debian that has nothing: each step as README.md
# has it, by root and by an ordinary user with sudo.
#
#	scripts/check-fresh.sh [root | user]
#
# root: without a compiler; `make demo`; README.md's commands; what `make deb`
#       needs.
# user: `make demo`; README.md's commands; `make check`.
#
# Each has a Debian of its own: both at once, but for `make check`.
#
# Bounded: root does no `make check`, which is what .ci/run begins with; of the
# system tests the user does each third there (TOXID_EVERY=3); the packages are
# built by check-deb; of README.md, sections on containers, CI and other
# languages are for check-oci and check-clients.
#
# 77: this cannot be done here, and why.
set -eu
cd "$(dirname "$0")/.."

skip() {
	echo "check-fresh.sh: skipped: $1"
	exit 77
}
fail() {
	echo "check-fresh.sh: as $who: $1" >&2
	[ ! -s "$log" ] || last_words >&2
	exit 1
}
# All of what pytest says of what failed, as nobody else has heard it.
last_words() {
	sed -n '/^=* \(ERRORS\|FAILURES\) =*$/,$p' "$log" >"$log.failed"
	if [ -s "$log.failed" ]; then
		cat "$log.failed"
	else
		tail -n 40 "$log"
	fi
}
step() { printf '%3s s  %s: %s\n' "$SECONDS" "$who" "$1"; }

[ "$(id -u)" -eq 0 ] || skip 'a system of its own can be made by root only'
# Nobody else sees what is mounted here, and it goes with the last of us; but
# what is installed on this machine is to be so to the end.
if [ -z "${CHECK_FRESH_IS_ALONE:-}" ]; then
	unshare -mpf true 2>/dev/null || skip 'there are no namespaces'
	scripts/packages.sh fresh-check
	CHECK_FRESH_IS_ALONE=1 exec unshare -mpf --kill-child --mount-proc \
		scripts/check-fresh.sh "$@"
fi

work=$(mktemp -d)
mount -t tmpfs -o size=6g,mode=755 toxid-fresh "$work"
cleanup() {
	umount -l "$work"
	rmdir "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

# ---- a Debian with a user, and the source in the user's home

settle() { # who is to be there
	who=$1 root=$work/$1 log=$work/$1.log home=/home/someone id=1000
	[ "$who" = user ] || home=/root id=0
	scripts/bare.sh "$root" make sudo || fail 'there is no Debian here'
	chroot "$root" useradd -m -s /bin/bash -u 1000 someone
	echo 'someone ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/someone"
	scripts/export.sh "$root$home/toxid"
	chown -R "$id:$id" "$root$home/toxid"
	mount -t proc proc "$root/proc"
	mount --rbind /dev "$root/dev"
	mount -t tmpfs tmpfs "$root/tmp"
	chmod 1777 "$root/tmp"
}

# As that user, in the folder of the source, with a user's PATH.  What it has
# said is in the log.
as_user() { # SCRIPT
	"${network[@]}" chroot --userspec="$id:$id" "$root" env -i \
		HOME="$home" LANG=C.UTF-8 PATH="$path" TERM=xterm \
		bash -c "cd ~/toxid && $1" </dev/null >"$log" 2>&1
}
network=()
# In a network of its own, where every port is free; apt needs the other.
as_user_alone() { # SCRIPT
	local network=(unshare -n sh -c 'ip link set lo up && exec "$@"' sh)
	as_user "$1"
}
has_said() { grep -q -- "$1" "$log"; }

# ---- steps

needs_a_compiler() {
	step 'without a compiler'
	for goal in all daemon install 'install PREFIX=/opt/toxid'; do
		! as_user "make $goal" || fail "make $goal has no compiler"
		has_said 'make packages-' || fail "make $goal does not say what to do"
		! has_said 'not found\|No such file' ||
			fail "make $goal says what nobody understands"
	done
	[ -z "$(find "$root/usr/local" -newer "$root/etc/sudoers.d/someone" \
		-type f)" ] || fail 'it has installed something'
}

has_no_need_of() { # PACKAGE...
	for package; do
		! chroot "$root" dpkg -s "$package" >/dev/null 2>&1 ||
			fail "the daemon alone does not need $package"
	done
}

# As one that was killed at work leaves it.
interrupt_dpkg() {
	sed -n '/^Package: make$/,/^$/p' "$root/var/lib/dpkg/status" \
		>"$root/var/lib/dpkg/updates/0000"
	! chroot "$root" apt-get -qq install make >"$log" 2>&1 ||
		fail 'apt does not mind a dpkg that was interrupted'
	has_said 'dpkg was interrupted' || fail 'apt minds something else'
}

demo() {
	step 'make demo, where a dpkg was killed'
	interrupt_dpkg
	as_user 'make demo' || fail 'no demo'
	! has_said 'No such file\|not found' || fail 'the demo begins oddly'
	has_no_need_of libbsd-dev libcurl4-openssl-dev libncurses-dev
}

# Pasted, in the order of README.md, in a network that has nothing but that.
# What runs in the foreground there, does so behind.
readme() {
	step "README.md, pasted"
	as_user 'make packages-build' || fail 'no packages'
	{
		echo 'set -e'
		scripts/readme.py blocks 'Quick start' sh | sed '
			/^make demo/d
			s/^make run.*/make run \& until curl -fs localhost:8474\/version; do sleep 0.1; done/'
		scripts/readme.py blocks 'Install' sh | grep '^make .*install'
		scripts/readme.py blocks 'From the command line' sh | sed '
			s/^toxictl top.*/timeout 3 script -qc "toxictl top" \/dev\/null || [ $? = 124 ]/'
		echo "cat >example.c <<'END'"
		scripts/readme.py blocks 'From C' c
		echo END
		scripts/readme.py blocks 'From C' sh
		echo '[ -x /usr/local/bin/toxid ] && sudo make uninstall'
		echo 'kill %1; echo all of it'
	} >"$root/tmp/pasted"
	as_user_alone 'bash -x /tmp/pasted' ||
		fail 'a command of README.md does not do as it says'
	has_said '^all of it$' || fail 'not all of README.md was done'
	[ -z "$(find "$root/usr/local" -name '*toxi*')" ] ||
		fail 'make uninstall leaves something'
}

builds_packages() {
	step 'what make deb needs'
	as_user 'make packages-deb && dpkg-checkbuilddeps' ||
		fail 'make deb lacks something'
}

check() {
	step 'make check'
	as_user 'make packages-check' || fail 'no packages'
	# There are no name servers: what is not in /etc/hosts is not there.
	sed -i 's/^hosts:.*/hosts: files/' "$root/etc/nsswitch.conf"
	as_user_alone "TOXID_EVERY=${TOXID_EVERY:-1} \
		TOXID_AGAIN=${TOXID_AGAIN:-} make check" ||
		fail 'make check fails'
	grep -E '(passed|skipped|Tested:)' "$log"
}

as_root() {
	path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	settle root
	needs_a_compiler
	demo
	readme
	builds_packages
}

as_ordinary_user() {
	path=/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games
	settle user
	demo
	readme
}

case ${1:-both} in
root) as_root ;;
user)
	as_ordinary_user
	check
	;;
both)
	as_root &
	other=$!
	as_ordinary_user
	wait "$other"
	check # some of that looks at the clock
	;;
esac
who=${1:-both}
step 'all as documented'
