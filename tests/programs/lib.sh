# shellcheck shell=bash
# Shared by the run.sh of every program: see README.md of this folder.
#
# A test calls tp_begin first and tp_end last; in between it starts one
# server under test (SRV) with tp_start, puts load on it with tp_load, and
# stops it with tp_stop. Whatever fails calls tp_fail, which ends the test.
# Helpers (origins, front ends) are started with tp_helper, natively.
#
# Only processes that were started here are ended, by their ids.

set -u

TP_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
TP_HERE=$TP_ROOT/tests/programs
case ${BUILD:-build} in
/*) TP_BUILD=$BUILD ;;
*) TP_BUILD=$TP_ROOT/${BUILD:-build} ;;
esac
# greenrun would look in build/ only.
export GREENSHIM_LIBRARY=$TP_BUILD/libgreenshim.so
TP_OUT=$TP_BUILD/tests/programs
TP_CLIENT=$TP_OUT/client
TP_ORIGIN=$TP_OUT/origin

# Kernel threads that a greened server may have beyond one a hub: spare
# carriers, the monitor, libuv's pool. A server may set a higher number if some
# of its threads are not fibers (made before greenshim could see them).
TP_SPARE=8
TP_CONNS=${TP_CONNS:-500}
TP_DEADLINE=${TP_DEADLINE:-120} # seconds for one load
TP_DUMP_AFTER=20 # seconds after which a load counts as stuck
TP_STOP_DEADLINE=20
# What programs and libc print on a crash. greenshim prints nothing unless
# something is wrong, except a dump.
TP_CRASH='segfault|segmentation fault|got signal|exit signal|assertion|'
TP_CRASH+='core dumped|stack smashing|(corrupted|double free|free\(\)): |'
TP_CRASH+='terminated by signal|greenshim: '

# This shell starts background commands with SIGINT and SIGQUIT ignored, which
# an interactive shell does not.
TP_SIGNALS=(env --default-signal=INT --default-signal=QUIT)

tp_say() {
	echo "  ${TP_NAME:-programs}${TP_MODE:+ $TP_MODE}: $*" >&2
}

# tp_begin NAME MODE: MODE is native, or greenN for N hubs.
tp_begin() {
	TP_NAME=$1
	TP_MODE=${2:-}
	TP_HUBS=0
	GREEN=()
	TP_PIDS=()
	SRV=
	case $TP_MODE in
	native) ;;
	green[1-9]*)
		TP_HUBS=${TP_MODE#green}
		GREEN=("$TP_ROOT/scripts/greenrun" --hubs "$TP_HUBS" --)
		;;
	*)
		echo "usage: run.sh native|green1|green2" >&2
		exit 2
		;;
	esac
	mkdir -p "$TP_OUT"
	TP_LOG=$TP_OUT/$TP_NAME.$TP_MODE.log
	TP_STATUS=$TP_OUT/$TP_NAME.$TP_MODE.status
	: >"$TP_LOG"
	rm -f "$TP_OUT/$TP_NAME.$TP_MODE".{reason,threads}
	: >"$TP_STATUS"
	TP_TMP=$(mktemp -d "${TMPDIR:-/tmp}/greenshim-$TP_NAME.XXXXXX")
	# Servers that drop root's rights must still reach their files.
	chmod 755 "$TP_TMP"
	trap tp_cleanup EXIT
	trap 'exit 143' TERM INT
	ulimit -n "$(ulimit -Hn)"
	tp_build
	if [ "$TP_HUBS" -gt 0 ] && [ ! -e "$TP_BUILD/libgreenshim.so" ]; then
		tp_fail "$TP_BUILD/libgreenshim.so is missing: run make"
	fi
	if [ "$TP_HUBS" -gt 0 ] &&
		[ ! -s "$TP_OUT/$TP_NAME.native.status" ]; then
		tp_fail "no native run to compare with: run it first"
	fi
}

# tp_no_crash FILE...: fail if the logs tell of a crash.
tp_no_crash() {
	local line

	line=$(grep -ihE "$TP_CRASH" "$@" |
		grep -Ev 'greenshim: (process |end of dump)' | head -n 1)
	[ -z "$line" ] || tp_fail "a crash in the log: $line"
}

tp_end() {
	tp_no_crash "$TP_LOG"
	tp_say "passed"
	exit 0
}

tp_fail() {
	local reason=$*

	[ -s "$TP_LOG" ] && reason+=" (see ${TP_LOG#"$TP_ROOT"/})"
	echo "$reason" >"$TP_OUT/$TP_NAME.$TP_MODE.reason"
	tp_say "FAILED: $reason"
	exit 1
}

tp_cleanup() {
	local pid

	for pid in "${TP_PIDS[@]}"; do
		kill -0 "$pid" 2>/dev/null || continue
		kill -TERM "$pid" 2>/dev/null
		tp_wait_gone "$pid" 5 || kill -KILL "$pid" 2>/dev/null
	done
	rm -rf "$TP_TMP"
}

# Compile TARGET from SOURCES when one of them (or a header) is newer.
# usage: tp_compile TARGET COMMAND... -- SOURCE...
tp_compile() {
	local target=$1 cmd=() src

	shift
	while [ "$1" != -- ]; do
		cmd+=("$1")
		shift
	done
	shift
	mkdir -p "$(dirname "$target")"
	for src in "$@" "$TP_HERE"/*.h; do
		# A library's -l has no date.
		[ "$src" -nt "$target" ] || continue
		"${cmd[@]}" -o "$target.$$" "$@" >&2 || return 1
		mv "$target.$$" "$target"
		return 0
	done
}

tp_build() {
	local cc=${CC:-cc}
	local flags=(-std=gnu11 -O2 -g -Wall -Wextra -Werror -pthread)
	local tls=()

	if echo '#include <openssl/ssl.h>' | $cc -E - >/dev/null 2>&1; then
		tls=(-DWITH_TLS -lssl -lcrypto)
	fi
	# shellcheck disable=SC2034 # for the tests that speak TLS
	TP_HAVE_TLS=${#tls[@]}
	tp_compile "$TP_CLIENT" "$cc" "${flags[@]}" -- \
		"$TP_HERE"/client.c "$TP_HERE"/client_io.c \
		"$TP_HERE"/client_proto.c "${tls[@]}" ||
		tp_fail "client does not build"
	tp_compile "$TP_ORIGIN" "$cc" "${flags[@]}" -- \
		"$TP_HERE"/origin.c || tp_fail "origin does not build"
}

# Install Debian packages, each only if dpkg does not have it.
tp_install() {
	"$TP_ROOT"/scripts/bootstrap --packages "$@" \
		>"$TP_OUT/apt.log" 2>&1 </dev/null ||
		tp_fail "cannot install $*: see $TP_OUT/apt.log"
}

# tp_need COMMAND PACKAGE: install PACKAGE unless there is a COMMAND.
tp_need() {
	command -v "$1" >/dev/null || tp_install "$2"
}

# An interpreter that is an ELF file: `python3` may be a script that finds
# one, and greenrun greens the program that runs in the end.
tp_python() {
	local py=/usr/bin/python3

	[ -x $py ] || py=$(python3 -c 'import sys; print(sys.executable)')
	readlink -f "$py"
}

tp_port() {
	"$TP_CLIENT" freeport || tp_fail "no free port"
}

# tp_alive PID: a zombie that bash has not reaped yet is not alive.
tp_alive() {
	local state

	state=$(awk '/^State:/ { print $2 }' "/proc/$1/status" 2>/dev/null)
	[ -n "$state" ] && [ "$state" != Z ]
}

# tp_wait_gone PID SECONDS
tp_wait_gone() {
	local end=$((SECONDS + $2))

	while tp_alive "$1"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# Start the server under test; greened unless the mode is native.
tp_start() {
	echo "+ ${GREEN[*]} $*" >>"$TP_LOG"
	"${TP_SIGNALS[@]}" "${GREEN[@]}" "$@" </dev/null >>"$TP_LOG" 2>&1 &
	SRV=$!
	TP_PIDS+=("$SRV")
}

# Start a helper, natively. Sets HELPER to its pid.
tp_helper() {
	"$@" </dev/null >>"$TP_LOG.helper" 2>&1 &
	HELPER=$!
	TP_PIDS+=("$HELPER")
}

# tp_listening PORT [PID]: wait until a connection to PORT is taken.
tp_listening() {
	local port=$1 pid=${2:-$SRV} end=$((SECONDS + 30)) status

	until "$TP_CLIENT" -w 2 probe "$port"; do
		if ! tp_alive "$pid"; then
			wait "$pid"
			status=$?
			tp_fail "ended with status $status before it listened"
		fi
		if [ $SECONDS -ge $end ]; then
			tp_dump
			tp_fail "does not listen after 30 s"
		fi
		sleep 0.05
	done
}

# tp_origin: a native origin on a free port, which is put into ORIGIN.
tp_origin() {
	ORIGIN=$(tp_port)
	tp_helper "$TP_ORIGIN" "$ORIGIN"
	tp_listening "$ORIGIN" "$HELPER"
}

# tp_catches PID: does the process handle SIGUSR2? Otherwise the signal would
# kill it. Signal 12 is bit 11 of the mask.
tp_catches() {
	local mask

	mask=$(awk '/^SigCgt:/ { print $2 }' "/proc/$1/status" 2>/dev/null)
	[ -n "$mask" ] && [ $((0x$mask & 0x800)) != 0 ]
}

# Ask a greened server that seems stuck what its fibers wait for.
tp_dump() {
	[ "$TP_HUBS" -gt 0 ] && [ -n "$SRV" ] && tp_alive "$SRV" || return 0
	tp_catches "$SRV" || {
		tp_say "seems stuck, and SIGUSR2 is not for a dump"
		return 0
	}
	tp_say "seems stuck: asking it for a dump of its fibers"
	kill -USR2 "$SRV" 2>/dev/null
	sleep 1
}

# tp_check_threads NUMBER: fail if a greened server may not have so many.
tp_check_threads() {
	[ "$TP_HUBS" -gt 0 ] || return 0
	[ "$1" -gt 0 ] || tp_fail "its kernel threads could not be counted"
	[ "$1" -le $((TP_HUBS + TP_SPARE)) ] ||
		tp_fail "$1 kernel threads for $TP_HUBS hubs"
}

# tp_load ARGUMENT...: run the client; check answers and kernel threads.
tp_load() {
	local out=$TP_TMP/load.out err=$TP_TMP/load.err
	local pid end dump_at threads status

	timeout -k 5 "$TP_DEADLINE" "$TP_CLIENT" -n "$TP_CONNS" -p "$SRV" \
		"$@" >"$out" 2>"$err" &
	pid=$!
	TP_PIDS+=("$pid")
	end=$((SECONDS + TP_DEADLINE))
	dump_at=$((SECONDS + TP_DUMP_AFTER))
	while tp_alive "$pid" && [ $SECONDS -lt $end ]; do
		if [ $SECONDS -ge $dump_at ]; then
			tp_dump
			dump_at=$end
		fi
		sleep 0.05
	done
	wait "$pid"
	status=$?
	tp_say "client $*: $(cat "$out")"
	if [ $status != 0 ]; then
		cat "$err" >>"$TP_LOG"
		tp_alive "$SRV" || tp_fail "server died during: client $*"
		[ $status = 124 ] &&
			tp_fail "client $*: not done in $TP_DEADLINE s"
		tp_fail "client $*: $(head -n 1 "$err")"
	fi
	threads=$(sed -n 's/.* threads=\([0-9]*\).*/\1/p' "$out")
	tp_note_threads "$threads"
	tp_check_threads "$threads"
}

