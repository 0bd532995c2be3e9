#!/bin/bash
# Runs the randomised stress programs natively and greened.
#
#   tests/stress/run.sh [SEED [PATTERN...]]
#
# The seed is printed, so that a failing run can be repeated (as far as the
# scheduler allows).  A program's other files are in a directory of its name.
# Environment: SECONDS_EACH (1), MODES ("native 1 2"),
# ROUNDS (1; each has its own seed), GREENRUN, CC, BUILD as in ../compare.sh.

set -u

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
: "${GREENRUN:=$root/scripts/greenrun}" "${MODES:=native 1 2}"
: "${CC:=gcc}" "${BUILD:=$root/build}" "${SECONDS_EACH:=1}" "${ROUNDS:=1}"
case $BUILD in
/*) ;;
*) BUILD=$root/$BUILD ;;
esac
export GREENSHIM_LIBRARY=${GREENSHIM_LIBRARY:-$BUILD/libgreenshim.so}

seed=${1:-$((RANDOM * 32768 + RANDOM))}
(($#)) && shift
if [[ ! -e $BUILD/libgreenshim.so || ! -x ${GREENRUN%% *} ]]; then
	[[ $MODES == native ]] ||
		echo "stress: no greenshim built: running natively only" >&2
	MODES=native
fi
out=$BUILD/tests/stress
mkdir -p "$out"
failed=0

# is_stale BIN FILE...: is the program missing, or older than one of the files?
is_stale() {
	local bin=$1 file
	shift
	for file; do
		[[ $bin -nt $file ]] || return 0
	done
	return 1
}

for ((round = 0; round < ROUNDS; round++, seed++)); do
	echo "stress: seed $seed" >&2
	for src in "$here"/*.c; do
		name=$(basename "$src" .c)
		wanted=$(($# == 0))
		for pattern in "$@"; do
			# A glob, so not quoted.
			# shellcheck disable=SC2053
			[[ $name == *$pattern* ]] && wanted=1
		done
		((wanted)) || continue
		bin=$out/$name
		sources=("$src")
		headers=("$here/stress.h" "$root"/tests/conformance/*.h)
		if [[ -d $here/$name ]]; then
			sources+=("$here/$name"/*.c)
			headers+=("$here/$name"/*.h)
		fi
		if is_stale "$bin" "${sources[@]}" "${headers[@]}"; then
			"$CC" -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra \
				-pthread -I"$root/tests/conformance" -o "$bin" \
				"${sources[@]}" || {
				echo "FAIL stress/$name: does not build"
				failed=1
				continue
			}
		fi
		for mode in $MODES; do
			cmd=(timeout -s USR2 -k 5 $((SECONDS_EACH * 10 + 90)))
			if [[ $mode == native ]]; then
				cmd+=(env -u GREENSHIM_HUBS -u LD_PRELOAD)
			else
				cmd+=(env "GREENSHIM_HUBS=$mode" "$GREENRUN"
					--hubs "$mode" --)
			fi
			# The inner shell does not report deaths by signal.
			# shellcheck disable=SC2016
			bash -c '"$@"; exit $?' _ "${cmd[@]}" "$bin" "$seed" \
				"$SECONDS_EACH" </dev/null >"$bin.$mode.out" \
				2>"$bin.$mode.err"
			status=$?
			if ((status == 0)); then
				echo "PASS stress/$name ($mode)"
				continue
			fi
			failed=1
			case $status in
			124 | 137) reason="hangs" ;;
			*) reason="exit status $status" ;;
			esac
			echo "FAIL stress/$name ($mode): $reason, seed $seed"
			{
				head -n 20 "$bin.$mode.out"
				head -n 100 "$bin.$mode.err"
			} >&2
		done
	done
done
exit "$failed"
