#!/bin/sh
# What programs rely on, as text: the symbols of the libraries, and the layout
# of what the headers show.  x86-64's, as any with pointers of 64 bits.
#
#	tests/client/abi.sh build >tests/client/abi.txt
set -eu
build=$1

for library in libtoxi libtoxi-event; do
	echo "$library.so.0:"
	nm -D --defined-only --with-symbol-versions "$build/$library.so.0" |
		awk '$2 != "A" { print "\t" $3 }' | LC_ALL=C sort
done
"$build/client_abi"
