#!/bin/sh
# gen_symbols.sh: everything that is derived from shim/symbols.def.
#
#   gen_symbols.sh map    the linker's version script, on stdout
#   gen_symbols.sh doc    docs/SYMBOLS.md, on stdout
#   gen_symbols.sh list   one line a name, tab separated, for other scripts:
#                         SYM <name> <version> <file> <policy> <prototype>
#                         ALIAS <alias> <name>
#   gen_symbols.sh check  what greenrun --check knows of libc's functions, as C,
#                         with shim/exceptions.def
#
# symbols.def has one entry a line:
#   SYM(ret, name, (args), VERSION, file, POLICY)
#   ALIAS(alias, name)
# and comments that begin with //. Any other line is an error.

set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
def=$root/shim/symbols.def
# A partial tree may have no table yet.
[ -e "$def" ] || def=/dev/null

list()
{
	awk '
	function trim(s) {
		gsub(/^[ \t]+|[ \t]+$/, "", s)
		return s
	}
	function bad(why) {
		printf "shim/symbols.def:%d: %s: %s\n", NR, why, $0 \
			>"/dev/stderr"
		failed = 1
		exit 1
	}
	# The piece of `rest` up to the next comma at this level of
	# parentheses; `rest` keeps what follows.
	function piece(    i, c, depth, s) {
		depth = 0
		for (i = 1; i <= length(rest); i++) {
			c = substr(rest, i, 1)
			if (c == "(")
				depth++
			else if (c == ")")
				depth--
			else if (c == "," && depth == 0)
				break
		}
		s = substr(rest, 1, i - 1)
		rest = substr(rest, i + 1)
		return trim(s)
	}
	{
		line = $0
		sub(/\/\/.*$/, "", line)
		sub(/\/\*.*\*\/[ \t]*$/, "", line)
		line = trim(line)
	}
	line == "" || line ~ /^(#|\*|\/\*)/ { next }
	line ~ /^SYM\(.*\)$/ {
		rest = substr(line, 5, length(line) - 5)
		ret = piece(); name = piece(); args = piece()
		version = piece(); file = piece(); policy = piece()
		if (name !~ /^[A-Za-z_][A-Za-z0-9_]*$/)
			bad("no symbol name")
		if (args !~ /^\(.*\)$/)
			bad("arguments are not in parentheses")
		if (version !~ /^(GLIBC_[0-9.]+|GLIBC_PRIVATE)$/)
			bad("no GLIBC version")
		sub(/\.c$/, "", file)
		if (file !~ /^([a-z0-9_]+\/)?[a-z0-9_]+$/)
			bad("no file name")
		if (policy !~ /^(PARK|HOP|LOCAL|PASS)$/)
			bad("policy is none of PARK HOP LOCAL PASS")
		if (rest != "")
			bad("too many fields")
		if (name in seen)
			bad("named twice")
		seen[name] = 1
		sep = ret ~ /\*$/ ? "" : " "
		printf "SYM\t%s\t%s\t%s\t%s\t%s%s%s%s\n", name, version, \
			file, policy, ret, sep, name, args
		next
	}
	line ~ /^ALIAS\(.*\)$/ {
		rest = substr(line, 7, length(line) - 7)
		alias = piece(); name = piece()
		if (alias !~ /^[A-Za-z_][A-Za-z0-9_]*$/ || rest != "")
			bad("malformed alias")
		if (!(name in seen))
			bad("alias of a symbol that is not above it")
		if (alias in seen)
			bad("named twice")
		seen[alias] = 1
		printf "ALIAS\t%s\t%s\n", alias, name
		next
	}
	{ bad("neither SYM(...) nor ALIAS(...)") }
	END { exit failed }
	' "$def"
}

# The script names no version on purpose: a symbol with a version of ours would
# not satisfy a reference to, say, read@GLIBC_2.2.5; a symbol without one does.
map()
{
	printf '/* Made from shim/symbols.def by scripts/gen_symbols.sh. */\n'
	list | awk -F '\t' '
	NR == 1 { print "{\n\tglobal:" }
	{ printf "\t\t%s;\n", $2 }
	END {
		if (NR == 0)
			print "{"
		print "\tlocal:\n\t\t*;\n};"
	}'
}

doc()
{
	cat <<'END'
# Symbols

<!-- Made from shim/symbols.def by `make symbols`; do not edit. -->

Every libc symbol that `libgreenshim.so` stands in for, by the file in `shim/`
that defines it. The policy says what the interposer does when it would have to
wait:

| policy | meaning |
|---|---|
| PARK | the fiber parks; the hub waits for it |
| HOP | the fiber moves to a pool carrier and makes the blocking call there |
| LOCAL | it never waits: it keeps the runtime's own tables true |
| PASS | it goes on to libc, after a look at its arguments |

END
	list | awk -F '\t' '
	$1 == "SYM" {
		if (!($4 in count))
			files[++n] = $4
		syms[$4, ++count[$4]] = $2
		version[$2] = $3
		policy[$2] = $5
		next
	}
	{ alias[$3] = alias[$3] (alias[$3] == "" ? "" : " ") "`" $2 "`" }
	END {
		# Sort the files by name; awk has no portable sort.
		for (i = 2; i <= n; i++) {
			f = files[i]
			for (j = i - 1; j >= 1 && files[j] > f; j--)
				files[j + 1] = files[j]
			files[j + 1] = f
		}
		for (i = 1; i <= n; i++) {
			f = files[i]
			printf "%s## shim/%s.c\n\n", (i > 1 ? "\n" : ""), f
			print "| symbol | aliases | version | policy |"
			print "|---|---|---|---|"
			for (k = 1; k <= count[f]; k++) {
				s = syms[f, k]
				printf "| `%s` | %s | %s | %s |\n", s, \
					alias[s], version[s], policy[s]
			}
		}
	}'
}

# A libc with functions that nobody has looked at yet fails make lint, not this.
check()
{
	printf '/* Made from shim/symbols.def and shim/exceptions.def. */\n'
	printf 'static const struct symbol symbols[] = {\n'
	"$root/scripts/check_blocking.sh" list | LC_ALL=C sort | awk -F '\t' '
	BEGIN {
		way["PARK"] = "WAY_PARK"
		way["HOP"] = "WAY_HOP"
		way["LOCAL"] = way["PASS"] = "WAY_NONE"
		way["door"] = "WAY_DOOR"
		way["brief"] = "WAY_BRIEF"
		way["handoff"] = "WAY_HANDOFF"
	}
	NF != 3 || !($2 in way) { next }
	{
		gsub(/[\\"]/, "\\\\&", $3)
		why = $2 ~ /^[A-Z]/ ? "NULL" : "\"" $3 "\""
		printf "\t{ \"%s\", %s, %s },\n", $1, way[$2], why
		n++
	}
	END {
		print "};"
		exit n == 0
	}'
}

# The table is checked here, once: in a pipeline its errors would go unnoticed.
list >/dev/null

case ${1-} in
map | doc | list | check) "$1" ;;
*)
	echo "usage: gen_symbols.sh map|doc|list|check" >&2
	exit 2
	;;
esac
