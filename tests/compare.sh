#!/bin/bash
# Runs every program of a directory natively and greened, and compares.
#
#   tests/compare.sh DIR [PATTERN...]
#
# DIR holds <family>/<clause>.{c,cpp,rs}, or such files directly. Each program
# is built into build/tests/<DIR's name>/ if it is stale, run natively, and then
# run under greenrun with each hub count. Standard output must be the same in
# all runs, and the exit status the expected one. PATTERN is a shell glob,
# matched anywhere in the name <DIR's name>/<family>/<clause>.
#
# A source file may direct the runner in its first fifteen lines:
#
#   // CFLAGS: flags        after -D_GNU_SOURCE -O2 -Wall -Wextra -pthread
#   // LIBS: -lfoo          at the end of the link command
#   // ARGS: a b            the program's arguments
#   // ENV: A=b             variables for the greened runs
#   // HUBS: 1 2            the hub counts to run with (default: 1 2)
#   // TIMEOUT: seconds     when a run counts as hung (default: 60)
#   // EXPECT-SIGNAL: SEGV  the program dies by this signal
#   // EXPECT-STATUS: n     the program exits with this status
#   // NATIVE: skip         too heavy natively: compare with CLAUSE.expected
#   // XFAIL: reason        known to differ greened; reported, not a failure
#
# Environment:
#   GREENRUN   the command that greens a program    (scripts/greenrun)
#   MODES      which runs                           ("native 1 2")
#   JOBS       programs run at once                 (2)
#   REPEAT     how often each run is repeated       (1)
#   CC CXX RUSTC BUILD                              (gcc g++ rustc build)
#
# A program that hangs is sent SIGUSR2, which makes greenshim dump its fibers to
# standard error, and is killed five seconds later.

