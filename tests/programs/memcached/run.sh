#!/bin/bash
# memcached (Debian), 4 threads: libevent's epoll loops, mutexes, condvars.
# Event driven: its kernel threads are few natively too.
# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tp_begin memcached "$@"
tp_need memcached memcached
port=$(tp_port)
user=()
[ "$(id -u)" = 0 ] && user=(-u nobody)
tp_start memcached -l 127.0.0.1 -p "$port" -U 0 -t 4 -c 4096 -m 256 \
	"${user[@]}"
tp_listening "$port"
tp_load -r 8 memcached "$port"
# The server's own count of connections sees the client's come and go.
count=$(printf 'stats\r\nquit\r\n' | timeout 10 nc -q 5 127.0.0.1 "$port" |
	tr -d '\r' | awk '$2 == "cmd_set" { print $3 }')
[ "$count" = $((TP_CONNS * 8 * 3)) ] || tp_fail "it counts $count sets"
tp_stop TERM
tp_end
