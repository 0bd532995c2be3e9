#!/bin/bash
# Redis with I/O threads: redis-benchmark, 1 M operations; BGSAVE and restart.
# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tp_begin redis "$@"
tp_install redis-server redis-tools
tp_package redis-server
port=$(tp_port)
# Its four I/O threads spin while there is load: each keeps a kernel thread.
TP_SPARE=12
cli=(redis-cli -p "$port")

start() {
	tp_start redis-server --port "$port" --bind 127.0.0.1 --io-threads 4 \
		--io-threads-do-reads yes --dir "$TP_TMP" --save '' \
		--enable-debug-command yes --tcp-backlog 1024
	tp_listening "$port"
	# While it loads its data, it answers too, and with status 0.
	tp_ready 60 sh -c "redis-cli -p $port ping | grep -qx PONG"
}

start
tp_load -r 8 redis "$port"
tp_watch
tp_do 180 "redis-benchmark" redis-benchmark -p "$port" -c 200 -P 16 \
	-n 500000 -r 100000 -d 64 -t set,get -q
tp_say "$(tr '\r' '\n' <"$TP_TMP/do.out" | grep per | xargs)"
tp_do 120 "redis-benchmark lists" redis-benchmark -p "$port" -c 500 \
	-n 50000 -t lpush,lpop -q
tp_watched
# A forked child writes the data; a new server must read the same.
before=$("${cli[@]}" debug digest)
"${cli[@]}" bgsave >/dev/null
saved() {
	"${cli[@]}" info persistence | tr -d '\r' |
		grep -qx rdb_bgsave_in_progress:0
}
export -f saved
end=$((SECONDS + 60))
until saved; do
	[ $SECONDS -lt $end ] || tp_fail "BGSAVE does not end"
	sleep 0.1
done
tp_stop TERM
start
after=$("${cli[@]}" debug digest)
[ "$before" = "$after" ] || tp_fail "digest $after, before $before"
tp_stop TERM
tp_end
