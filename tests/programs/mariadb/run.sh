#!/bin/bash
# MariaDB: a thread for each connection or a pool, InnoDB; SIGKILL, recovery.
# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tp_begin mariadb "$@"
tp_install mariadb-server sysbench
tp_package mariadb-server
PATH=$PATH:/usr/sbin
port=$(tp_port)
user=$(id -un)
[ "$user" = root ] && user=mysql
data=$TP_TMP/data
sock=$TP_TMP/sock
seconds=${TP_MARIADB_SECONDS:-9}
# fsync and reads that miss hop to pool carriers, which are kernel threads.
TP_SPARE=24

mkdir "$data"
[ "$(id -u)" = 0 ] && chown "$user" "$data" "$TP_TMP"
mariadb-install-db --no-defaults --user="$user" --datadir="$data" \
	--auth-root-authentication-method=normal --skip-test-db \
	>>"$TP_LOG.helper" 2>&1 || tp_fail "mariadb-install-db"

# start OPTION...
start() {
	# shellcheck disable=SC2086 # more options, to try others by hand
	tp_start mariadbd --no-defaults --user="$user" --datadir="$data" \
		--socket="$sock" --port="$port" --bind-address=127.0.0.1 \
		--max-connections=400 --innodb-buffer-pool-size=64M \
		--thread-handling=one-thread-per-connection \
		--skip-name-resolve "$@" ${TP_MARIADB_OPTIONS:-}
	tp_ready 60 mariadb-admin --no-defaults -S "$sock" -u root ping
}

sql() {
	tp_do 60 "sql" mariadb --no-defaults -S "$sock" -u root -BN -e "$1" \
		greenshim
	cat "$TP_TMP/do.out"
}

bench=(sysbench --db-driver=mysql --mysql-host=127.0.0.1
	--mysql-port="$port" --mysql-user=bench --mysql-password=bench
	--mysql-db=greenshim)
transfer=("${bench[@]}" "$TP_HERE/mariadb/transfer.lua" --threads=128)

# The money in all accounts, and as many ledger lines as transfers. The check
# warns of deleted rows that are in one index and no longer in the other, as
# they are while the purge goes on; so wait for its end, which must come.
check() {
	local sum
	sql "SET GLOBAL innodb_max_purge_lag_wait=0"
	tp_do 120 mariadb-check mariadb-check --no-defaults -S "$sock" -u root \
		--all-databases --check --extended
	grep -Ev 'OK$|^note' "$TP_TMP/do.out" >>"$TP_LOG" &&
		tp_fail "mariadb-check complains $1"
	sum=$(sql "SELECT SUM(balance), (SELECT SUM(transfers) FROM account)
		- 2 * (SELECT COUNT(*) FROM ledger) FROM account")
	[ "$sum" = $'1000000\t0' ] || tp_fail "accounts hold $sum $1"
}

start
tp_do 30 "create" mariadb --no-defaults -S "$sock" -u root -e \
	"CREATE DATABASE greenshim; CREATE USER bench@127.0.0.1
	IDENTIFIED BY 'bench'; GRANT ALL ON greenshim.* TO bench@127.0.0.1"
tp_watch
tp_do 120 "sysbench prepare" "${bench[@]}" oltp_read_write --tables=4 \
	--table-size=5000 --threads=4 prepare
tp_do $((seconds + 120)) "sysbench run" "${bench[@]}" oltp_read_write \
	--tables=4 --table-size=5000 --threads=128 --time="$seconds" run
tp_say "$(grep -E 'transactions:' "$TP_TMP/do.out")"
tp_do 60 "transfer prepare" "${transfer[@]}" prepare
tp_do $((seconds + 120)) "transfer run" "${transfer[@]}" \
	--time="$seconds" run
tp_say "$(grep -E 'transactions:' "$TP_TMP/do.out")"
tp_watched
tp_check_threads "$TP_MOST"
check "after the load"
TP_STOP_DEADLINE=60
tp_stop TERM

# The server is killed in the middle of transfers and must recover every commit;
# it then runs queries and writes in other ways than before.
start --thread-handling=pool-of-threads --innodb-use-native-aio=0 \
	--innodb-flush-method=fsync
mkdir "$TP_TMP/acked"
ACKED=$TP_TMP/acked tp_helper "${transfer[@]}" --time=30 run
sleep 3
kill -KILL "$SRV"
wait "$SRV" 2>/dev/null
wait "$HELPER"
start
check "after SIGKILL"
cat "$TP_TMP"/acked/* >"$TP_TMP/ids"
acked=$(wc -l <"$TP_TMP/ids")
[ "$acked" -gt 0 ] || tp_fail "no transfer was under way at the SIGKILL"
echo "SELECT COUNT(*) FROM ledger WHERE id IN (" \
	"$(paste -s -d, "$TP_TMP/ids"));" >"$TP_TMP/found.sql"
found=$(sql "source $TP_TMP/found.sql")
[ "$found" = "$acked" ] ||
	tp_fail "of $acked committed transfers $found outlived SIGKILL"
tp_say "$acked committed transfers outlived SIGKILL"
tp_stop TERM
tp_end
