#!/bin/sh
# where.sh SYMBOL: where a libc symbol is interposed, tested and documented.
#
#   $ scripts/where.sh __fork
#   __fork: alias of fork, GLIBC_2.2.5, policy LOCAL
#   code   shim/fork.c:39
#   test   tests/conformance/accept/inherited-listener.c
#   test   tests/conformance/alien/cancelled.c
#   ...
#   page   fork(2)

set -u
cd "$(dirname "$0")/.." || exit 1

if [ $# != 1 ]; then
	echo 'usage: where.sh SYMBOL' >&2
	exit 2
fi

scripts/gen_symbols.sh list | awk -F '\t' -v want="$1" '
$1 == "SYM" { version[$2] = $3; file[$2] = $4; policy[$2] = $5 }
$1 == "ALIAS" { target[$2] = $3 }
END {
	name = want in target ? target[want] : want
	if (!(name in file))
		exit 1
	print name, version[name], file[name], policy[name]
}' | {
	if ! read -r name version file policy; then
		echo "$1: not interposed; see docs/SYMBOLS.md" >&2
		exit 1
	fi
	if [ "$name" = "$1" ]; then
		echo "$name: $version, policy $policy"
	else
		echo "$1: alias of $name, $version, policy $policy"
	fi

	# A definition begins with INTERPOSE(ret, name, (args)).
	line=$(grep -nE "^INTERPOSE[A-Z_]*\(.*[ ,(*]$name," "shim/$file.c" \
		2>/dev/null | head -n 1)
	if [ -n "$line" ]; then
		echo "code   shim/$file.c:${line%%:*}"
	else
		echo "code   shim/$file.c"
	fi

	# The tests in a folder of its name, and others that call it.
	{
		find "tests/conformance/$name" -name '*.c*' 2>/dev/null
		grep -rlE --include='*.c' --include='*.cpp' \
			"(^|[^A-Za-z0-9_])$name\(" tests/conformance \
			tests/regress 2>/dev/null
	} | sort -u | head -n 10 | sed 's/^/test   /'

	for section in 2 3; do
		man -w "$section" "$name" >/dev/null 2>&1 || continue
		echo "page   $name($section)"
		break
	done
}