set -u

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
self=$root/tests/compare.sh
: "${GREENRUN:=$root/scripts/greenrun}" "${MODES:=native 1 2}"
: "${JOBS:=2}" "${REPEAT:=1}"
: "${CC:=gcc}" "${CXX:=g++}" "${RUSTC:=rustc}" "${BUILD:=$root/build}"
case $BUILD in
/*) ;;
*) BUILD=$root/$BUILD ;;
esac
# The library of that build and of no other.
: "${GREENSHIM_LIBRARY:=$BUILD/libgreenshim.so}"
export GREENRUN MODES JOBS REPEAT CC CXX RUSTC BUILD GREENSHIM_LIBRARY

# directive FILE KEY: the value of "// KEY: value", if the file has one.
directive() {
	sed -n "1,15s|^// $2:[[:space:]]*||p" "$1" | head -n 1
}

# is_stale BIN FILE...: is the program missing, or older than one of the files?
is_stale() {
	local bin=$1 file

	[[ -x $bin ]] || return 0
	shift
	for file; do
		# A pattern that matches nothing stands for itself.
		[[ -e $file && ! $bin -nt $file ]] && return 0
	done
	return 1
}

# build SRC BIN: compile if the program is stale.
build() {
	local src=$1 bin=$2 cflags libs
	local -a flags=(-D_GNU_SOURCE -O2 -g -Wall -Wextra -pthread
		-I"$root/tests/conformance")

	is_stale "$bin" "$src" "$root"/tests/conformance/*.h \
		"$(dirname "$src")"/*.h || return 0
	cflags=$(directive "$src" CFLAGS)
	libs=$(directive "$src" LIBS)
	# The flags are lists of words: they are split on purpose.
	# shellcheck disable=SC2086
	case $src in
	*.c) "$CC" -std=gnu11 "${flags[@]}" $cflags -o "$bin.$$" "$src" $libs ;;
	*.cpp) "$CXX" -std=c++20 "${flags[@]}" $cflags -o "$bin.$$" "$src" \
		$libs ;;
	*.rs) "$RUSTC" --edition 2021 -O -o "$bin.$$" "$src" ;;
	esac && mv "$bin.$$" "$bin"
}

# run_once MODE OUT ERR TIMEOUT ENV BIN ARGS...: prints the exit status.
run_once() {
	local mode=$1 out=$2 err=$3 limit=$4 status
	local -a cmd variables
	read -ra variables <<<"$5"
	shift 5

	cmd=(timeout -s USR2 -k 5 "$limit")
	if [[ $mode == native ]]; then
		cmd+=(env -u GREENSHIM_HUBS -u LD_PRELOAD)
	else
		cmd+=(env "${variables[@]}" "GREENSHIM_HUBS=$mode" "$GREENRUN"
			--hubs "$mode" --)
	fi
	# With an inner shell, the outer one does not report deaths by signal.
	# shellcheck disable=SC2016
	bash -c '"$@"; exit $?' _ "${cmd[@]}" "$@" \
		</dev/null >"$out" 2>"$err"
	status=$?
	echo "$status"
}

# test_one DIR SRC: prints one PASS, FAIL or XFAIL line; details on stderr.
test_one() {
	local dir=$1 src=$2
	local base name bin work want expected hubs limit args xfail mode i
	local variables
	local status log reason start took ref="" verdict runs=0

	base=$(basename "$dir")
	name=$base/${src#"$dir"/}
	name=${name%.*}
	bin=$BUILD/tests/$name
	mkdir -p "$(dirname "$bin")"
	# A directory of its own: another runner may run the same program.
	work=$(mktemp -d "$bin.run.XXXXXX") || exit 1

	log=$work/log
	if ! build "$src" "$bin" >"$log" 2>&1; then
		cat "$log" >&2
		rm -rf "$work"
		echo "FAIL $name: does not build"
		return
	fi

	want=$(directive "$src" EXPECT-STATUS)
	want=${want:-0}
	expected=$(directive "$src" EXPECT-SIGNAL)
	if [[ -n $expected ]]; then
		want=$((128 + $(kill -l "${expected#SIG}")))
	fi
	limit=$(directive "$src" TIMEOUT)
	limit=${limit:-60}
	hubs=$(directive "$src" HUBS)
	variables=$(directive "$src" ENV)
	xfail=$(directive "$src" XFAIL)
	read -ra args <<<"$(directive "$src" ARGS)"
	if [[ -e ${src%.*}.expected ]]; then
		ref=${src%.*}.expected
	fi

	for mode in $MODES; do
		if [[ $mode == native ]]; then
			[[ $(directive "$src" NATIVE) == skip ]] && continue
		elif [[ -n $hubs && " $hubs " != *" $mode "* ]]; then
			continue
		fi
		for ((i = 0; i < REPEAT; i++)); do
			local out=$work/$mode.out err=$work/$mode.err
			runs=$((runs + 1))
			start=$SECONDS
			status=$(cd "$work" && run_once "$mode" "$out" "$err" \
				"$limit" "$variables" "$bin" "${args[@]}")
			took=$((SECONDS - start))
			reason=
			if ((status == 124 || status == 137)) && ((took >= limit)); then
				reason="hangs (killed after $took s)"
			elif ((status != want)); then
				reason="exit status $status, want $want"
			elif grep -q '^not ok' "$out"; then
				reason="a check failed"
			elif [[ -z $ref ]]; then
				# The first run is the reference.
				cp "$out" "$work/reference"
				ref=$work/reference
			elif ! diff -u "$ref" "$out" >"$work/diff"; then
				reason="output differs"
			fi
			[[ -z $reason ]] && continue
			verdict=FAIL
			if [[ $mode != native ]]; then
				reason="$mode hub(s): $reason"
				[[ -n $xfail ]] && verdict="XFAIL"
			else
				reason="natively: $reason"
			fi
			if [[ $verdict == XFAIL ]]; then
				rm -rf "$work"
				echo "XFAIL $name: $xfail"
				return
			fi
			{
				echo "---- $name: $reason"
				grep '^not ok' "$out" | head -n 5
				[[ -s $work/diff ]] && head -n 30 "$work/diff"
				if [[ -s $err ]]; then
					echo "---- its standard error:"
					head -n 60 "$err"
				fi
				echo "---- (all of it is in $bin.run)"
			} >&2
			rm -rf "$bin.run"
			mv "$work" "$bin.run"
			echo "FAIL $name: $reason"
			return
		done
	done
	rm -rf "$work" "$bin.run"
	if ((runs == 0)); then
		echo "SKIP $name: not for these modes: $MODES"
	else
		echo "PASS $name"
	fi
}

if [[ ${1-} == --one ]]; then
	test_one "$2" "$3"
	exit 0
fi

if (($# < 1)); then
	echo "usage: compare.sh DIR [PATTERN...]" >&2
	exit 2
fi
dir=$(cd "$1" && pwd) || exit 2
shift

if [[ ! -e $BUILD/libgreenshim.so || ! -x ${GREENRUN%% *} ]]; then
	if [[ $MODES != native ]]; then
		echo "compare.sh: no $BUILD/libgreenshim.so or no $GREENRUN:" \
			"running natively only" >&2
	fi
	MODES=native
fi

list=()
while IFS= read -r src; do
	name=$(basename "$dir")/${src#"$dir"/}
	name=${name%.*}
	if (($# == 0)); then
		list+=("$src")
	fi
	for pattern in "$@"; do
		# PATTERN is a glob: not quoted on purpose.
		# shellcheck disable=SC2053
		if [[ $name == *$pattern* ]]; then
			list+=("$src")
			break
		fi
	done
done < <(find "$dir" \( -name '*.c' -o -name '*.cpp' -o -name '*.rs' \) |
	LC_ALL=C sort)

if ((${#list[@]} == 0)); then
	(($# == 0)) && exit 0
	echo "compare.sh: nothing matches $*" >&2
	exit 2
fi
if ! command -v "$RUSTC" >/dev/null; then
	for i in "${!list[@]}"; do
		if [[ ${list[i]} == *.rs ]]; then
			echo "SKIP ${list[i]#"$dir"/}: no $RUSTC" >&2
			unset "list[i]"
		fi
	done
fi

mkdir -p "$BUILD/tests"
results=$(mktemp "$BUILD/tests/results.XXXXXX")
trap 'rm -f "$results"' EXIT
printf '%s\0' "${list[@]}" |
	xargs -0 -n 1 -P "$JOBS" "$self" --one "$dir" | tee "$results"

passed=$(grep -c '^PASS' "$results")
failed=$(grep -c '^FAIL' "$results")
xfailed=$(grep -c '^XFAIL' "$results")
skipped=$(grep -c '^SKIP' "$results")
echo "$(basename "$dir"): $passed passed, $failed failed," \
	"$xfailed known to fail, $skipped skipped, of ${#list[@]}" >&2
((failed == 0 && passed + xfailed + skipped == ${#list[@]}))
