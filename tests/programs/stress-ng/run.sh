#!/bin/bash
# stress-ng --verify: threads, locks, sockets, pipes, timers, signals, forks.
# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tp_begin stress-ng "$@"
tp_install stress-ng
tp_package stress-ng
seconds=${TP_STRESS_SECONDS:-5}
failed=
for stressor in ${TP_STRESSORS:-pthread mutex sem sem-sysv futex sock \
	sockpair udp pipe pipeherd poll epoll eventfd switch sleep timer \
	nanosleep fork sigq sigfd sigpending mq msg flock io}; do
	# Run all stressors, so that a failure does not hide the next one. One
	# that hangs leaves no status of its own.
	before=$(wc -l <"$TP_STATUS")
	(
		trap - EXIT
		tp_run $((seconds * 3 + 40)) stress-ng --verify --no-rand-seed \
			--temp-path "$TP_TMP" --timeout "$seconds" \
			"--$stressor" 2
	) && continue
	failed+=" $stressor"
	[ "$(wc -l <"$TP_STATUS")" -gt "$before" ] || echo hang >>"$TP_STATUS"
done
[ -z "$failed" ] || tp_fail "not as natively:$failed"
tp_end
