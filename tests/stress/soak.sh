#!/bin/bash
# Runs the stress programs greened again and again, each time with another
# seed, for SOAK_SECONDS (600), and stops at the first failure.
#
#   tests/stress/soak.sh [SEED [PATTERN...]]

set -u

here=$(cd "$(dirname "$0")" && pwd)
: "${SOAK_SECONDS:=600}" "${SECONDS_EACH:=10}" "${MODES:=1 2}"
export SECONDS_EACH MODES

seed=${1:-$((RANDOM * 32768 + RANDOM))}
(($#)) && shift
while ((SECONDS < SOAK_SECONDS)); do
	"$here/run.sh" "$seed" "$@" || exit 1
	seed=$((seed + 1))
done
echo "soak: $SECONDS s without a failure"
