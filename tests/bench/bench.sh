#!/bin/bash
# bench.sh: green threads beside kernel threads. See usage below.
#
# Absolute times change from machine to machine and from hour to hour. So both
# sides take turns within one run, each pair of turns gives a ratio, and the
# median of the ratios is the result.

# shellcheck source=demos/common/lib.sh
. "$(dirname "$0")/../../demos/common/lib.sh"

HERE=$ROOT/tests/bench
OUT=$BUILD/bench
ROUNDS=5
CONNECTIONS='64 1000 10000'
SECONDS_EACH=2
WARMUP=0.5
MICRO_OPTIONS='-r 5 -t 20'
STARTS=200
SERVERS_COMPARED='native greened epoll'
PARTS='micro echo'
STATUS_ALL=0

usage() {
	cat <<-END
	usage: bench.sh [option...]
	Compare kernel threads with green threads.
	  --short            fewer and shorter rounds, for CI
	  --rounds N         turns of each side (5; short: 3)
	  --seconds N        length of a turn of the echo servers (2; short: 1)
	  --connections LIST of the echo comparison ("64 1000 10000")
	  --only PART        micro (with the starts) or echo
	  --native-only      without the greened side
	Results: micro.csv, startup.csv, echo.csv and echo.svg in $OUT.
	END
}

while [ $# -gt 0 ]; do
	case $1 in
	--short)
		ROUNDS=3
		SECONDS_EACH=1
		WARMUP=0.3
		MICRO_OPTIONS='-r 3 -t 10'
		STARTS=100
		;;
	--rounds | --seconds | --connections | --only)
		[ $# -gt 1 ] || die "$1 needs a value"
		case $1 in
		--rounds) ROUNDS=$2 ;;
		--seconds) SECONDS_EACH=$2 ;;
		--connections) CONNECTIONS=$2 ;;
		--only) PARTS=$2 ;;
		esac
		shift
		;;
	--native-only) SERVERS_COMPARED='native epoll' ;;
	-h | --help)
		usage
		exit 0
		;;
	*)
		usage >&2
		exit 2
		;;
	esac
	shift
done

build_c bench/loadgen tests/bench/loadgen.c tests/bench/loadgen_conn.c \
	tests/bench/loadgen_report.c
build_c bench/epoll_echo tests/bench/epoll_echo.c
build_c bench/micro tests/bench/micro.c
build_c bench/startup tests/bench/startup.c
build_c demos/echo demos/echo/echo.c
case $SERVERS_COMPARED in
*greened*) need_greenrun ;;
esac

# --- operations --------------------------------------------------------------

# micro_run SIDE COMMAND...: one run, into the CSV.
micro_run() {
	local side=$1
	shift
	# shellcheck disable=SC2086
	("$@" "$OUT/micro" $MICRO_OPTIONS) >"$TMP/micro" || {
		say "bench: micro failed: $side"
		STATUS_ALL=1
	}
	awk -F= -v side="$side" -v round="$round" \
		'{ print side "," round "," $1 "," $2 }' "$TMP/micro" \
		>>"$OUT/micro.csv"
}

micro() {
	local round

	echo 'side,round,operation,ns' >"$OUT/micro.csv"
	for ((round = 1; round <= ROUNDS; round++)); do
		say "bench: operations, round $round of $ROUNDS"
		micro_run native_all
		micro_run native on_cpu 0
		case $SERVERS_COMPARED in
		*greened*)
			micro_run greened on_cpu 0 "$GREENRUN" --hubs 1 --
			;;
		esac
	done
	awk -f "$HERE/micro_table.awk" "$OUT/micro.csv"
}

# --- starts ------------------------------------------------------------------

# startup_run SIDE FIGURES COMMAND...: start COMMAND many times, and put these
# figures (a regular expression) into the CSV.
startup_run() {
	local side=$1 figures=$2
	shift 2
	("$@") >"$TMP/startup" || {
		say "bench: startup failed: $side"
		STATUS_ALL=1
	}
	grep -E "^($figures)=" "$TMP/startup" |
		sed "s/\(.*\)=/$side,$round,\1,/" >>"$OUT/startup.csv"
}

