#!/bin/bash
# Apache httpd: worker and event MPMs, forked children with threads; ab -c 500.
# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tp_begin apache "$@"
tp_install apache2 apache2-utils
tp_package apache2
PATH=$PATH:/usr/sbin
tp_files
ab=$WWW/ab
cp "$WWW/65536/0" "$ab"

for mpm in worker event; do
	port=$(tp_port)
	run=$TP_TMP/$mpm
	mkdir "$run"
	cat >"$run/conf" <<END
ServerRoot $run
ServerName localhost
PidFile $run/pid
ErrorLog $run/error.log
LoadModule mpm_${mpm}_module /usr/lib/apache2/modules/mod_mpm_$mpm.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
Mutex file:$run default
Listen 127.0.0.1:$port
ListenBacklog 1024
DocumentRoot $WWW
KeepAlive On
MaxKeepAliveRequests 0
StartServers 2
ServerLimit 10
ThreadLimit 64
ThreadsPerChild 64
MaxRequestWorkers 640
MinSpareThreads 64
MaxSpareThreads 640
END
	[ "$(id -u)" = 0 ] && cat >>"$run/conf" <<END
User www-data
Group www-data
END
	tp_say "MPM $mpm"
	tp_start apache2 -f "$run/conf" -DFOREGROUND
	tp_listening "$port"
	tp_watch
	tp_load -k -r 10 http "$port"
	# The event MPM closes idle kept connections when its workers are all
	# busy. Our client then asks again; ab counts it as a failure.
	keeps=("")
	[ $mpm = worker ] && keeps+=(-k)
	for keep in "${keeps[@]}"; do
		# shellcheck disable=SC2086 # no word when empty
		tp_do 120 "ab $keep" ab -q -r $keep -c 500 -n 10000 \
			"http://127.0.0.1:$port/ab"
		grep -Eq '^(Failed requests|Non-2xx).* [1-9]' \
			"$TP_TMP/do.out" && {
			cat "$TP_TMP/do.out" >>"$TP_LOG"
			tp_fail "MPM $mpm: ab $keep: failed requests"
		}
		tp_say "ab $keep: $(grep '^Requests per' "$TP_TMP/do.out")"
	done
	tp_watched
	tp_curl "$WWW/300000/1" "http://127.0.0.1:$port/300000/1"
	tp_stop TERM
	tp_no_crash "$run/error.log"
done
tp_end
