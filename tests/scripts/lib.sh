# shellcheck shell=sh
# Shared by the tests of one option of greenrun with the library that was
# built: the setting, and check(). To be sourced with $option set; the caller's
# exit status is $failed.

set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
case $BUILD in
/*) ;;
*) BUILD=$PWD/$BUILD ;;
esac
export GREENSHIM_LIBRARY="$BUILD/libgreenshim.so"
greenrun=$PWD/scripts/greenrun
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
failed=0

# check NAME STATUS PATTERN COMMAND...
check()
{
	name=$option-$1
	want=$2
	pattern=$3
	shift 3
	output=$("$@" 2>&1 </dev/null)
	status=$?
	# shellcheck disable=SC2254 # a pattern is wanted
	case $status:$output in
	$want:$pattern) echo "PASS scripts/$name" ;;
	*)
		printf 'FAIL scripts/%s: status %s, wanted %s; output: %s\n' \
			"$name" "$status" "$want" \
			"$(printf '%s' "$output" | tr '\n' ' ')"
		failed=1
		;;
	esac
}
