#!/bin/sh
# check_symbols.sh: compare shim/symbols.def with what the built library exports
# and with what libc exports.
#
#  - every symbol and alias of the table is exported, and nothing else is;
#  - each is defined in the file that the table names;
#  - the library refers to none of them by its name: its own calls bind inside;
#  - libc has the symbol in the version that the table names, unless this libc is
#    older than that version;
#  - every other name that libc gives the same function (64-bit, with
#    underscores, fortified) is in the table: a program that calls the missing
#    one would block its carrier.

set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
library=$BUILD/libgreenshim.so
libc=$(${CC:-cc} -print-file-name=libc.so.6)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
failed=0

problem()
{
	echo "$1"
	failed=1
}

if ! [ -e "$library" ]; then
	echo "no $library; run make first"
	exit 1
fi
scripts/gen_symbols.sh list >"$tmp/list" || exit 1
cut -f2 "$tmp/list" | sort -u >"$tmp/table"

# --- the library -------------------------------------------------------------

nm -D --defined-only "$library" | awk '{ sub(/@.*/, "", $3); print $3 }' |
	sort -u >"$tmp/exports"
comm -23 "$tmp/table" "$tmp/exports" >"$tmp/absent"
while IFS= read -r name; do
	problem "$name: in shim/symbols.def, but $library does not export it"
done <"$tmp/absent"
comm -13 "$tmp/table" "$tmp/exports" >"$tmp/extra"
while IFS= read -r name; do
	problem "$name: $library exports it, but shim/symbols.def has it not"
done <"$tmp/extra"

while IFS='	' read -r kind name _ file _; do
	[ "$kind" = SYM ] || continue
	object=$BUILD/obj/shim/$file.o
	if ! [ -e "shim/$file.c" ]; then
		problem "$name: the table names shim/$file.c, which is not there"
	elif [ -e "$object" ]; then
		# One nm a file, kept for the next symbol.
		[ -e "$tmp/nm.${file##*/}" ] ||
			nm --defined-only "$object" | awk '{ print $3 }' \
				>"$tmp/nm.${file##*/}"
		grep -qxF -- "$name" "$tmp/nm.${file##*/}" ||
			problem "$name: the table names shim/$file.c, which does not define it"
	fi
done <"$tmp/list"

# A relocation that names a symbol of the table would bind to whoever defines
# that name first: the program, or a library before ours.
LC_ALL=C readelf -rW "$library" >"$tmp/relocations" 2>/dev/null
grep -q '^Relocation section' "$tmp/relocations" ||
	problem "cannot read the relocations of $library"
awk '$1 ~ /^[0-9a-f]+$/ && NF >= 5 { sub(/@.*/, "", $5); print $5 }' \
	"$tmp/relocations" | sort -u | comm -12 - "$tmp/table" >"$tmp/outside"
while IFS= read -r name; do
	problem "$name: $library calls its own by the symbol table (link with -Bsymbolic-functions)"
done <"$tmp/outside"

# --- libc --------------------------------------------------------------------

# NAME VERSION, of functions only.
nm -D --defined-only "$libc" | awk '
$2 ~ /^[TWi]$/ && split($3, part, "@+") == 2 { print part[1], part[2] }
' | sort -u >"$tmp/libc"
if ! [ -s "$tmp/libc" ]; then
	problem "cannot read the symbols of $libc"
fi

awk -F '\t' '
# Is the version a newer than the newest one of this libc?
function is_newer(a,    i, x, y) {
	split(substr(a, 7), x, ".")
	split(newest, y, ".")
	for (i = 1; i <= 3; i++)
		if (x[i] + 0 != y[i] + 0)
			return x[i] + 0 > y[i] + 0
	return 0
}
# The first file is libc, the second the table, the third the table again.
FILENAME == ARGV[1] {
	split($0, f, " ")
	versions[f[1]] = versions[f[1]] " " f[2]
	if (f[2] ~ /^GLIBC_[0-9]/ && is_newer(f[2]))
		newest = substr(f[2], 7)
	next
}
FILENAME == ARGV[2] && !second[FNR]++ { table[$2] = 1; next }
$1 != "SYM" { next }
{
	name = $2
	if (!(name in versions) && is_newer($3))
		printf "note: %s: libc has it since %s\n", name, $3
	else if (!(name in versions))
		printf "%s: the table says %s, this libc does not have it\n", \
			name, $3
	else if (index(versions[name] " ", " " $3 " ") == 0)
		printf "%s: the table says %s, libc has%s\n", name, $3, \
			versions[name]

	wide = name
	sub(/v2$/, "64v2", wide) # preadv2 is preadv64v2
	n = split(name " " wide " " name "64 __" name " __" name "64 __" name \
		"_chk __" name "64_chk __" name "_2 __" name "64_2 __libc_" \
		name " __libc_" name "64", also, " ")
	for (i = 1; i <= n; i++) {
		a = also[i]
		if (!(a in versions) || a in table)
			continue
		if (versions[a] == " GLIBC_PRIVATE")
			printf "note: %s: libc has %s for itself\n", name, a
		else
			printf "%s: libc also has %s (%s), which the table " \
				"has not\n", name, a, substr(versions[a], 2)
	}
}' "$tmp/libc" "$tmp/list" "$tmp/list" >"$tmp/report"
grep '^note: ' "$tmp/report"
if grep -v '^note: ' "$tmp/report"; then
	failed=1
fi

exit $failed
