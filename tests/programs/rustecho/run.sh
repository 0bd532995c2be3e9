#!/bin/bash
# Rust: std::thread, which waits on futexes through syscall().
# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tp_begin rustecho "$@"
tp_need rustc rustc
port=$(tp_port)
tp_compile "$TP_OUT/rustecho" rustc --edition 2021 -O -- \
	"$TP_HERE/rustecho/server.rs" || tp_fail "does not build"
tp_start "$TP_OUT/rustecho" "$port"
tp_listening "$port"
tp_load -B 1000000 echo "$port"
tp_load -r 50 echo "$port"
tp_stop TERM
tp_end
