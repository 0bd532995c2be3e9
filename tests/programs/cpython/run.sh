#!/bin/bash
# CPython's own regression tests, natively and greened, test for test.
#
#	run.sh [--short] [--hubs "N ..."] [--reuse] [--timeout S] [MODULE...]
#
# Debian's python3.11 and libpython3.11-testsuite (installed when missing).
# Each module runs as `python3.11 -m test -v MODULE` in a process of its
# own, natively and then greened for each number of hubs. A test that
# hangs or kills the interpreter is noted and left out, and the module is
# run again for the others. A greened module whose results differ is run a
# second time, then natively a second time, and counts as different only
# where no two runs agree.
#
#	--short	the modules that take a few seconds (CI)
#	--reuse	take the native results that an earlier run has left
#	--timeout S	seconds that a module may take natively (900); greened it
#		gets three times what it took natively, and a minute. A module
#		that prints nothing for two minutes hangs.
#
# Results: build/cpython/MODULE.MODE.tsv (test, status), .log (output), and
# summary.txt, which is printed (--short: short.txt, on stderr). Status 1 if
# any test differs.

# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

ALL="test_thread test_threading test_threading_local test_threadsignals
	test_queue test_socket test_socketserver test_ssl test_select
	test_selectors test_poll test_epoll test_subprocess test_signal
	test_fork1 test_wait3 test_wait4 test_os test_io test_time
	test_httpservers test_httplib test_ftplib test_asyncore test_asyncio
	test_concurrent_futures test_multiprocessing_fork
	test_multiprocessing_spawn test_sched test_pty"
SHORT="test_thread test_threading_local test_threadsignals test_queue
	test_socketserver test_select test_epoll test_fork1 test_sched test_pty
	test_httpservers test_httplib test_asyncore"
# How often a module is run again because a test ended the interpreter.
MAX_RERUNS=6

hubs="1 2"
modules=
reuse=
limit=900
short=
while [ $# -gt 0 ]; do
	case $1 in
	--short) short=1 ;;
	--reuse) reuse=1 ;;
	--hubs | --timeout)
		[ $# -ge 2 ] || {
			echo "run.sh: $1 wants a value" >&2
			exit 2
		}
		if [ "$1" = --hubs ]; then hubs=$2; else limit=$2; fi
		shift
		;;
	-*)
		sed -n '2,/^$/ s/^#[[:blank:]]\{0,1\}//p' "$0" >&2
		exit 2
		;;
	*) modules+=" $1" ;;
	esac
	shift
done
[ -n "$modules" ] || modules=${short:+$SHORT}
[ -n "$modules" ] || modules=$ALL

OUT=$TP_BUILD/cpython
COMPARE=$TP_HERE/cpython/compare.py
PY=/usr/bin/python3.11
mkdir -p "$OUT" "$TP_OUT"
TP_NAME=cpython
TP_MODE=
TP_LOG=
TP_PIDS=()
TP_TMP=$(mktemp -d "${TMPDIR:-/tmp}/greenshim-cpython.XXXXXX")
trap tp_cleanup EXIT
trap 'exit 143' TERM INT
ulimit -n "$(ulimit -Hn)"
tp_install python3.11 libpython3.11-testsuite
if [ ! -e "$TP_BUILD/libgreenshim.so" ]; then
	echo "FAIL programs/cpython: no libgreenshim.so: run make"
	exit 1
fi

# How long a module may be silent.
STALL=120

# in_time PID SECONDS LOG: wait for its end; 1 if it has to be killed.
in_time() {
	local end=$((SECONDS + $2)) quiet=$((SECONDS + STALL)) size=0 now

	while tp_alive "$1"; do
		now=$(stat -c %s "$3")
		[ "$now" = "$size" ] || quiet=$((SECONDS + STALL))
		size=$now
		[ $SECONDS -lt $end ] && [ $SECONDS -lt $quiet ] || return 1
		sleep 0.1
	done
}

# once MODULE MODE LOG XML SECONDS [IGNORED...]: one process. Its status, or
# 124 if it had to be killed.
once() {
	local module=$1 mode=$2 log=$3 xml=$4 seconds=$5 cmd=() args=() test
	local status dir=$TP_TMP/cwd

	shift 5
	for test; do
		args+=(-i "$test")
	done
	case $mode in
	green*) cmd=("$TP_ROOT/scripts/greenrun" --hubs "${mode#green}" --) ;;
	esac
	# It skips itself as a "network" test, though it stays on loopback.
	[ "$module" != test_socketserver ] || args+=(-u network)
	rm -rf "$dir"
	mkdir -p "$dir"
	rm -f "$xml"
	: >"$log" # in_time reads it, however late the process begins
	# A session of its own: a test may signal its process group, and what
	# a killed test leaves behind can be found and ended.
	(
		cd "$dir" || exit 1
		exec "${TP_SIGNALS[@]}" TMPDIR="$dir" LC_ALL=C.UTF-8 setsid \
			"${cmd[@]}" $PY -u -m test -v --fail-env-changed \
			--junit-xml "$xml" "${args[@]}" "$module"
	) </dev/null >"$log" 2>&1 &
	SRV=$!
	TP_PIDS+=("$SRV")
	if in_time "$SRV" "$seconds" "$log"; then
		wait "$SRV"
		status=$?
	else
		if [ "$mode" != native ] && tp_catches "$SRV"; then
			kill -USR2 "$SRV"
			sleep 1
		fi
		status=124
	fi
	# setsid did not fork (no job control here), so the session is SRV.
	ps -o pid= -s "$SRV" | xargs -r kill -KILL 2>/dev/null
	wait "$SRV" 2>/dev/null
	return $status
}