# tp_same WHAT FILE FILE
tp_same() {
	cmp -s "$2" "$3" || tp_fail "$1: the answer differs from $2"
}

# tp_curl FILE ARGUMENT...: what curl gets must equal FILE.
tp_curl() {
	local want=$1

	shift
	curl -sS --noproxy '' -m 30 -o "$TP_TMP/curl.out" "$@" \
		2>>"$TP_LOG" || {
		tp_dump
		tp_fail "curl $*: status $?"
	}
	tp_same "curl $*" "$want" "$TP_TMP/curl.out"
}

# The bodies of pattern.h as files, in WWW.
tp_files() {
	WWW=$TP_TMP/www
	mkdir -p "$WWW"
	"$TP_CLIENT" files "$WWW" || tp_fail "cannot write $WWW"
}

# tp_status STATUS: record it; in a greened run it must be the native run's at
# the same place of the test.
tp_status() {
	local native line

	echo "$1" >>"$TP_STATUS"
	[ "$TP_HUBS" -gt 0 ] || return 0
	line=$(wc -l <"$TP_STATUS")
	native=$(sed -n "${line}p" "$TP_OUT/$TP_NAME.native.status")
	[ "$1" = "$native" ] || tp_fail "exit status $1, natively $native"
}

# tp_stop SIGNAL: stop the server; its status must be the native one.
tp_stop() {
	local status

	tp_alive "$SRV" || tp_fail "server died before it was stopped"
	kill -s "$1" "$SRV"
	if ! tp_wait_gone "$SRV" "$TP_STOP_DEADLINE"; then
		tp_dump
		kill -KILL "$SRV"
		tp_fail "does not stop on SIG$1 in $TP_STOP_DEADLINE s"
	fi
	wait "$SRV"
	status=$?
	tp_say "stopped by SIG$1, status $status"
	tp_status $status
}

