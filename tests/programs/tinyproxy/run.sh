#!/bin/bash
# tinyproxy (Debian): a thread for each connection, poll on two sockets in it.
# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tp_begin tinyproxy "$@"
tp_package tinyproxy-bin
tp_need tinyproxy tinyproxy-bin
tp_files
tp_origin
port=$(tp_port)
cat >"$TP_TMP/conf" <<END
Port $port
Listen 127.0.0.1
Timeout 60
MaxClients 2000
Allow 127.0.0.1
LogLevel Warning
LogFile "$TP_TMP/tinyproxy.log"
END
touch "$TP_TMP/tinyproxy.log"
tp_start tinyproxy -d -c "$TP_TMP/conf"
tp_listening "$port"
tp_load -v proxy -o "$ORIGIN" http "$port"
tp_load -v connect -o "$ORIGIN" -B 200000 echo "$port"
tp_curl "$WWW/300000/3" -x "http://127.0.0.1:$port" \
	"http://127.0.0.1:$ORIGIN/300000/3"
tp_curl "$WWW/65536/1" -p -x "http://127.0.0.1:$port" \
	"http://127.0.0.1:$ORIGIN/65536/1"
tp_stop TERM
tp_end
