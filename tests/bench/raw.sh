#!/bin/bash
# What greenrun --raw costs: native, greened, and greened with --raw take turns;
# prints the median of each, and of the ratios within a turn.
#
#   tests/bench/raw.sh [TURNS]

set -u
cd "$(dirname "$0")/../.." || exit 1
: "${BUILD:=build}" "${CC:=cc}"
turns=${1:-15}
bin=$BUILD/tests/bench/raw
mkdir -p "${bin%/*}"
"$CC" -O2 -Wall -Wextra -pthread -o "$bin" tests/bench/raw.c || exit 1

median() {
	sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

green() {
	scripts/greenrun --hubs 1 "$@"
}

printf '%-6s %10s %10s %10s   %s\n' what native greened --raw \
	'--raw to native, to greened'
for what in own libc echo park; do
	for ((i = 0; i < turns; i++)); do
		echo "$("$bin" $what) $(green "$bin" $what)" \
			"$(green --raw "$bin" $what)"
	done >"$bin.turns"
	read -r native greened raw <<<"$(for column in 1 2 3; do
		cut -d' ' -f$column "$bin.turns" | median
	done | tr '\n' ' ')"
	printf '%-6s %7s ns %7s ns %7s ns   %.2f  %.2f\n' $what "$native" \
		"$greened" "$raw" "$(awk '{ print $3 / $1 }' "$bin.turns" | median)" \
		"$(awk '{ print $3 / $2 }' "$bin.turns" | median)"
done
rm -f "$bin.turns"
