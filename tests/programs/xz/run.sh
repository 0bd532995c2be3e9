#!/bin/bash
# xz -T2: blocks compressed in threads; the same bytes as natively.
# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tp_begin xz "$@"
tp_need xz xz-utils
tp_package xz-utils
tp_files
for i in 0 1 2 3 4; do
	cat "$WWW/300000/$i" "$WWW/65536/$i"
	seq $((i * 100000)) $((i * 100000 + 600000))
done >"$TP_TMP/plain"
cp "$TP_TMP/plain" "$TP_TMP/copy"
tp_run 120 xz -T2 -1 --block-size=1MiB -k "$TP_TMP/copy"
sha256sum <"$TP_TMP/copy.xz" >"$TP_OUT/$TP_NAME.$TP_MODE.sum"
tp_same "xz" "$TP_OUT/$TP_NAME.native.sum" "$TP_OUT/$TP_NAME.$TP_MODE.sum"
rm "$TP_TMP/copy"
tp_run 120 xz -T2 -d -k "$TP_TMP/copy.xz"
tp_same "xz -d" "$TP_TMP/plain" "$TP_TMP/copy"
head -c 100000 "$TP_TMP/copy.xz" >"$TP_TMP/short.xz"
tp_run 120 xz -T2 -t "$TP_TMP/short.xz"
tp_end
