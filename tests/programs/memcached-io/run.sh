#!/bin/bash
# memcached, 8 I/O threads: 1 M operations over 500 connections.
# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tp_begin memcached-io "$@"
tp_need memcached memcached
tp_package memcached
port=$(tp_port)
# Eight event loops, each of which serves dozens of connections at a time: a loop
# that is found to be CPU-bound gets a kernel thread.
TP_SPARE=14
user=()
[ "$(id -u)" = 0 ] && user=(-u nobody)
tp_start memcached -l 127.0.0.1 -p "$port" -U 0 -t 8 -c 4096 -m 256 \
	"${user[@]}"
tp_listening "$port"
# Nine operations a round.
tp_load -r 230 -s 1000 memcached "$port"
tp_stop TERM
tp_end
