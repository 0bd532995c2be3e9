#!/bin/bash
# run.sh [--native|--green]: download 60 files from a local server at once, and
# compare them; one is not there, and one server neither.

# shellcheck source=demos/common/lib.sh
. "$(dirname "$0")/../common/lib.sh"
demo_arguments "$@"

build_c demos/fetch demos/fetch/fetch.c -- -lcurl
build_c demos/files demos/fetch/files.c

# A server that has ended leaves a port where nobody listens.
mkdir "$TMP/from" "$TMP/to"
start_server "$BUILD/demos/files" "$TMP/from" || exit 1
nobody=$PORT
stop_server "$PID"
start_server "${RUN[@]}" "$BUILD/demos/files" "$TMP/from" || exit 1

urls=()
for ((i = 0; i < 58; i++)); do
	# From nothing up to 8 MB, most of them small.
	seq 1 $((i * i * (i % 7 == 0 ? 400 : 5))) >"$TMP/from/file$i.txt"
	urls+=("http://127.0.0.1:$PORT/file$i.txt")
done
urls+=("http://127.0.0.1:$PORT/missing.txt"
	"http://127.0.0.1:$nobody/unreachable.txt")

"${RUN[@]}" "$BUILD/demos/fetch" -p -d "$TMP/to" "${urls[@]}" 2>"$TMP/progress"
echo "fetch ended with status $?"
# The progress line as it was at the end.
tr '\r' '\n' <"$TMP/progress" | tail -n 1
if diff -r "$TMP/from" "$TMP/to" >/dev/null; then
	echo "the files are the same"
else
	echo "the files differ"
fi
stop_server "$PID"
echo "server ended with status $STATUS"
