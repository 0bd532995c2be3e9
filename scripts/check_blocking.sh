#!/bin/sh
# check_blocking.sh: account for every function that libc exports.
#
#   check_blocking.sh        fail unless shim/symbols.def or shim/exceptions.def
#                            has each of them
#   check_blocking.sh list   one line a function, tab separated:
#                            <name> <door> <why>
#
# No script can tell which functions block, or have to do with descriptors. So
# all are listed, as families where names allow it, and the functions that a new
# libc adds fail this check until somebody has looked at them. In the list, the
# door of a symbol of symbols.def is its policy, and the reason is its file.
#
# What libc's libraries export only to each other (GLIBC_PRIVATE) is left out.

set -u
cd "$(dirname "$0")/.." || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

case ${1-} in
'' | list) ;;
*)
	echo 'usage: check_blocking.sh [list]' >&2
	exit 2
	;;
esac

scripts/gen_symbols.sh list >"$tmp/table" || exit 1
for library in libc.so.6 libpthread.so.0 librt.so.1 libanl.so.1 libdl.so.2 \
	libutil.so.1 libresolv.so.2; do
	# The compiler returns the bare name if this libc has no such part.
	file=$(${CC:-cc} -print-file-name="$library")
	[ "$file" = "$library" ] || nm -D --defined-only "$file"
done | awk '
$2 ~ /^[TWi]$/ {
	split($3, part, "@+")
	if (part[2] != "GLIBC_PRIVATE")
		print part[1]
}' | LC_ALL=C sort -u >"$tmp/libc"
if ! [ -s "$tmp/libc" ]; then
	echo 'cannot read the symbols of libc'
	exit 1
fi

LC_ALL=C awk -F '\t' -v mode="${1-}" '
function bad(text) {
	printf "shim/exceptions.def: %s\n", text
	failed = 1
}
FILENAME == ARGV[1] {
	policy[$2] = $1 == "SYM" ? $5 : policy[$3]
	file[$2] = $1 == "SYM" ? $4 : file[$3]
	next
}
FILENAME == ARGV[2] {
	if ($0 == "" || $0 ~ /^#/)
		next
	if (match($0, /^[a-z]+: /)) {
		door[++n] = substr($0, 1, RLENGTH - 2)
		why[n] = substr($0, RLENGTH + 1)
		if (door[n] !~ /^(door|handoff|brief|never|harmless)$/)
			bad(door[n] ": no such door")
		next
	}
	if (n == 0)
		bad("names before the first group")
	count = split($0, word, " +")
	for (i = 1; i <= count; i++)
		if (word[i] in policy)
			bad(word[i] " is in shim/symbols.def")
	gsub(/ +/, "|")
	names[n] = names[n] (names[n] == "" ? "" : "|") $0
	next
}
{ libc[++total] = $1 }
END {
	# One group after the other: awk compiles an expression when it changes.
	for (i = 1; i <= n; i++) {
		expression = "^(" names[i] ")$"
		for (j = 1; j <= total; j++)
			if (!(libc[j] in group) && libc[j] ~ expression)
				group[libc[j]] = i
	}
	for (j = 1; j <= total; j++) {
		name = libc[j]
		i = group[name]
		if (mode == "list" && name in policy)
			printf "%s\t%s\tshim/%s.c\n", name, policy[name], \
				file[name]
		else if (mode == "list" && i)
			printf "%s\t%s\t%s\n", name, door[i], why[i]
		else if (!i && !(name in policy))
			bad(name ": libc exports it; it is neither here nor " \
				"in shim/symbols.def")
	}
	exit failed
}' "$tmp/table" shim/exceptions.def "$tmp/libc"
