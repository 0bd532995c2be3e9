#!/bin/bash
# stunnel4 (Debian): TLS in front of an origin, a thread for each connection.
# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tp_begin stunnel "$@"
tp_need stunnel4 stunnel4
tp_need openssl openssl
tp_files
tp_origin
port=$(tp_port)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
	-nodes -days 2 -subj /CN=localhost \
	-keyout "$TP_TMP/key.pem" -out "$TP_TMP/cert.pem" 2>>"$TP_LOG.helper" ||
	tp_fail "openssl req"
cat >"$TP_TMP/server.conf" <<END
foreground = yes
pid =
debug = warning
[tls]
accept = 127.0.0.1:$port
connect = 127.0.0.1:$ORIGIN
cert = $TP_TMP/cert.pem
key = $TP_TMP/key.pem
END
tp_start stunnel4 "$TP_TMP/server.conf"
tp_listening "$port"
if [ "$TP_HAVE_TLS" -gt 0 ]; then
	tp_load -T echo "$port"
	tp_load -T http "$port"
else
	# No OpenSSL headers: a second, native stunnel speaks TLS for us.
	front=$(tp_port)
	cat >"$TP_TMP/client.conf" <<END
foreground = yes
pid =
debug = warning
[tls]
client = yes
accept = 127.0.0.1:$front
connect = 127.0.0.1:$port
END
	tp_helper stunnel4 "$TP_TMP/client.conf"
	tp_listening "$front" "$HELPER"
	tp_load echo "$front"
	tp_load http "$front"
fi
tp_curl "$WWW/300000/4" -k "https://127.0.0.1:$port/300000/4"
# s_client ends at the end of its input, so the input waits for the echo.
head -c 1000 "$WWW/65536/0" >"$TP_TMP/want"
have=$TP_TMP/have
wait_echo() {
	local end=$((SECONDS + 20))

	cat "$TP_TMP/want"
	until [ "$(stat -c %s "$have")" -ge 1000 ] || [ $SECONDS -ge $end ]; do
		sleep 0.05
	done
}
wait_echo | timeout 30 openssl s_client -quiet -no_ign_eof \
	-connect "127.0.0.1:$port" >"$have" 2>>"$TP_LOG.helper"
tp_same "openssl s_client" "$TP_TMP/want" "$TP_TMP/have"
tp_stop TERM
tp_end
