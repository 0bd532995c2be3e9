#!/bin/bash
# run.sh [NAME...]: do the demos, or those named, print what they should,
# natively and greened with one and two hubs? Prints PASS and FAIL lines; its
# status is 1 when one failed. Besides, the table of demo.sh is looked at: that
# the greened side is green.

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

[ $# -gt 0 ] || set -- echo chat fetch ping offload demo

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

# demo.sh itself: right answers, and few kernel threads on the greened side.
check_table() {
	local out=$OUT/demo hubs

	# It pins the server to one CPU, so there is one hub.
	hubs=1
	if ! timeout -k 5 "$LIMIT" "$ROOT/demos/demo.sh" -c 500 -r 1 -d 1 \
		>"$out" 2>"$out.err"; then
		echo "FAIL demos/table: $(tail -n 1 "$out.err")"
	elif ! awk -v most=$((hubs + 6)) '
		/^open connections/ { ok = $3 == 500 && $4 == 500 }
		/^kernel threads/ { few = $3 == 501 && $4 > 0 && $4 <= most }
		/^errors/ { right = $2 == 0 && $3 == 0 }
		END { exit !(ok && few && right) }' "$out"; then
		echo "FAIL demos/table: $(grep '^kernel threads' "$out")"
	else
		echo "PASS demos/table"
		return
	fi
	FAILED=1
}

for name; do
	if [ "$name" = demo ]; then
		check_table
		continue
	fi
	compare "$name" native --native
	HUBS=1 compare "$name" hubs1 --green
	HUBS=2 compare "$name" hubs2 --green
done
exit "$FAILED"
