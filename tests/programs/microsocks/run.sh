#!/bin/bash
# microsocks (Debian): SOCKS5, a thread for each connection.
# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tp_begin microsocks "$@"
tp_need microsocks microsocks
tp_files
tp_origin
port=$(tp_port)
tp_start microsocks -i 127.0.0.1 -p "$port"
tp_listening "$port"
tp_load -v socks5 -o "$ORIGIN" -B 200000 echo "$port"
tp_load -v socks5 -o "$ORIGIN" http "$port"
# By name, so that the resolver runs in the server.
tp_curl "$WWW/300000/2" --socks5-hostname "127.0.0.1:$port" \
	"http://localhost:$ORIGIN/300000/2"
tp_stop TERM
tp_end