# module_run MODULE MODE SECONDS TSV
module_run() {
	local module=$1 mode=$2 seconds=$3 tsv=$4 ignored=() run=0 status
	local log xml=$TP_TMP/junit.xml bad kind

	: >"$tsv"
	if [ "$mode" != native ]; then
		# A native hang or crash says nothing about greenshim.
		while IFS=$'\t' read -r bad kind; do
			case $kind in
			hang | crash*)
				ignored+=("$bad")
				printf '%s\t%s\n' "$bad" "$kind" >>"$tsv"
				;;
			esac
		done <"$OUT/$module.native.tsv"
	fi
	while :; do
		log=${tsv%.tsv}.log
		[ $run = 0 ] || log=${tsv%.tsv}.$run.log
		once "$module" "$mode" "$log" "$xml" "$seconds" "${ignored[@]}"
		status=$?
		if [ -s "$xml" ]; then
			"$COMPARE" junit "$xml" >>"$tsv"
			# A status besides the tests': 3 means that the module
			# left children or threads behind, or changed the
			# environment.
			[ $status = 0 ] && kind=ok || kind="exit ($status)"
			printf '%s\t%s\n' "$module" "$kind" >>"$tsv"
			return
		fi
		kind="crash ($status)"
		[ $status = 124 ] && kind=hang
		bad=$("$COMPARE" last "$log")
		tp_say "$module $mode: $kind in ${bad:-no test}"
		printf '%s\t%s\n' "${bad:-$module}" "$kind" >>"$tsv"
		run=$((run + 1))
		if [ -z "$bad" ] || [ $run -gt $MAX_RERUNS ]; then
			"$COMPARE" log "$log" >>"$tsv"
			return
		fi
		ignored+=("$bad")
	done
}

native_run() {
	local tsv=$OUT/$1.native.tsv start=$SECONDS

	if [ -n "$reuse" ] && [ -s "$tsv" ] && [ -s "$tsv.seconds" ]; then
		return
	fi
	module_run "$1" native "$limit" "$tsv"
	echo $((SECONDS - start)) >"$tsv.seconds"
}

green_run() {
	local module=$1 n=$2 native=$OUT/$1.native.tsv
	local tsv=$OUT/$1.green$2.tsv seconds start=$SECONDS

	seconds=$(($(cat "$native.seconds") * 3 + 60))
	module_run "$module" "green$n" $seconds "$tsv"
	if ! "$COMPARE" same "$native" "$tsv"; then
		tp_say "$module hubs $n differs: running it again"
		module_run "$module" "green$n" $seconds "${tsv%.tsv}.again.tsv"
		"$COMPARE" merge "$native" "$tsv" "${tsv%.tsv}.again.tsv" \
			>"$tsv.new"
		mv "$tsv.new" "$tsv"
	fi
	if ! "$COMPARE" same "$native" "$tsv"; then
		tp_say "$module hubs $n differs still: running natively again"
		module_run "$module" native "$limit" "${native%.tsv}.again.tsv"
		"$COMPARE" merge "$tsv" "$native" "${native%.tsv}.again.tsv" \
			>"$native.new"
		mv "$native.new" "$native"
	fi
	tp_say "$module hubs $n: $((SECONDS - start)) s"
}

for module in $modules; do
	native_run "$module"
	tp_say "$module native: $(cat "$OUT/$module.native.tsv.seconds") s"
	for n in $hubs; do
		green_run "$module" "$n"
	done
done
summary=$OUT/summary.txt
[ -z "$short" ] || summary=$OUT/short.txt
# shellcheck disable=SC2086 # lists of words
"$COMPARE" table "$OUT" "$hubs" $modules >"$summary"
status=$?
if [ -n "$short" ]; then
	cat "$summary" >&2
else
	cat "$summary"
fi
for n in $hubs; do
	# shellcheck disable=SC2086
	if "$COMPARE" table "$OUT" "$n" $modules >/dev/null; then
		echo "PASS programs/cpython (hubs $n)"
	else
		echo "FAIL programs/cpython (hubs $n): results differ, see" \
			"${summary#"$TP_ROOT"/}"
	fi
done
exit $status
