#!/bin/bash
# What a machine can see of style and of mistakes.  Each tool's findings are
# errors; what is not agreed with is switched off where it can be read.
# shellcheck disable=SC2317	# check() calls them
set -u
cd "$(dirname "$0")/../.." || exit 1
failed=0

files() { git ls-files --cached --others --exclude-standard -- "$@"; }

check() { # NAME COMMAND...
	local name=$1
	shift
	if "$@"; then
		echo "  ok    $name"
	else
		echo "  FAIL  $name"
		failed=1
	fi
}

layout() { files '*.[ch]' | xargs clang-format --dry-run -Werror; }

# A folder sees what its -I in the Makefile says.  Criterion's macros are deeper
# than ours may be.
folders='shared proto start supervisor ctld apid relayd diald resolvd stored bench
	etcd sync client toxictl'
tidy_one() { # FILE
	local folder=${1%%/*}
	clang-tidy --quiet "$1" -- -std=gnu11 -D_GNU_SOURCE -DLIBEXEC='""' \
		-DTOXID_VERSION='""' -DTOXICTL_VERSION='""' -I"$folder" \
		-Ibuild/obj/"$folder" -Ietcd -Iproto -Ishared -Iclient 2>/dev/null
}
tidy() {
	local folder patterns=()
	export -f tidy_one
	for folder in $folders; do
		patterns+=("$folder/*.c")
	done
	files "${patterns[@]}" ':!*/fixture.c' ':!start/bpf/*' |
		xargs -r -P 2 -I FILE bash -c 'tidy_one FILE'
}

# It does not expand a row of toxics.h, whose parts are macros, as a compiler
# does.
second_opinion() {
	cppcheck -q --enable=warning,performance,portability --std=c11 \
		--error-exitcode=1 --inline-suppr \
		--suppress=missingIncludeSystem --suppress=unknownMacro \
		--suppress=preprocessorErrorDirective \
		--suppress=ctuuninitvar \
		--suppress=syntaxError:proto/toxic_schema.c -i start/bpf \
		--include=tests/lint/queue.h -DLIBEXEC='""' -D__linux__ \
		-Iproto -Ishared -Istart -Isupervisor -Ictld -Iapid -Irelayd \
		-Idiald -Iresolvd -Istored -Ibench -Ietcd -Isync -Iclient -Itoxictl \
		-DTOXID_VERSION='""' -DTOXICTL_VERSION='""' shared proto \
		start supervisor ctld apid relayd diald resolvd stored bench \
		etcd sync client toxictl
}

# What `make all` has built, of which bench is no part.
circles() {
	local folder where=()
	for folder in $folders; do
		[ ! -d "build/obj/$folder" ] || where+=("$folder")
	done
	tests/lint/circles.py build/obj "${where[@]}"
}

powers() { tests/lint/powers.py build/obj SECURITY.md; }

# A newer clang makes other instructions of it.
bpf() { scripts/bpf_array.py clang-14 | cmp - start/loss_program.h; }

shells() {
	files '*.sh' '*.bash' .ci/run | xargs shellcheck
}

pages() {
	local rc=0 page
	for page in $(files '*.[1-9]'); do
		mandoc -Tlint -W warning "$page" || rc=1
	done
	return "$rc"
}

python() {
	files '*.py' | xargs /usr/bin/python3 -c '
import ast, sys
for name in sys.argv[1:]:
    ast.parse(open(name).read(), name)
'
}

# A name that a test imports and that has gone shows when it is collected.
collected() {
	local folder said rc=0
	for folder in tests/*/; do
		compgen -G "${folder}test_*.py" >/dev/null || continue
		said=$(PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m pytest -q \
			-p no:cacheprovider --collect-only "$folder" 2>&1) && continue
		tail -n 20 <<<"$said"
		rc=1
	done
	return "$rc"
}

short_enough() { tests/lint/lines.py build/obj/supervisor.map SECURITY.md; }

# What is asked of ctld is answered in one file, which frees it.
answers() {
	local files
	files=$(grep -l MSG_ANSWER ctld/*.c)
	[ "$files" = ctld/changes.c ] && return
	echo "MSG_ANSWER is for ctld/changes.c:" "$files" >&2
	return 1
}

# Every line of text and source ends, and none with blanks.
blanks() {
	! git grep -nI -E '[[:blank:]]+$' -- ':!*.lock' ':!*lock.json' \
		':!go.sum' ':!tests/fuzz/corpus'
}

check 'who includes whom' tests/lint/includes.sh
check 'no circles' circles
check 'who writes what in ctld' tests/lint/owners.py ctld
check 'who uses the powers of toxid' powers
check 'toxid is short enough to be read' short_enough
check 'PROTOCOL.md knows each message' tests/lint/protocol.py
check 'one file answers' answers
check 'the program in the kernel' bpf
check 'each answer has its words' tests/lint/answers.py
check 'modules of the dashboard' tests/lint/ui.py
check 'layout (clang-format)' layout
check 'shell scripts (shellcheck)' shells
check 'manual pages (mandoc)' pages
check 'what is said of the toxics' scripts/toxics.py build/toxics.json
check 'python' python
check 'tests are found' collected
check 'what README.md shows' scripts/readme.py check
check 'blanks at ends of lines' blanks
check 'cppcheck' second_opinion
check 'clang-tidy' tidy
exit "$failed"
