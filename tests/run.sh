#!/bin/sh
# run.sh [SECTION...]: run the tests, and end with one line
#
#     N passed, N failed
#
# and exit status 1 if any failed. A section is a directory with a run.sh, which
# prints one line per test on stdout, `PASS name` or `FAIL name: reason`, and
# its progress on stderr. `make test` calls this after building everything;
# BUILD names the build directory (default: build).

set -u
cd "$(dirname "$0")/.." || exit 1

# A test that runs make must not look for the job server of the calling make.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
# A section may change its directory.
BUILD=${BUILD:-build}
case $BUILD in
/*) ;;
*) BUILD=$PWD/$BUILD ;;
esac
export BUILD

# From the bottom up, so that the first failure tells most. Sections that are
# not named here come last.
order='unit conformance scripts regress programs demos bench stress'

if [ $# = 0 ]; then
	for section in $order; do
		[ -x "tests/$section/run.sh" ] && set -- "$@" "$section"
	done
	for script in tests/*/run.sh; do
		section=${script#tests/}
		section=${section%/run.sh}
		case " $order " in
		*" $section "*) ;;
		*) [ -x "$script" ] && set -- "$@" "$section" ;;
		esac
	done
fi

mkdir -p "$BUILD/tests" || exit 1
results=$BUILD/tests/results.txt
status_file=$BUILD/tests/status
: >"$results"

for section; do
	printf -- '--- %s\n' "$section"
	if ! [ -x "tests/$section/run.sh" ]; then
		echo "FAIL $section: no tests/$section/run.sh" |
			tee -a "$results"
		continue
	fi
	start=$(date +%s)
	before=$(grep -cE '^(PASS|FAIL) ' "$results")
	# The pipe hides the section's status, so it goes through a file.
	{
		"tests/$section/run.sh" </dev/null
		echo $? >"$status_file"
	} | tee -a "$results"
	read -r status <"$status_file"
	after=$(grep -cE '^(PASS|FAIL) ' "$results")
	# A section that breaks off without a line must not pass.
	if [ "$before" = "$after" ]; then
		echo "FAIL $section: no test reported (status $status)" |
			tee -a "$results"
	elif [ "$status" != 0 ] &&
		! tail -n "+$((before + 1))" "$results" | grep -q '^FAIL '; then
		echo "FAIL $section: run.sh exited with $status" |
			tee -a "$results"
	fi
	printf -- '--- %s: %s s\n' "$section" $(($(date +%s) - start))
done

passed=$(grep -c '^PASS ' "$results")
failed=$(grep -c '^FAIL ' "$results")
if [ "$failed" -gt 0 ]; then
	echo
	echo 'Failed:'
	grep '^FAIL ' "$results"
	echo
fi
if [ $((passed + failed)) = 0 ]; then
	echo 'no test ran'
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
