#!/bin/bash
# PostgreSQL: a process for each connection; pgbench with 100 clients.
# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tp_begin postgres "$@"
tp_install postgresql
bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
version=${bin%/bin}
tp_package "postgresql-${version##*/}"
tp_user postgres
port=$(tp_port)
data=$TP_TMP/data
mkdir "$data"
[ "$(id -u)" = 0 ] && chown postgres "$data" "$TP_TMP"
chmod 700 "$data"
(cd "$TP_TMP" && "${SETPRIV[@]}" "$bin/initdb" -D "$data" -A trust \
	-U postgres -N) >>"$TP_LOG.helper" 2>&1 || tp_fail "initdb"
# postgres refuses to run as root, so greenrun starts after the change.
green=("${GREEN[@]}")
GREEN=("${SETPRIV[@]}" "${GREEN[@]}")
cd "$TP_TMP" || exit 1
tp_start "$bin/postgres" -D "$data" -p "$port" -k "$TP_TMP" \
	-c listen_addresses=127.0.0.1 -c max_connections=150
GREEN=("${green[@]}")
psql=(psql -X -h 127.0.0.1 -p "$port" -U postgres -d postgres)
tp_ready 60 "${psql[@]}" -c 'SELECT 1'
bench=("$bin/pgbench" -h 127.0.0.1 -p "$port" -U postgres)
tp_do 120 "pgbench -i" "${bench[@]}" -i -q -s 5 postgres
tp_watch
tp_do 120 "pgbench" "${bench[@]}" -c 100 -j 2 -T "${TP_PG_SECONDS:-10}" \
	postgres
tp_say "$(grep '^tps' "$TP_TMP/do.out")"
tp_watched
# What TPC-B promises: all four sums are the same.
tp_do 60 "sums" "${psql[@]}" -Atc "SELECT
	(SELECT sum(abalance) FROM pgbench_accounts) =
		(SELECT sum(delta) FROM pgbench_history),
	(SELECT sum(bbalance) FROM pgbench_branches) =
		(SELECT sum(delta) FROM pgbench_history),
	(SELECT sum(tbalance) FROM pgbench_tellers) =
		(SELECT sum(delta) FROM pgbench_history)"
[ "$(cat "$TP_TMP/do.out")" = "t|t|t" ] ||
	tp_fail "the sums differ: $(cat "$TP_TMP/do.out")"
tp_stop TERM
tp_end
