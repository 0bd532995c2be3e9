#!/bin/bash
# Runs all the stress programs greened, again and again, each time with another
# seed, for SOAK_SECONDS (600) in total, and ends with one line
#
#     N passed, N failed
#
# The seeds are printed; run.sh SEED PROGRAM repeats one run.
#
#   tests/stress/soak.sh [SEED [PATTERN...]]

set -u

here=$(cd "$(dirname "$0")" && pwd)
: "${SOAK_SECONDS:=600}" "${SECONDS_EACH:=10}" "${MODES:=1 2}"
export SECONDS_EACH MODES

seed=${1:-$((RANDOM * 32768 + RANDOM))}
(($#)) && shift
results=$(mktemp)
trap 'rm -f "$results"' EXIT
while ((SECONDS < SOAK_SECONDS)); do
	"$here/run.sh" "$seed" "$@" | tee -a "$results"
	seed=$((seed + 1))
done
passed=$(grep -c '^PASS ' "$results")
failed=$(grep -c '^FAIL ' "$results")
echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