# tp_run SECONDS COMMAND...: run a program (no server) to its end; its
# output goes into $TP_TMP/run.out. The status must be the native one.
tp_run() {
	local seconds=$1 status start=$SECONDS

	shift
	echo "+ ${GREEN[*]} $*" >>"$TP_LOG"
	# In a session of its own, so that its children end with it below.
	setsid "${TP_SIGNALS[@]}" "${GREEN[@]}" "$@" </dev/null \
		>"$TP_TMP/run.out" 2>>"$TP_LOG" &
	SRV=$!
	TP_PIDS+=("$SRV")
	if ! tp_wait_gone "$SRV" "$seconds"; then
		tp_dump
		pkill -KILL -s "$SRV"
		tp_fail "$1 is not done in $seconds s"
	fi
	wait "$SRV"
	status=$?
	tp_say "$1: status $status, $((SECONDS - start)) s"
	tp_status $status
}

# tp_ready SECONDS COMMAND...: wait until COMMAND succeeds.
tp_ready() {
	local end=$((SECONDS + $1)) status

	shift
	until timeout 10 "$@" >/dev/null 2>&1; do
		if ! tp_alive "$SRV"; then
			wait "$SRV"
			status=$?
			tp_fail "ended with status $status before it was ready"
		fi
		if [ $SECONDS -ge $end ]; then
			tp_dump
			tp_fail "not ready: $1 fails"
		fi
		sleep 0.1
	done
}

