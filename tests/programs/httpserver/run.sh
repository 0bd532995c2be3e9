#!/bin/bash
# python3 -m http.server: a Python thread for each connection, files.
# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tp_begin httpserver "$@"
tp_package python3.11
tp_files
port=$(tp_port)
tp_start "$(tp_python)" -m http.server --bind 127.0.0.1 \
	--directory "$WWW" "$port"
tp_listening "$port"
# Its accept queue holds five: connect at a slower pace, and once only, or
# SYNs are dropped and sent again seconds later.
tp_load -P 2000 -r 1 http "$port"
tp_load -n 20 -r 10 http "$port"
tp_curl "$WWW/300000/0" "http://127.0.0.1:$port/300000/0"
# One curl, all files at once.
args=()
for size in 1 1000 65536 300000; do
	for seed in 0 1 2 3 4; do
		mkdir -p "$TP_TMP/got/$size"
		args+=(-o "$TP_TMP/got/$size/$seed"
			"http://127.0.0.1:$port/$size/$seed")
	done
done
curl -sS --noproxy '*' -m 60 -Z --parallel-immediate "${args[@]}" \
	2>>"$TP_LOG" || tp_fail "curl --parallel: status $?"
diff -r "$WWW" "$TP_TMP/got" >>"$TP_LOG" || tp_fail "curl --parallel: differs"
tp_stop TERM
tp_end
