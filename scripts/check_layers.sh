#!/bin/sh
# check_layers.sh: calls and includes point down only, as scripts/layers.def has
# the floors.
#
# What a file calls is read from its object, which must be built (BUILD names
# the directory); what it includes, from the source. Fails on a reference that
# points up and is not listed, on a listed one that is gone, on a circle of more
# files than the list allows, on a libc function that the shim interposes called
# by the runtime, and on files that are too long. Prints the floors, the upward
# references and the largest circle.

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

# --- what is there -----------------------------------------------------------

find runtime shim -name '*.[chS]' | LC_ALL=C sort >"$tmp/sources"
find runtime shim -name '*.[cS]' | sed 's/\.[cS]$//' |
	LC_ALL=C sort >"$tmp/objects"
while IFS= read -r object; do
	if [ -e "$BUILD/obj/$object.o" ]; then
		nm "$BUILD/obj/$object.o" | awk -v object="$object" '
		NF == 2 && $1 == "U" { print "uses", object, $2 }
		NF == 3 && $2 ~ /^[TDBRVWuC]$/ { print "has", object, $3 }'
	else
		echo "missing $object"
	fi
done <"$tmp/objects" >"$tmp/symbols"
if grep -q '^missing' "$tmp/symbols"; then
	problem "objects are missing in $BUILD/obj; run make first: $(sed -n \
		's/^missing //p' "$tmp/symbols" | head -n 3 | tr '\n' ' ')"
fi

# --- calls -------------------------------------------------------------------

