#!/bin/bash
# test_loadgen.sh: does the load generator see every kind of wrong answer?
#
# Runs it against correct servers and servers with deliberate errors, and
# prints "PASS name" or "FAIL name: reason" for each.

# shellcheck source=demos/common/lib.sh
. "$(dirname "$0")/../../demos/common/lib.sh"

build_c bench/loadgen tests/bench/loadgen.c tests/bench/loadgen_conn.c \
	tests/bench/loadgen_report.c
build_c bench/bad_echo tests/bench/bad_echo.c
build_c bench/epoll_echo tests/bench/epoll_echo.c
build_c bench/test_hist tests/bench/test_hist.c
build_c demos/echo demos/echo/echo.c

FAILED=0

pass() {
	printf 'PASS %s\n' "$1"
}

fail() {
	printf 'FAIL %s: %s\n' "$1" "$2"
	FAILED=1
}

# get KEY: its value in the last run's output.
get() {
	sed -n "s/^$1=//p" "$TMP/out"
}

# load NAME STATUS OPTION...: run the load generator on $PORT.
load() {
	local name=$1 want=$2 status
	shift 2
	timeout 60 "$BUILD/bench/loadgen" -m "$@" 127.0.0.1 "$PORT" \
		>"$TMP/out" 2>"$TMP/err"
	status=$?
	[ "$status" = "$want" ] && return 0
	fail "$name" "exit status $status, not $want: $(head -n 1 "$TMP/err")"
	return 1
}

# expect NAME KEY=VALUE...: compare the last run's output.
expect() {
	local name=$1 pair
	shift
	for pair in "$@"; do
		[ "$(get "${pair%%=*}")" = "${pair#*=}" ] && continue
		fail "$name" "${pair%%=*} is $(get "${pair%%=*}"), not ${pair#*=}"
		return 1
	done
	pass "$name"
}

# on NAME SERVER...: start a server for a test.
on() {
	local name=$1
	shift
	start_server "$@" 2>"$TMP/err" && return 0
	fail "$name" "$(cat "$TMP/err")"
	return 1
}

# A correct server: no complaint, and every request is counted.
good() {
	local name=$1 size=$2 conns=$3
	shift 3
	on "$name" "$@" || return
	load "$name" 0 -c "$conns" -n 5000 -s "$size" -w 0.1 &&
		[ "$(get rps)" -gt 0 ] &&
		expect "$name" errors=0 requests=5000 connected="$conns" \
			size="$size"
	stop_server "$PID"
}

# errs NAME KIND MODE OPTION...: 4 connections with one error each. The timeout
# is short only where the test expects it.
errs() {
	local name=$1 kind=$2 mode=$3 limit=10
	shift 3
	[ "$kind" != timeout ] || limit=1
	on "$name" "$BUILD/bench/bad_echo" "$mode" || return
	load "$name" 1 -c 4 -n 1000 -w 0 -t "$limit" "$@" &&
		expect "$name" errors=4 "err_$kind=4"
	stop_server "$PID"
}

if "$BUILD/bench/test_hist" >"$TMP/out"; then
	pass loadgen/histogram
else
	fail loadgen/histogram "$(head -n 1 "$TMP/out")"
fi

good loadgen/good 64 16 "$BUILD/bench/bad_echo" good
good loadgen/good_threads 64 100 "$BUILD/demos/echo"
good loadgen/good_epoll 64 100 "$BUILD/bench/epoll_echo"
good loadgen/good_1_byte 1 10 "$BUILD/bench/epoll_echo"
good loadgen/good_16_bytes 16 10 "$BUILD/bench/epoll_echo"
good loadgen/good_17_bytes 17 10 "$BUILD/bench/epoll_echo"
# Longer than the servers' buffers and than one segment: echoes in parts.
good loadgen/good_parts 60000 8 "$BUILD/bench/epoll_echo"
good loadgen/good_parts_threads 60000 8 "$BUILD/demos/echo"
good loadgen/good_slow 64 4 "$BUILD/bench/bad_echo" slow

