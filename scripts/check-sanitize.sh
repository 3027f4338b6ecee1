#!/bin/bash
# All tests again in a build with ASan and UBSan, or some under valgrind: any
# report of any process fails, also of one that the tests did not miss.
#
#	scripts/check-sanitize.sh sanitize | valgrind
#
# Bounded, as in .ci/run: TOXID_EVERY=2, of the system tests each second.
set -u
cd "$(dirname "$0")/.." || exit 1

mode=$1
reports=$(mktemp -d)
chmod 1777 "$reports" # children have uids of their own
trap 'rm -rf "$reports"' EXIT

build() { # FOLDER CC CFLAGS LDFLAGS
	make -j2 SANITIZE=1 B="$1" CC="$2" CFLAGS="$3" LDFLAGS="$4" \
		DEFINES=-DSANITIZED all "$1/load" "$1/hostile_ctld" \
		"$1/unit_test" >/dev/null
}

case $mode in
sanitize)
	scripts/packages.sh build check sanitize || exit 1
	flags='-fsanitize=address,undefined -fno-sanitize-recover=undefined'
	b=build-asan
	build $b clang "-O1 -g -fno-omit-frame-pointer $flags" "$flags" ||
		exit 1
	# A stopped or slow child is nobody's fault here: no exit code, reports.
	export ASAN_OPTIONS="log_path=$reports/asan:detect_stack_use_after_return=1"
	export UBSAN_OPTIONS="log_path=$reports/ubsan:print_stacktrace=1"
	export LSAN_OPTIONS="log_path=$reports/lsan"
	run='' run_unit='' only='' slow=4 some='' tests=tests/system programs=$PWD/$b
	;;
valgrind)
	scripts/packages.sh build check sanitize || exit 1
	b=build-valgrind
	build $b cc '-O1 -g' '' || exit 1
	# A child's own user has to find its program and the suppressions.
	programs=$reports/programs
	mkdir "$programs" && chmod 755 "$programs" || exit 1
	install -m 755 $b/{toxid,supervisor,ctld,apid,relayd,diald,resolvd,stored} "$programs"
	install -m 644 tests/valgrind.supp "$programs"
	run="valgrind -q --trace-children=yes --leak-check=full \
		--show-leak-kinds=definite --vgdb=no \
		--suppressions=$programs/valgrind.supp"
	run_unit="$run --log-file=$reports/unit.%p"
	# All write to one file: one of its own would be root's after a fork,
	# and somebody else's after exec.
	run="$run --log-fd=9"
	# Beside what ASan sees there is memory that nobody has written to: of
	# units, those whose bytes go to another process or into a file, or come
	# from there.  Each is a process, which takes valgrind a second.  But it
	# has a limit of descriptors of its own, which the kernel does not see.
	units='attributes|chan|msg|api_sessions|decode|encode|event_*|feeds'
	units="$units|halting|handed_toxic|in_hand|inquiries|journal|leases*"
	units="$units|listen|log|names|output|parts|proxy_clients|replica"
	units="$units|resolvd|rules|tail|tenants"
	only="--filter=@(@($units)/*|priv/!(a_descriptor_for_which*|too_many*))"
	# Supervision and toxics live by the clock, which it does not keep.
	slow=10
	export TOXID_HIDES_TITLES=1
	tests=$(echo tests/system/test_{api,http,service,close_matrix,relay_ends}.py)
	# Both ways are the same code.
	some='not (close_matrix and upstream)'
	;;
*)
	echo "check-sanitize.sh: sanitize or valgrind?" >&2
	exit 2
	;;
esac

rc=0
# shellcheck disable=SC2086	# a command and its words
timeout -k 5 600 $run_unit $b/unit_test -j2 --timeout 120 \
	${only:+"$only"} </dev/null >"$reports/said" 2>&1 || rc=1
tail -n 3 "$reports/said"
rm "$reports/said"

# A locked-up process can't be looked at for leaks from outside, as LSan does:
# it would wait for ever.  valgrind looks from inside.
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0

# The tests start the daemon by themselves: give them one under valgrind.
printf '#!/bin/sh\nexec %s %s/toxid "$@"%s\n' "$run" "$programs" \
	"${run:+ 9>>$reports/valgrind}" >"$programs/daemon"
chmod +x "$programs/daemon"
# shellcheck disable=SC2086	# a list of files
TOXID=$programs/daemon LOAD=$b/load TOXID_SLOW=$slow PYTHONDONTWRITEBYTECODE=1 \
	/usr/bin/python3 -m pytest -q -p no:cacheprovider -n 3 --timeout 300 \
	-m 'not slow and not normal_build' -k "$some" $tests || rc=1

# That valgrind does not know Landlock's calls ("--") is no report.
for report in "$reports"/*; do
	[ -f "$report" ] || continue
	grep -qv '^--' "$report" || continue
	rc=1
	echo "--- $(basename "$report")"
	grep -v '^--' "$report" | head -n 40
done
exit $rc
