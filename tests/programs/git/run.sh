#!/bin/bash
# git: daemon and clone over loopback, index-pack's and repack's threads.
# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tp_begin git "$@"
tp_need git git
tp_package git
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org
export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
tp_files
src=$TP_TMP/src
git init -q -b main "$src"
for i in 0 1 2 3 4; do
	mkdir -p "$src/$i"
	for size in 1000 65536 300000; do
		cp "$WWW/$size/$i" "$src/$i/$size"
		fold -w 60 "$WWW/$size/$i" >"$src/$i/$size.txt"
	done
	git -C "$src" add .
	git -C "$src" commit -q -m "commit $i"
done
seq 100000 >"$src/numbers"
for i in $(seq 40); do
	sed -i "$((i * 997))s/^/x/" "$src/numbers"
	git -C "$src" add .
	git -C "$src" commit -q -m "line $i"
done
port=$(tp_port)
daemon() {
	tp_start git daemon --listen=127.0.0.1 --port="$port" --export-all \
		--reuseaddr --base-path="$TP_TMP" "$TP_TMP"
	tp_listening "$port"
}
daemon
server=$SRV
for i in 1 2 3; do
	tp_run 60 git -c pack.threads=4 clone -q "git://127.0.0.1:$port/src" \
		"$TP_TMP/clone.$i"
	diff -r -x .git "$src" "$TP_TMP/clone.$i" >>"$TP_LOG" ||
		tp_fail "clone $i: files differ"
	[ "$(git -C "$src" rev-parse HEAD)" = \
		"$(git -C "$TP_TMP/clone.$i" rev-parse HEAD)" ] ||
		tp_fail "clone $i: another HEAD"
done
# Five native clones at once from the greened daemon.
pids=()
for i in 4 5 6 7 8; do
	timeout 60 git clone -q "git://127.0.0.1:$port/src" \
		"$TP_TMP/clone.$i" 2>>"$TP_LOG" &
	pids+=($!)
	TP_PIDS+=($!)
done
for pid in "${pids[@]}"; do
	wait "$pid" || tp_fail "a clone: status $?"
done
tp_run 60 git -C "$TP_TMP/clone.1" -c pack.threads=4 repack -q -a -d -f
tp_run 60 git -C "$TP_TMP/clone.1" fsck --full --strict
tp_run 60 git -C "$TP_TMP/clone.1" grep --threads=4 -c x12 HEAD~3
cp "$TP_TMP/run.out" "$TP_OUT/$TP_NAME.$TP_MODE.grep"
tp_same "git grep" "$TP_OUT/$TP_NAME.native.grep" "$TP_TMP/run.out"
for i in 2 8; do
	git -C "$TP_TMP/clone.$i" fsck --full >>"$TP_LOG" 2>&1 ||
		tp_fail "clone $i: git fsck"
done
SRV=$server
tp_stop TERM
tp_end
