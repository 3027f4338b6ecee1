#!/bin/bash
# Builds the harnesses, with clang's libFuzzer, ASan and UBSan, and runs all of
# them at once, FUZZ_SECONDS each.  Exit code 77: there is no libFuzzer here.
#
#	tests/fuzz/run.sh [--publish] [HARNESS ...]
set -u
cd "$(dirname "$0")/../.." || exit 1

b=build-fuzz
sanitizers='address,undefined'

scripts/packages.sh build || exit 1
scripts/packages.sh fuzz # if it can't: see below
if ! echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n);
	int LLVMFuzzerTestOneInput(const char *d, unsigned long n)
	{ return d[0] == 1 && n == 2; }' |
	clang -x c -fsanitize=fuzzer,$sanitizers -o /dev/null - ; then
	echo "No fuzzing here: clang has no libFuzzer (libclang-rt-14-dev)."
	exit 77
fi

publish=
if [ "${1:-}" = --publish ]; then
	publish=--publish
	shift
fi
make -j2 B=$b CC=clang SANITIZE=1 \
	DEFINES="-DSANITIZED -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION" \
	CFLAGS="-O1 -g -fno-omit-frame-pointer \
	-fsanitize=fuzzer-no-link,$sanitizers -fno-sanitize-recover=undefined" \
	LDFLAGS="-fsanitize=$sanitizers" fuzzers >/dev/null || exit 1

if [ $# -eq 0 ]; then
	# shellcheck disable=SC2046	# a list of words
	set -- $(make -s B=$b fuzzers-list)
fi
exec tests/fuzz/run.py $b --seconds "${FUZZ_SECONDS:-60}" $publish "$@"