# tp_do SECONDS WHAT COMMAND...: a native client that must succeed. Its
# output goes into $TP_TMP/do.out.
tp_do() {
	local seconds=$1 what=$2 pid end status
	local dump_at=$((SECONDS + $1 * 3 / 4))

	shift 2
	end=$((SECONDS + seconds))
	"$@" </dev/null >"$TP_TMP/do.out" 2>"$TP_TMP/do.err" &
	pid=$!
	TP_PIDS+=("$pid")
	while tp_alive "$pid"; do
		if [ $SECONDS -ge $dump_at ]; then
			tp_dump
			dump_at=$((end + 1))
		fi
		if [ $SECONDS -ge $end ]; then
			kill -KILL "$pid"
			tp_fail "$what: not done in $seconds s"
		fi
		sleep 0.05
	done
	wait "$pid"
	status=$?
	if [ $status != 0 ]; then
		cat "$TP_TMP/do.out" "$TP_TMP/do.err" >>"$TP_LOG"
		tp_alive "$SRV" || tp_fail "server died during: $what"
		tp_fail "$what: status $status:" \
			"$(tail -n 1 "$TP_TMP/do.err")"
	fi
}

# Kernel threads of a process and its children.
tp_count_threads() {
	local pid n=0 sum=0

	for pid in "$1" $(ps -o pid= --ppid "$1"); do
		n=$(awk '/^Threads:/ { print $2 }' "/proc/$pid/status" \
			2>/dev/null)
		sum=$((sum + ${n:-0}))
	done
	echo "$sum"
}

# tp_watch: sample the kernel threads of SRV and its children from now on;
# tp_watched: end that and note the most there were, in TP_MOST.
tp_watch() {
	{
		while tp_alive "$SRV"; do
			tp_count_threads "$SRV" >>"$TP_TMP/watch"
			sleep 0.3
		done
	} &
	WATCH=$!
	TP_PIDS+=("$WATCH")
}

tp_watched() {
	kill "$WATCH" 2>/dev/null
	TP_MOST=$(sort -n "$TP_TMP/watch" | tail -n 1)
	TP_MOST=${TP_MOST:-0}
	tp_say "at most $TP_MOST kernel threads"
	tp_note_threads "$TP_MOST"
}

# Keep the highest number, for the table of compat.sh.
tp_note_threads() {
	local file=$TP_OUT/$TP_NAME.$TP_MODE.threads

	if [ "$1" -gt "$(cat "$file" 2>/dev/null || echo 0)" ]; then
		echo "$1" >"$file"
	fi
}

# tp_package PACKAGE...: what the table of compat.sh calls the version.
tp_package() {
	dpkg-query -W -f '${Package} ${Version}\n' "$@" \
		>"$TP_OUT/$TP_NAME.version" 2>/dev/null || true
}

# User and group to drop to, when root; SETPRIV runs a command as them.
tp_user() {
	local user=$1

	SETPRIV=()
	[ "$(id -u)" = 0 ] || return 0
	# shellcheck disable=SC2034 # for the tests that drop rights
	SETPRIV=(setpriv "--reuid=$user" "--regid=$(id -g "$user")"
		--clear-groups)
}
