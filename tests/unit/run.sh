#!/bin/sh
# Unit tests of the runtime, with Criterion: tests/unit/test_*.c, each a program
# of its own that is linked with the runtime's objects. They are never
# preloaded. Each runs with one hub and with two.

set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
# The name that `make all` uses: make knows only this one to be built.
BUILD=${BUILD#"$PWD"/}
unset LD_PRELOAD

# Turns Criterion's TAP report into lines for tests/run.sh. The lines below a
# failure are its reason; a test that the plan counts and the report lacks means
# that the program itself died.
report()
{
	awk -v prefix="$1" -v status="$2" '
	function flush_failure() {
		if (failure != "")
			print failure ": " (reason == "" ? "failed" : reason)
		failure = reason = ""
	}
	/^1\.\.[0-9]+/ { planned = substr($0, 4) + 0 }
	/^(not )?ok / { flush_failure(); reported++ }
	/^ok .*# SKIP/ {
		print "skipped " prefix "/" $3 >"/dev/stderr"
		next
	}
	/^ok / { print "PASS " prefix "/" $3; next }
	/^not ok / {
		failure = "FAIL " prefix "/" $4
		for (i = 5; i <= NF; i++)
			if ($i !~ /^\([0-9.]+s\)$/)
				reason = reason (reason == "" ? "" : " ") $i
		next
	}
	failure != "" && /^  - / { where = $2 }
	failure != "" && /^      / {
		sub(/^ +/, "")
		reason = reason (reason == "" ? "" : "; ") where " " $0
	}
	END {
		flush_failure()
		if (reported < planned || planned == 0)
			print "FAIL " prefix ": " reported + 0 " of " \
				planned + 0 " tests reported, status " status
	}' "$3"
}

set -- tests/unit/test_*.c
if ! [ -e "$1" ]; then
	echo 'FAIL unit: no tests/unit/test_*.c'
	exit 1
fi

failed=0
for source; do
	name=${source##*/}
	name=${name%.c}
	program=$BUILD/tests/unit/$name
	if ! make -s BUILD="$BUILD" "$program" >&2; then
		echo "FAIL unit/$name: does not build"
		failed=1
		continue
	fi
	for hubs in 1 2; do
		tap=$program.$hubs.tap
		rm -f "$tap"
		# One test at a time: some of them measure time.
		GREENSHIM_HUBS=$hubs timeout -k 5 300 "$program" -j1 --quiet \
			--short-filename "--tap=$tap" >&2
		status=$?
		[ "$status" = 0 ] || failed=1
		[ -e "$tap" ] || : >"$tap"
		report "unit/$name/hubs=$hubs" "$status" "$tap"
	done
done
exit $failed
