#!/bin/bash
# curl --parallel: 200 transfers at once, a resolver thread for each.
# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tp_begin curl "$@"
tp_need curl curl
tp_package curl
tp_files
tp_origin
mkdir "$TP_TMP/got"
for i in $(seq 0 199); do
	sizes=(1 1000 65536 300000)
	size=${sizes[i % 4]}
	seed=$((i / 4 % 5))
	printf 'url = "http://localhost:%s/%s/%s"\noutput = "%s"\n' \
		"$ORIGIN" "$size" "$seed" "$TP_TMP/got/$i"
	echo "$WWW/$size/$seed" >"$TP_TMP/want.$i"
done >"$TP_TMP/list"
tp_run 60 curl -sS --noproxy '*' -Z --parallel-immediate --parallel-max 200 \
	-K "$TP_TMP/list"
for i in $(seq 0 199); do
	tp_same "transfer $i" "$(cat "$TP_TMP/want.$i")" "$TP_TMP/got/$i"
done
# A failure's status too: nobody listens there.
tp_run 60 curl -sS --noproxy '*' "http://localhost:$(tp_port)/"
tp_end
