#!/bin/sh
# Installs the Debian packages that a target needs and this machine lacks, and
# says which.  As root, or with sudo.
#
#	scripts/packages.sh build check ...
set -eu

packages() {
	case $1 in
	daemon) echo gcc make libc-ares-dev libc6-dev libevent-dev \
		libgnutls28-dev libjansson-dev libmd-dev libmicrohttpd-dev \
		libseccomp-dev libsqlite3-dev ;;
	# And what a program with libtoxi is compiled with.
	build) packages daemon && echo libbsd-dev libcurl4-openssl-dev \
		libncurses-dev pkgconf ;;
	demo) echo curl ;;
	demo-fleet) echo curl etcd-server ;;
	install) echo pkgconf ;;
	check) echo curl g++ iproute2 libcriterion-dev openssl python3 \
		python3-jsonschema python3-pytest strace \
		python3-pytest-xdist python3-pytest-timeout ;;
	wheel) echo python3 python3-pip python3-setuptools python3-wheel ;;
	# And a folder with nothing but it and pytest.
	python) packages wheel && echo mypy openssl python3-pytest \
		python3-pytest-timeout python3-pytest-xdist ;;
	deb) packages build && echo build-essential debhelper ;;
	deb-check) echo curl lintian mmdebstrap procps systemd \
		systemd-container ;;
	fresh-check) echo iproute2 mmdebstrap python3 ;;
	oci) echo buildah ca-certificates mmdebstrap ;;
	oci-check) echo curl iproute2 procps python3 python3-venv umoci ;;
	lint) echo clang clang-format clang-tidy cppcheck mandoc shellcheck ;;
	toxictl) echo etcd-server fish zsh ;; # their completions are tried
	fleet) echo etcd-client etcd-server openssl ;;
	sanitize) echo clang libclang-rt-14-dev llvm valgrind ;;
	fuzz) echo clang libclang-rt-14-dev llvm python3 ;;
	clients) echo libcriterion-dev libhiredis-dev iproute2 pkgconf \
		postgresql python3 python3-pytest python3-venv redis-server \
		ruby ruby-bundler ;;
	openapi) echo python3 python3-pytest python3-venv ;;
	picture) echo python3 tmux ;;
	ui) echo chromium openssl python3 python3-pytest python3-pytest-timeout \
		python3-pytest-xdist python3-venv ;;
	bench) echo haproxy iproute2 libnginx-mod-stream nginx-light python3 ;;
	*)
		echo "packages.sh: no such set: $1" >&2
		exit 2
		;;
	esac
}

missing=
for set in "$@"; do
	for package in $(packages "$set"); do
		state=$(dpkg-query -W -f '${db:Status-Status}' "$package" \
			2>/dev/null) || state=
		case " $missing " in
		*" $package "*) ;;
		*) [ "$state" = installed ] || missing="$missing $package" ;;
		esac
	done
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || {
		echo "toxid needs these Debian packages:$missing" >&2
		echo "Please install them, or run this as root." >&2
		exit 1
	}
	sudo=sudo
fi
echo "Installing Debian packages:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# In a session of its own: what has begun to install comes to its end, also
# where we are interrupted, or killed with all of our group.
alone() { # COMMAND...
	$sudo setsid -w env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
		"$@" </dev/null
}
# Another one may be at work: wait for it.
apt_get() { # ARGUMENT...
	alone apt-get -o DPkg::Lock::Timeout=300 -q -y "$@"
}
# One that was killed at work, with its machine: until that is mended nobody
# can install anything.  What dpkg cannot end is apt's to mend.
was_killed() { grep -q 'dpkg was interrupted\|fix-broken' "$log"; }
go_on() {
	alone dpkg --force-confdef --force-confold --configure -a || :
}
# shellcheck disable=SC2086	# a list of words, on purpose
install_missing() {
	apt_get --no-install-recommends install $missing || {
		was_killed && go_on && apt_get --no-install-recommends \
			--fix-broken install $missing
	}
}

if ! { apt_get update && install_missing; } >"$log" 2>&1; then
	cat "$log" >&2
	exit 1
fi
