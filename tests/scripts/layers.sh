#!/bin/sh
# Tests of check_layers.sh, with a tree of three floors that is made for the
# purpose and built by the ordinary compiler.

option=layers
# shellcheck source=tests/scripts/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir -p "$tmp/scripts" "$tmp/shim" "$tmp/runtime/high" "$tmp/runtime/low"
cp scripts/check_layers.sh scripts/gen_symbols.sh "$tmp/scripts/"
export BUILD=build

floors()
{
	printf '%s\n' 'floor shim' 'floor runtime/high' 'floor runtime/low' "$@" \
		>"$tmp/scripts/layers.def"
}

# file NAME LINE...: a source, and its object.
file()
{
	source=$1
	shift
	printf '%s\n' "$@" >"$tmp/$source"
	mkdir -p "$tmp/build/obj/${source%/*}"
	case $source in
	*.c) ${CC:-cc} -iquote "$tmp/runtime" -c \
		-o "$tmp/build/obj/${source%.c}.o" "$tmp/$source" ;;
	esac
}

layers=$tmp/scripts/check_layers.sh
printf 'SYM(int, pause, (void), GLIBC_2.2.5, sleep, PARK)\n' \
	>"$tmp/shim/symbols.def"
file runtime/low/low.h 'void low(void);'
file runtime/low/low.c '#include "low/low.h"' 'void low(void) {}'
file runtime/high/high.h 'void high(void);'
file runtime/high/high.c '#include "low/low.h"' 'void high(void) { low(); }'
floors 'circle 1'
check down 0 'floors, from the top:
  shim
  runtime/high
  runtime/low
upward references: 0
largest circle of the runtime: 1 files: *' "$layers"

file runtime/low/up.c 'void high(void);' 'void up(void) { high(); }'
check up 1 '*runtime/low/up: calls high, which stands above*' "$layers"
floors 'up runtime/low/up high: it has to' 'circle 1'
check up-listed 0 '*upward references: 1
  runtime/low/up calls high in runtime/high/high: it has to*' "$layers"
file runtime/low/up.c 'void up(void) {}'
check up-gone 1 '*runtime/low/up no longer calls high; remove the line*' \
	"$layers"

floors 'circle 1'
file runtime/low/up.c '#include "high/high.h"' 'void up(void) {}'
check include-up 1 \
	'*runtime/low/up.c:1: includes runtime/high/high.h, which stands above*' \
	"$layers"

file runtime/low/up.c 'void low(void);' 'void up(void) { low(); }'
file runtime/low/low.c 'void up(void);' 'void low(void) { up(); }'
check circle 1 '*2 files: runtime/low/low runtime/low/up
*allows circles of 1 files*' "$layers"
floors 'circle 2'
check circle-allowed 0 '*2 files: runtime/low/low runtime/low/up*' "$layers"

file runtime/low/up.c 'int pause(void);' 'void up(void) { pause(); }'
check interposed 1 '*runtime/low/up: calls pause, which the shim interposes*' \
	"$layers"
file runtime/low/up.c 'void up(void) {}'
file runtime/high/up.c 'void other(void) {}'
check same-name 1 '*up.c: two files of that name*' "$layers"
rm "$tmp/runtime/high/up.c"

{
	echo 'void up(void) {}'
	yes '' | head -n 600
} >"$tmp/runtime/low/up.c"
check long 1 '*runtime/low/up.c: 601 lines, more than 600*' "$layers"
floors 'up: nothing' 'circle 2'
check not-understood 1 '*scripts/layers.def:4: not understood: up: nothing*' \
	"$layers"
rm "$tmp/build/obj/runtime/low/up.o"
check not-built 1 '*run make first: runtime/low/up*' "$layers"

exit $failed
