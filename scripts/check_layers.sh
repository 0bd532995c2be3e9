#!/bin/sh
# check_layers.sh: dependencies point down only, shim -> runtime -> arch.
#
# The includes are read from the sources; what the runtime calls is read from
# its objects, which must be built (BUILD names the directory).

set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
failed=0

problem()
{
	echo "$1"
	failed=1
}

# Print FILE:LINE:HEADER of the includes in the files named on stdin.
includes()
{
	# shellcheck disable=SC2016 # awk's fields
	xargs -r awk '
	match($0, /^[ \t]*#[ \t]*include[ \t]*[<"][^>"]*/) {
		header = substr($0, RSTART, RLENGTH)
		sub(/.*[<"]/, "", header)
		print FILENAME ":" FNR ":" header
	}'
}

# The name of a header, without directories, tells its layer.
headers()
{
	find "$@" -maxdepth 1 -name '*.h' 2>/dev/null | sed 's|.*/||' | sort -u
}

headers shim shim/door shim/number >"$tmp/shim.h"
headers runtime runtime/[!a]*/ >"$tmp/runtime.h"
find runtime -name '*.[chS]' 2>/dev/null >"$tmp/runtime"
grep '^runtime/arch/' "$tmp/runtime" >"$tmp/arch"
includes <"$tmp/runtime" >"$tmp/runtime.includes"
includes <"$tmp/arch" >"$tmp/arch.includes"

# below INCLUDES HEADERS WHY: none of HEADERS may be among INCLUDES.
below()
{
	while IFS=: read -r file line header; do
		# A header of the same name may lie beside the file.
		case $header in
		*/*) ;;
		*) [ -e "${file%/*}/$header" ] && continue ;;
		esac
		grep -qxF -- "${header##*/}" "$2" &&
			problem "$file:$line: includes $header: $3"
	done <"$1"
}

below "$tmp/runtime.includes" "$tmp/shim.h" 'the runtime knows no shim'
below "$tmp/arch.includes" "$tmp/runtime.h" 'arch is the lowest layer'

# libuv stays behind one file, so that it could be replaced there.
find runtime shim -name '*.[ch]' 2>/dev/null | includes |
	grep -E ':uv\.h$' | grep -v '^runtime/sched/uv\.c:' >"$tmp/uv"
while IFS= read -r line; do
	problem "$line: only runtime/sched/uv.c may include it"
done <"$tmp/uv"

# A libc function that the shim interposes would lead the runtime back into
# itself, so it makes raw calls instead.
scripts/gen_symbols.sh list | cut -f2 | sort -u >"$tmp/symbols"
find "$BUILD/obj/runtime" -name '*.o' 2>/dev/null >"$tmp/objects"
while IFS= read -r object; do
	source=${object#"$BUILD"/obj/}
	source=${source%.o}
	# An object whose source is gone is left from before.
	[ -e "$source.c" ] || [ -e "$source.S" ] || continue
	nm -u "$object" | awk '{ sub(/@.*/, "", $2); print $2 }' | sort -u |
		comm -12 - "$tmp/symbols" >"$tmp/calls"
	while IFS= read -r symbol; do
		problem "$source: calls $symbol, which the shim interposes"
	done <"$tmp/calls"
done <"$tmp/objects"
if [ -s "$tmp/runtime" ] && ! [ -s "$tmp/objects" ]; then
	problem "no objects in $BUILD/obj/runtime; run make first"
fi

# Long files are where interposition goes to die.
find runtime shim scripts -name '*.[chS]' 2>/dev/null | while IFS= read -r file; do
	lines=$(wc -l <"$file")
	if [ "$lines" -gt 650 ]; then
		echo "$file: $lines lines, more than about 600; split it"
	fi
done >"$tmp/long"
if [ -s "$tmp/long" ]; then
	cat "$tmp/long"
	failed=1
fi

# Only a hint: some families are large.
scripts/gen_symbols.sh list | awk -F '\t' '
$1 == "SYM" { count[$4]++ }
END {
	for (file in count)
		if (count[file] > 20)
			printf "note: shim/%s.c has %d symbols, more than " \
				"about 20\n", file, count[file]
}'

exit $failed
