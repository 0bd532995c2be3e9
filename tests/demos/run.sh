#!/bin/bash
# run.sh [NAME...]: do the demos, or those named, print what they should,
# natively and greened with one and two hubs? Prints PASS and FAIL lines; its
# status is 1 when one failed.

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=${BUILD:-build}
case $BUILD in
/*) ;;
*) BUILD=$ROOT/$BUILD ;;
esac
export BUILD
LIMIT=60 # seconds for a demo
FAILED=0
OUT=$BUILD/tests/demos
mkdir -p "$OUT"

[ $# -gt 0 ] || set -- echo chat fetch ping

# compare NAME HOW OPTION
compare() {
	local demo=$ROOT/demos/$1 out=$OUT/$1.$2 status

	# The group is ended as a whole when it hangs, servers included.
	timeout -k 5 "$LIMIT" "$demo/run.sh" "$3" >"$out" 2>"$out.err"
	status=$?
	if [ "$status" = 124 ] || [ "$status" = 137 ]; then
		echo "FAIL demos/$1/$2: not done after $LIMIT s"
	elif [ "$status" != 0 ]; then
		echo "FAIL demos/$1/$2: status $status: $(tail -n 1 "$out.err")"
	elif ! diff -u "$demo/expected.txt" "$out" >"$out.diff"; then
		echo "FAIL demos/$1/$2: see $out.diff:" \
			"$(grep '^[-+][^-+]' "$out.diff" | head -n 1)"
	else
		echo "PASS demos/$1/$2"
		return
	fi
	FAILED=1
}

for name; do
	compare "$name" native --native
	HUBS=1 compare "$name" hubs1 --green
	HUBS=2 compare "$name" hubs2 --green
done
exit "$FAILED"
