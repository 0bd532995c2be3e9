#!/bin/bash
# nginx: a master and workers with thread pools (aio threads), files and a proxy.
# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tp_begin nginx "$@"
tp_install nginx
tp_package nginx
PATH=$PATH:/usr/sbin
tp_files
tp_origin
port=$(tp_port)
mkdir "$TP_TMP"/{body,proxy,fastcgi,uwsgi,scgi}
{
	[ "$(id -u)" = 0 ] && echo "user www-data;"
	cat <<END
daemon off;
worker_processes 2;
worker_rlimit_nofile $(ulimit -n);
thread_pool default threads=16 max_queue=65536;
pid $TP_TMP/pid;
error_log stderr warn;
events { worker_connections 4096; }
http {
	access_log off;
	client_body_temp_path $TP_TMP/body;
	proxy_temp_path $TP_TMP/proxy;
	fastcgi_temp_path $TP_TMP/fastcgi;
	uwsgi_temp_path $TP_TMP/uwsgi;
	scgi_temp_path $TP_TMP/scgi;
	keepalive_requests 100000;
	aio threads;
	sendfile off;
	server {
		listen 127.0.0.1:$port backlog=1024;
		root $WWW;
		location /origin/ {
			proxy_pass http://127.0.0.1:$ORIGIN/;
			proxy_http_version 1.1;
			aio_write on;
			proxy_buffers 4 4k;
		}
	}
}
END
} >"$TP_TMP/conf"
chmod 777 "$TP_TMP"/{body,proxy}
tp_start nginx -e stderr -p "$TP_TMP" -c "$TP_TMP/conf"
tp_listening "$port"
tp_watch
tp_load -k -r 20 http "$port"
tp_load -r 2 http "$port"
tp_curl "$WWW/300000/1" "http://127.0.0.1:$port/origin/300000/1"
# A slow reader, so that the proxied body goes through a temporary file.
tp_curl "$WWW/300000/2" --limit-rate 200k \
	"http://127.0.0.1:$port/origin/300000/2"
tp_watched
# New workers, the old ones leave: no request may be lost.
kill -HUP "$SRV"
tp_load -r 2 http "$port"
tp_stop TERM
tp_end
