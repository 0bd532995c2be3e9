#!/bin/bash
# run.sh [--native|--green]: clients in turn, from a script; then 200 at once.

# shellcheck source=demos/common/lib.sh
. "$(dirname "$0")/../common/lib.sh"
demo_arguments "$@"

build_c demos/echo demos/echo/echo.c
build_c demos/talk demos/common/talk.c
build_c bench/loadgen tests/bench/loadgen.c tests/bench/loadgen_conn.c \
	tests/bench/loadgen_report.c

# load CONNECTIONS REQUESTS SIZE
load() {
	"$BUILD/bench/loadgen" -m -w 0 -c "$1" -n "$2" -s "$3" 127.0.0.1 \
		"$PORT" | grep -E '^(connected|size|requests|errors)='
	echo
}

start_server "${RUN[@]}" "$BUILD/demos/echo" || exit 1
"$BUILD/demos/talk" "$PORT" <"$ROOT/demos/echo/script.txt" || exit 1
echo
load 200 20000 64
load 20 1000 50000
stop_server "$PID"
echo "server ended with status $STATUS"
