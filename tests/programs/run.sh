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
HEAVY=

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
[ -n "$names" ] || names=$LIGHT
if [ -n "$list" ]; then
	echo "$names" | xargs -n 1
	exit 0
fi

failed=0

# run_one NAME MODE LABEL
run_one() {
	local reason=$TP_OUT/$1.$2.reason

	rm -f "$reason"
	if [ ! -x "$TP_HERE/$1/run.sh" ]; then
		echo "FAIL programs/$1 ($3): there is no such program"
		failed=1
		return 1
	fi
	if "$TP_HERE/$1/run.sh" "$2" </dev/null >&2; then
		echo "PASS programs/$1 ($3)"
		return 0
	fi
	echo "FAIL programs/$1 ($3):" \
		"$(cat "$reason" 2>/dev/null || echo "ended early")"
	failed=1
	return 1
}

for name in $names; do
	run_one "$name" native native || continue
	[ -z "$native_only" ] || continue
	for n in $hubs; do
		run_one "$name" "green$n" "hubs $n"
	done
done
exit $failed