errs loadgen/corrupt mismatch corrupt
errs loadgen/corrupt_body mismatch corrupt -s 4000
errs loadgen/stale mismatch stale
errs loadgen/truncate short truncate
errs loadgen/shorten timeout shorten
errs loadgen/extra extra extra
errs loadgen/close short close
errs loadgen/reset reset reset
errs loadgen/silent timeout silent
errs loadgen/trailing extra trailing
errs loadgen/linger timeout linger

# The second copy comes with the first or after it; either way it is caught.
name=loadgen/duplicate
if on "$name" "$BUILD/bench/bad_echo" duplicate; then
	if load "$name" 1 -c 4 -n 1000 -w 0; then
		if [ $(($(get err_extra) + $(get err_mismatch))) = 4 ]; then
			pass "$name"
		else
			fail "$name" "$(get errors) errors of other kinds"
		fi
	fi
	stop_server "$PID"
fi

name=loadgen/crossed
if on "$name" "$BUILD/bench/bad_echo" cross; then
	if load "$name" 1 -c 4 -n 1000 -w 0; then
		if [ "$(get err_mismatch)" -gt 0 ]; then
			pass "$name"
		else
			fail "$name" "answers of others went unseen"
		fi
	fi
	stop_server "$PID"
fi

# A server that dies under load: an error for each connection, and an end.
name=loadgen/died
if on "$name" "$BUILD/demos/echo"; then
	(
		sleep 0.5
		kill -TERM "$PID"
	) &
	killer=$!
	if load "$name" 1 -c 20 -d 20 -t 5; then
		if [ "$(get errors)" = 20 ]; then
			pass "$name"
		else
			fail "$name" "$(get errors) errors, not 20"
		fi
	fi
	wait "$killer"
	stop_server "$PID"
fi

# Nothing listens on the port of a server that is gone.
name=loadgen/refused
if on "$name" "$BUILD/bench/epoll_echo"; then
	stop_server "$PID"
	load "$name" 1 -c 3 -n 10 &&
		expect "$name" errors=3 err_connect=3 connected=0 requests=0
fi

# A server that does not accept: its backlog takes the connections.
name=loadgen/never_accepted
if on "$name" "$BUILD/demos/echo"; then
	kill -STOP "$PID"
	load "$name" 1 -c 3 -n 10 -t 1 &&
		expect "$name" errors=3 err_timeout=3 connected=0
	kill -CONT "$PID"
	stop_server "$PID"
fi

# Several source addresses; the samples of the server's process.
name=loadgen/sample
if on "$name" "$BUILD/demos/echo"; then
	if load "$name" 0 -c 30 -a 3 -n 3000 -P "$PID" -w 0.2; then
		if [ "$(get server_cpu_us)" = 0.000 ] ||
			[ "$(get server_rss_kib)" -lt 100 ]; then
			fail "$name" "no CPU time or memory of the server"
		else
			expect "$name" errors=0 requests=3000 server_threads=31
		fi
	fi
	stop_server "$PID"
fi

name=loadgen/duration
if on "$name" "$BUILD/bench/epoll_echo"; then
	if load "$name" 0 -c 10 -d 0.5 -w 0.1; then
		# How late the end is noticed depends on the machine's load.
		if awk -v s="$(get seconds)" 'BEGIN { exit !(s >= 0.5 && s < 3) }'
		then
			expect "$name" errors=0
		else
			fail "$name" "measured $(get seconds) s, not 0.5"
		fi
	fi
	stop_server "$PID"
fi

name=loadgen/usage
PORT=1
bad=
for option in '-c 0' '-c x' '-c -1' '-n 0' '-s 0' '-s 65537' '-d -1' '-d x' \
	'-t nan' '-P 0' '-a 999' '-Z' 'extra'; do
	# An option and its value are two words.
	# shellcheck disable=SC2086
	timeout 10 "$BUILD/bench/loadgen" $option 127.0.0.1 9 \
		>/dev/null 2>&1
	[ $? = 2 ] || bad="$bad $option"
done
if [ -z "$bad" ]; then
	pass "$name"
else
	fail "$name" "accepted:$bad"
fi

exit "$FAILED"
