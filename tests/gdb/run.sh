#!/bin/sh
# Tests of scripts/gdb/greenshim.py: what it shows of a program that is stopped
# at a trap, alive and as a core file.

set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
case $BUILD in
/*) ;;
*) BUILD=$PWD/$BUILD ;;
esac
unset LD_PRELOAD
library=$BUILD/libgreenshim.so
script=$PWD/scripts/gdb/greenshim.py

if ! command -v gdb >/dev/null; then
	echo 'SKIP gdb: no gdb on this machine'
	exit 0
fi

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
program=$tmp/threads
if ! ${CC:-cc} -g -O1 -fno-inline -D_GNU_SOURCE -o "$program" \
	tests/gdb/threads.c -lpthread >&2; then
	echo 'FAIL gdb: threads.c does not build'
	exit 1
fi

failed=0

# shows NAME PATTERN...: the output of gdb has each pattern, in this order.
shows()
{
	name=$1
	shift
	rest=$said
	for pattern; do
		case $rest in
		*"$pattern"*) rest=${rest#*"$pattern"} ;;
		*)
			printf 'FAIL gdb/%s: no "%s" in: %s\n' "$name" \
				"$pattern" "$(printf '%s' "$said" | tr '\n' '|')"
			failed=1
			return
			;;
		esac
	done
	echo "PASS gdb/$name"
}

# look WHAT COMMAND...: check what the script shows of a program at its trap.
look()
{
	what=$1
	shift
	said=$(timeout 60 gdb -q -batch -nx "$@" -ex "source $script" \
		-ex 'green threads' 2>&1 </dev/null)
	shows "$what/threads" \
		'"threads"' 'parked: joins' \
		'"reader"' 'parked: reads descriptor' \
		'"locker"' 'parked: mutex 0x' '"threads"' \
		'"trapper"' 'running'
	said=$(timeout 60 gdb -q -batch -nx "$@" -ex "source $script" \
		-ex 'green bt all' -ex 'bt 1' 2>&1 </dev/null)
	shows "$what/backtraces" \
		'"threads" (parked' 'pthread_join' 'main () at' \
		'"reader" (parked' 'wait_for_byte () at' 'reader (arg=' \
		'fiber_main' 'arch_fiber_entry' \
		'"locker" (parked' 'wait_for_mutex () at' 'locker (arg=' \
		'"trapper" (running' 'trapper (arg=' \
		'#0  ' 'trapper (arg='
	said=$(timeout 60 gdb -q -batch -nx "$@" -ex "source $script" \
		-ex 'green bt 1' 2>&1 </dev/null)
	shows "$what/no-such-thread" "no green thread 1 (see 'green threads')"
}

look live "$program" -ex "set exec-wrapper env LD_PRELOAD=$library" \
	-ex 'handle SIG32 SIGUSR2 nostop noprint' -ex run

# shellcheck disable=SC3045 # dash and bash have ulimit -c; else there is no core
(
	cd "$tmp" && ulimit -c unlimited && LD_PRELOAD=$library "$program"
) >/dev/null 2>&1
core=$(find "$tmp" -name 'core*' | head -n 1)
if [ -n "$core" ]; then
	look core "$program" "$core"
else
	echo 'SKIP gdb/core: no core file; see /proc/sys/kernel/core_pattern'
fi

said=$(timeout 60 gdb -q -batch -nx "$program" -ex 'break main' -ex run \
	-ex "source $script" -ex 'green threads' 2>&1 </dev/null)
shows native 'the program is not greened'
exit $failed