startup() {
	local round run=("$OUT/startup" -n "$STARTS")

	echo 'side,round,figure,ns' >"$OUT/startup.csv"
	for ((round = 1; round <= ROUNDS; round++)); do
		say "bench: starts, round $round of $ROUNDS"
		startup_run native 'wall|cpu' on_cpu 0 "${run[@]}" /bin/true
		case $SERVERS_COMPARED in
		*greened*)
			startup_run greened wall \
				on_cpu 0 "${run[@]}" "$GREENRUN" -- /bin/true
			# The starter has no threads, but its children inherit
			# the library.
			startup_run greened cpu \
				on_cpu 0 "$GREENRUN" -- "${run[@]}" /bin/true
			;;
		esac
	done
	awk -f "$HERE/startup_table.awk" "$OUT/startup.csv"
}

# --- the echo server ---------------------------------------------------------

value() {
	sed -n "s/^$1=//p" "$TMP/load"
}

# echo_run SERVER CONNECTIONS ROUND: start it, load it, stop it; a CSV row.
echo_run() {
	local command

	case $1 in
	native) command=("$BUILD/demos/echo") ;;
	greened) command=("$GREENRUN" --hubs 1 -- "$BUILD/demos/echo") ;;
	epoll) command=("$OUT/epoll_echo") ;;
	esac
	if ! start_server on_cpu 0 "${command[@]}"; then
		STATUS_ALL=1
		return
	fi
	(on_cpu 1 "$OUT/loadgen" -m -c "$2" -d "$SECONDS_EACH" -w "$WARMUP" \
		-t 20 -P "$PID" 127.0.0.1 "$PORT") >"$TMP/load" || {
		say "bench: $1 at $2 connections: $(value errors) errors"
		STATUS_ALL=1
	}
	stop_server "$PID"
	printf '%s,%s,%s,%s,%s,%s,%s,%s,%s,%s\n' "$1" "$2" "$3" \
		"$(value rps)" "$(value p50_us)" "$(value p99_us)" \
		"$(value server_cpu_us)" "$(value server_threads)" \
		"$(value server_hwm_kib)" "$(value errors)" >>"$OUT/echo.csv"
}

# runnable SERVER CONNECTIONS: do this machine's limits allow it?
runnable() {
	local limit

	limit=$(connection_limit)
	if [ "$2" -gt "$limit" ]; then
		say "bench: $2 connections: left out, the descriptor limit" \
			"is $(ulimit -n)"
		return 1
	fi
	limit=$(thread_limit)
	if [ "$1" = native ] && [ "$2" -gt "${limit%% *}" ]; then
		say "bench: native at $2 connections: left out, at most" \
			"${limit%% *} threads by ${limit#* }"
		return 1
	fi
}

echo_servers() {
	local n round server servers order

	printf '%s%s\n' server,connections,round,rps,p50_us,p99_us, \
		cpu_us_per_request,threads,hwm_kib,errors >"$OUT/echo.csv"
	for n in $CONNECTIONS; do
		servers=
		for server in $SERVERS_COMPARED; do
			runnable "$server" "$n" && servers="$servers $server"
		done
		order=$servers
		for ((round = 1; round <= ROUNDS; round++)); do
			say "bench: $n connections, round $round of $ROUNDS"
			for server in $order; do
				echo_run "$server" "$n" "$round"
			done
			# No server always runs first, or after the same one.
			order="${order#* * } ${order%"${order#* * }"}"
		done
	done
	awk -f "$HERE/echo_table.awk" -v rounds="$ROUNDS" \
		-v data="$OUT/echo.dat" "$OUT/echo.csv"
}

plot() {
	if ! command -v gnuplot >/dev/null; then
		echo "No plot: gnuplot is not installed."
		return
	fi
	gnuplot -e "data='$OUT/echo.dat'; out='$OUT/echo.svg';
		servers='$SERVERS_COMPARED'" "$HERE/echo.gnuplot" &&
		echo "Plot: $OUT/echo.svg"
}

raise_descriptors
mkdir -p "$OUT"
if [ "$(allowed_cpus | wc -w)" -lt 2 ]; then
	say "bench: one CPU: server and client share it"
fi
case $PARTS in
*micro*)
	micro
	startup
	;;
esac
case $PARTS in
*echo*)
	echo_servers
	plot
	;;
esac
exit "$STATUS_ALL"
