#!/bin/bash
# Run real servers natively and greened, with real clients.
#
#	run.sh [--heavy] [--native] [--hubs "N ..."] [--list] [NAME...]
#
# Without names: the light ones, which CI runs; --heavy: the others (they
# install large packages and run for minutes). For each program a native
# run, then a greened one for each number of hubs; one PASS or FAIL line
# each on stdout, progress on stderr. Status 1 if anything failed.
set -u

# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

LIGHT="tinyproxy microsocks stunnel httpserver pyecho memcached cxxecho
	rustecho"
HEAVY="memcached-io redis apache nginx postgres mariadb openssh curl git xz
	make stress-ng"

hubs="1 2"
native_only=
names=
heavy=
list=
while [ $# -gt 0 ]; do
	case $1 in
	--heavy) heavy=1 ;;
	--native) native_only=1 ;;
	--hubs)
		[ $# -ge 2 ] || {
			echo "run.sh: --hubs wants numbers" >&2
			exit 2
		}
		hubs=$2
		shift
		;;
	--list) list=1 ;;
	-*)
		sed -n '2,/^set/ s/^#[[:blank:]]\{0,1\}//p' "$0" >&2
		exit 2
		;;
	*) names+=" $1" ;;
	esac
	shift
done
[ -n "$names" ] || names=${heavy:+$HEAVY}
all_light=
[ -n "$names" ] || {
	names=$LIGHT
	all_light=1
}
if [ -n "$list" ]; then
	for name in $names; do
		echo "$name"
	done
	exit 0
fi

failed=0

# result NAME MODE TEXT: one line, and a file that compat.sh reads.
result() {
	local label=native

	[ "$2" = native ] || label="hubs ${2#green}"
	echo "$3" >"$TP_OUT/$1.$2.result"
	if [ "$3" = PASS ]; then
		echo "PASS programs/$1 ($label)"
	else
		echo "FAIL programs/$1 ($label): ${3#FAIL }"
		failed=1
	fi
}

# run_one NAME MODE
run_one() {
	local reason=$TP_OUT/$1.$2.reason

	rm -f "$reason" "$TP_OUT/$1.$2.result"
	if [ ! -x "$TP_HERE/$1/run.sh" ]; then
		result "$1" "$2" "FAIL there is no such program"
		return 1
	fi
	if "$TP_HERE/$1/run.sh" "$2" </dev/null >&2; then
		result "$1" "$2" PASS
		return 0
	fi
	result "$1" "$2" \
		"FAIL $(cat "$reason" 2>/dev/null || echo "ended early")"
	return 1
}

mkdir -p "$TP_OUT"
for name in $names; do
	run_one "$name" native || continue
	[ -z "$native_only" ] || continue
	for n in $hubs; do
		run_one "$name" "green$n"
	done
done
# A taste of CPython's own tests, only where all light ones were asked for.
if [ -n "$all_light" ] && [ -z "$native_only" ]; then
	"$TP_HERE/cpython/run.sh" --short --hubs "$hubs" || failed=1
fi
exit $failed
