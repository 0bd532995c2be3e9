#!/bin/bash
# A Python socketserver.ThreadingTCPServer that echoes.
# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tp_begin pyecho "$@"
tp_package python3.11
port=$(tp_port)
tp_start "$(tp_python)" "$TP_HERE/pyecho/server.py" "$port"
tp_listening "$port"
tp_load -B 200000 echo "$port"
tp_load -r 20 echo "$port"
tp_stop TERM
tp_end
