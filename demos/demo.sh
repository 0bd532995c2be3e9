#!/bin/bash
# demo.sh: one echo server, with kernel threads and with green ones, under
# 10,000 connections each.
#
# The same binary is started natively and under greenrun. Both stay up; the
# load goes to them in turns, so that what changes on the machine meanwhile
# changes both. Server and client have a CPU each where there are two.

# shellcheck source=demos/common/lib.sh
. "$(dirname "$0")/common/lib.sh"

CONNECTIONS=10000
ROUNDS=3
SECONDS_EACH=4
# The kernel's own stack of a thread, which no process's figures show.
KERNEL_STACK_KIB=16

usage() {
	cat <<-END
	usage: demo.sh [-c CONNECTIONS] [-r ROUNDS] [-d SECONDS]
	Load one echo server, natively and greened, and print a table.
	  -c CONNECTIONS  to each server ($CONNECTIONS)
	  -r ROUNDS       of which the medians are shown ($ROUNDS)
	  -d SECONDS      length of a round ($SECONDS_EACH)
	END
}

while getopts c:r:d:h option; do
	case $option in
	c) CONNECTIONS=$OPTARG ;;
	r) ROUNDS=$OPTARG ;;
	d) SECONDS_EACH=$OPTARG ;;
	h)
		usage
		exit 0
		;;
	*)
		usage >&2
		exit 2
		;;
	esac
done
for value in "$CONNECTIONS" "$ROUNDS" "$SECONDS_EACH"; do
	case $value in
	'' | 0* | *[!0-9]*) die "$value: not a number" ;;
	esac
done

raise_descriptors
limit=$(connection_limit)
if [ "$CONNECTIONS" -gt "$limit" ]; then
	say "demo: the descriptor limit is $(ulimit -n):" \
		"$limit connections instead of $CONNECTIONS"
	CONNECTIONS=$limit
fi
limit=$(thread_limit)
if [ "$CONNECTIONS" -gt "${limit%% *}" ]; then
	say "demo: a process may have ${limit%% *} threads here" \
		"(${limit#* }): as many connections"
	CONNECTIONS=${limit%% *}
fi

need_greenrun
build_c demos/echo demos/echo/echo.c
build_c bench/loadgen tests/bench/loadgen.c tests/bench/loadgen_conn.c \
	tests/bench/loadgen_report.c

declare -A SERVER_PID SERVER_PORT RESULT

# start SIDE COMMAND...
start() {
	local side=$1
	shift
	say "demo: starting $*"
	start_server on_cpu 0 "$@" || exit 1
	SERVER_PID[$side]=$PID
	SERVER_PORT[$side]=$PORT
}

# load SIDE: add the figures of a turn to RESULT.
load() {
	local key value

	(on_cpu 1 "$BUILD/bench/loadgen" -m -c "$CONNECTIONS" \
		-d "$SECONDS_EACH" -t 30 -P "${SERVER_PID[$1]}" 127.0.0.1 \
		"${SERVER_PORT[$1]}") >"$TMP/load"
	# Without errors the status is 0, with some 1.
	[ $? -le 1 ] || die "the load generator failed"
	while IFS='=' read -r key value; do
		RESULT[$1.$key]+=" $value"
	done <"$TMP/load"
}

# figure SIDE KEY: the median of the rounds.
figure() {
	# shellcheck disable=SC2086
	median ${RESULT[$1.$2]}
}

start native "$BUILD/demos/echo"
start greened "$GREENRUN" -- "$BUILD/demos/echo"
for ((round = 1; round <= ROUNDS; round++)); do
	for side in native greened; do
		say "demo: round $round of $ROUNDS: $CONNECTIONS connections" \
			"to the $side server"
		load "$side"
	done
done
for side in native greened; do
	stop_server "${SERVER_PID[$side]}"
done

# row LABEL KEY DIVISOR DIGITS
row() {
	awk -v label="$1" -v native="$(figure native "$2")" \
		-v greened="$(figure greened "$2")" -v by="$3" -v digits="$4" \
		'BEGIN {
			format = "%-34s %10." digits "f %10." digits "f %8s\n"
			ratio = native > 0 ? sprintf("%.2f", greened / native) \
				: ""
			printf format, label, native / by, greened / by, ratio
		}'
}

for side in native greened; do
	RESULT[$side.total_kib]=$(awk -v rss="$(figure $side server_rss_kib)" \
		-v threads="$(figure $side server_threads)" \
		-v stack=$KERNEL_STACK_KIB \
		'BEGIN { print rss + threads * stack }')
done

printf '\n%s\n\n' "Echo server, a thread for each connection:\
 median of $ROUNDS"
printf '%-34s %10s %10s %8s\n' '' native greened ratio
row 'open connections' connected 1 0
row 'kernel threads' server_threads 1 0
row 'resident memory, MiB' server_rss_kib 1024 1
row '  with kernel stacks (16 KiB each)' total_kib 1024 1
row 'requests/s' rps 1 0
row 'latency p50, ms' p50_us 1000 1
row 'latency p99, ms' p99_us 1000 1
row 'server CPU for a request, us' server_cpu_us 1 2
row 'errors' errors 1 0
echo
for side in native greened; do
	if [ "$(figure $side errors)" != 0 ] ||
		[ "$(figure $side connected)" != "$CONNECTIONS" ]; then
		die "the $side server gave wrong answers or lost connections"
	fi
done
