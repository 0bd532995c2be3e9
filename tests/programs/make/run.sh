#!/bin/bash
# make -j8 of 100 C files: the jobserver's pipe, compilers as children.
# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tp_begin make "$@"
tp_need make make
tp_package make gcc
tree=$TP_TMP/tree
mkdir "$tree"
cat >"$tree/Makefile" <<'END'
OBJ := $(patsubst %.c,%.o,$(sort $(wildcard *.c)))
prog: $(OBJ)
	$(CC) -o $@ $(OBJ)
%.o: %.c list.h
	$(CC) -O1 -c -o $@ $<
list.h: gen.sh
	sh gen.sh >$@
broken:
	@false
END
# shellcheck disable=SC2016 # it is a script
echo 'for i in $(seq 100); do echo "int f$i(int);"; done' >"$tree/gen.sh"
for i in $(seq 100); do
	printf '#include "list.h"\nint f%d(int x)\n{\n\treturn x * %d + 1;\n}\n' \
		"$i" "$i" >"$tree/f$i.c"
done
{
	printf '#include <stdio.h>\n#include "list.h"\nint main(void)\n{\n'
	for i in $(seq 100); do
		printf '\tprintf("%%d\\n", f%d(3));\n' "$i"
	done
	printf '\treturn 0;\n}\n'
} >"$tree/main.c"
tp_run 240 make -s -j8 -C "$tree"
"$tree/prog" >"$TP_TMP/have" || tp_fail "what it built does not run"
for i in $(seq 100); do
	echo $((3 * i + 1))
done >"$TP_TMP/want"
tp_same "what it built" "$TP_TMP/want" "$TP_TMP/have"
tp_run 60 make -q -C "$tree"
tp_run 60 make -s -C "$tree" broken
tp_end
