#!/bin/sh
# The files of the dashboard as a table for apid/ui_files.c, on stdout.  The tag
# of each is of its bytes.
#
#	scripts/ui-table.sh FILE...
set -eu

type_of() { # NAME
	case $1 in
	*.css) echo 'text/css; charset=utf-8' ;;
	*.html) echo 'text/html; charset=utf-8' ;;
	*.js) echo 'text/javascript; charset=utf-8' ;;
	*.json) echo application/json ;;
	*.svg) echo image/svg+xml ;;
	*)
		echo "ui-table.sh: nobody knows what $1 is" >&2
		exit 1
		;;
	esac
}

printf '#define UI_FILES(X) \\\n'
n=0
for file; do
	name=${file##*/}
	type=$(type_of "$name")
	tag=$(sha256sum <"$file" | cut -c -32)
	printf '\tX(%s, "%s", "%s", "%s", "\\"%s\\"") \\\n' \
		"$n" "$name" "$file" "$type" "$tag"
	n=$((n + 1))
done
echo