# The closure over some sixty files is cheap enough for awk.
awk '
function room(object) {
	sub(/\/[^\/]*$/, "", object)
	return object
}
function bad(text) {
	print text
	failed = 1
}
FILENAME == ARGV[1] {
	sub(/^[ \t]+/, "")
	if ($0 == "" || /^#/)
		next
	if ($1 == "floor") {
		floors++
		for (i = 2; i <= NF; i++)
			floor[$i] = floors
		line[floors] = $0
		sub(/^floor /, "", line[floors])
	} else if ($1 == "up" && $3 ~ /:$/ && NF > 3) {
		symbol = substr($3, 1, length($3) - 1)
		why = $0
		sub(/^[^:]*: */, "", why)
		listed[$2, symbol] = why
		listings++
	} else if ($1 == "circle" && $2 > 0) {
		allowed = $2
	} else {
		bad("scripts/layers.def:" FNR ": not understood: " $0)
	}
	next
}
$1 == "has" { home[$3] = $2 }
$1 == "uses" { from[++uses] = $2; name[uses] = $3 }
$1 == "has" || $1 == "uses" {
	if (!($2 in known)) {
		known[$2] = 1
		object[++objects] = $2
		if (!(room($2) in floor))
			bad($2 ": scripts/layers.def has no floor for " \
				room($2))
	}
}
END {
	print "floors, from the top:"
	for (i = 1; i <= floors; i++)
		print "  " line[i]

	for (i = 1; i <= uses; i++) {
		to = home[name[i]]
		if (to == "" || to == from[i])
			continue
		reach[from[i], to] = 1
		if (floor[room(to)] >= floor[room(from[i])])
			continue
		if ((from[i], name[i]) in listed) {
			ups[++up] = from[i] " calls " name[i] " in " to ": " \
				listed[from[i], name[i]]
			used[from[i], name[i]] = 1
		} else {
			bad(from[i] ": calls " name[i] ", which stands above, in " \
				to " (turn the call round by a hook, base/hooks.h)")
		}
	}
	printf "upward references: %d\n", up
	for (i = 1; i <= up; i++)
		print "  " ups[i]
	for (key in listed)
		if (!(key in used)) {
			split(key, part, SUBSEP)
			bad("scripts/layers.def: " part[1] " no longer calls " \
				part[2] "; remove the line")
		}

	for (k = 1; k <= objects; k++)
		for (i = 1; i <= objects; i++)
			if ((object[i], object[k]) in reach)
				for (j = 1; j <= objects; j++)
					if ((object[k], object[j]) in reach)
						reach[object[i], object[j]] = 1
	for (i = 1; i <= objects; i++) {
		if (object[i] !~ /^runtime\//)
			continue
		n = 0
		names = ""
		for (j = 1; j <= objects; j++)
			if (i == j || ((object[i], object[j]) in reach &&
			    (object[j], object[i]) in reach)) {
				n++
				names = names " " object[j]
			}
		if (n > most) {
			most = n
			largest = names
		}
	}
	printf "largest circle of the runtime: %d files:%s\n", most, largest
	if (most > allowed)
		bad("scripts/layers.def allows circles of " allowed " files")
	exit failed
}' scripts/layers.def "$tmp/symbols" || failed=1

# A libc function that the shim interposes would lead the runtime back into
# itself, so the runtime makes raw calls instead.
scripts/gen_symbols.sh list | cut -f2 | sort -u >"$tmp/interposed"
sed -n 's/^uses \(runtime\/[^ ]*\) \([^@]*\).*/\2 \1/p' "$tmp/symbols" |
	LC_ALL=C sort | LC_ALL=C join - "$tmp/interposed" >"$tmp/calls"
while read -r symbol object; do
	problem "$object: calls $symbol, which the shim interposes (use raw_syscall)"
done <"$tmp/calls"

# --- includes ----------------------------------------------------------------

# FILE:LINE:HEADER, with the header as a path from the top.
# shellcheck disable=SC2016 # awk's fields
xargs -r awk '
match($0, /^[ \t]*#[ \t]*include[ \t]*"[^"]*/) {
	header = substr($0, RSTART, RLENGTH)
	sub(/.*"/, "", header)
	print FILENAME ":" FNR ":" header
}' <"$tmp/sources" | while IFS=: read -r file line header; do
	for dir in "${file%/*}" runtime shim; do
		[ -e "$dir/$header" ] && break
	done
	[ -e "$dir/$header" ] && echo "$file:$line:$dir/$header"
done >"$tmp/includes"
awk -F: '
function floor_of(path) {
	if (path == "runtime/green.h")
		return floors + 1
	if (path ~ /^runtime\/arch\/arch\.h$/)
		return floors
	sub(/\/[^\/]*$/, "", path)
	while (!(path in floor) && path ~ /\//)
		sub(/\/[^\/]*$/, "", path)
	return path in floor ? floor[path] : 0
}
FILENAME == ARGV[1] {
	n = split($0, word, " ")
	if (word[1] == "floor") {
		floors++
		for (i = 2; i <= n; i++)
			floor[word[i]] = floors
	} else if (word[1] == "up") {
		listed[word[2] ".c"] = 1
	}
	next
}
$1 ~ /^runtime\/[^\/]*$/ { next }
$1 in listed { next }
$3 == "runtime/runtime.h" {
	if ($1 ~ /^runtime\//)
		printf "%s:%s: includes runtime.h, the umbrella for the shim\n", $1, $2
	next
}
floor_of($3) && floor_of($3) < floor_of($1) {
	printf "%s:%s: includes %s, which stands above\n", $1, $2, $3
}' scripts/layers.def "$tmp/includes" >"$tmp/above"

# libuv stays behind one file, so that it can be replaced there.
xargs -r grep -nE '^[ 	]*#[ 	]*include[ 	]*<uv\.h>' <"$tmp/sources" |
	grep -v '^runtime/sched/uvloop\.c:' |
	sed 's/:.*/: only runtime\/sched\/uvloop.c may include uv.h/' \
		>>"$tmp/above"
if [ -s "$tmp/above" ]; then
	cat "$tmp/above"
	failed=1
fi

# --- names and sizes ---------------------------------------------------------

# A backtrace or a search must not be ambiguous.
sed 's|.*/||' "$tmp/sources" | sort | uniq -d | while IFS= read -r name; do
	echo "$name: two files of that name: $(grep "/$name\$" "$tmp/sources" |
		tr '\n' ' ')"
done >"$tmp/size"
find scripts tests demos -name '*.[ch]' 2>/dev/null | cat - "$tmp/sources" |
	while IFS= read -r file; do
		lines=$(wc -l <"$file")
		case $file in
		*.h) most=250 ;;
		*) most=600 ;;
		esac
		[ "$lines" -le $most ] ||
			echo "$file: $lines lines, more than $most; split it"
	done >>"$tmp/size"
if [ -s "$tmp/size" ]; then
	cat "$tmp/size"
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
