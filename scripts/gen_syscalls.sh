#!/bin/sh
# gen_syscalls.sh: everything that is derived from shim/number/syscalls.def.
#
#   gen_syscalls.sh code   the dispatch of calls by number, as C, on stdout
#   gen_syscalls.sh list   one line a call, tab separated, for other scripts:
#                          <name> <number> <policy> <function> <handler>
#
# The number is "-" unless the table has it; of function and handler one is "-".
# A function is an interposer; syscalls.def says how its arguments are written.

set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
def=$root/shim/number/syscalls.def

case ${1-} in
code | list) ;;
*)
	echo 'usage: gen_syscalls.sh code|list' >&2
	exit 2
	;;
esac

# The table is read to its end before anything is printed.
LC_ALL=C awk -v mode="$1" '
BEGIN {
	cast["fd"] = cast["int"] = "int"
	cast["uint"] = "unsigned int"
	cast["long"] = "long"
	cast["ulong"] = "unsigned long"
	cast["size"] = "size_t"
	cast["ptr"] = "void *"
	cast["timer"] = "timer_t)(intptr_t)(int"
}
function trim(s) {
	gsub(/^[ \t]+|[ \t]+$/, "", s)
	return s
}
function bad(why) {
	printf "shim/number/syscalls.def:%d: %s: %s\n", FNR, why, $0 \
		>"/dev/stderr"
	failed = 1
	exit 1
}
# C for the arguments, from the list of their kinds.
function arguments(kinds,    count, kind, i, at, s) {
	count = split(kinds, kind, /,/)
	at = 0
	for (i = 1; i <= count; i++) {
		kind[i] = trim(kind[i])
		if (kind[i] == "_") {
			at++
			continue
		}
		s = s (s == "" ? "" : ", ")
		if (kind[i] ~ /^[0-9]$/)
			s = s kind[i]
		else if (kind[i] in cast)
			s = s "(" cast[kind[i]] ")a[" at++ "]"
		else
			bad("no such kind of argument: " kind[i])
	}
	if (at > 6)
		bad("more than six arguments")
	return s
}
{
	line = $0
	sub(/\/\/.*$/, "", line)
	line = trim(line)
}
line == "" { next }
line !~ /^CALL\(.*\)$/ { bad("not CALL(...)") }
{
	line = substr(line, 6, length(line) - 6)
	n++
	fiber[n] = sub(/,[ \t]*FIBER$/, "", line)

	if (!match(line, /^[a-z0-9_]+(=[0-9]+)?[ \t]*,/))
		bad("no name")
	name[n] = trim(substr(line, 1, RLENGTH - 1))
	line = trim(substr(line, RLENGTH + 1))
	number[n] = "-"
	if (split(name[n], part, "=") == 2) {
		name[n] = part[1]
		number[n] = part[2]
	}
	if (name[n] in seen)
		bad("named twice")
	seen[name[n]] = 1

	if (!match(line, /^(PARK|HOP|LOCAL|PASS)[ \t]*,/))
		bad("policy is none of PARK HOP LOCAL PASS")
	policy[n] = trim(substr(line, 1, RLENGTH - 1))
	line = trim(substr(line, RLENGTH + 1))

	handler[n] = function_of[n] = "-"
	if (line ~ /^BY_NUMBER\([a-z0-9_]+\)$/)
		handler[n] = substr(line, 11, length(line) - 11)
	else if (match(line, /^[a-z0-9_]+\([^()]*\)$/)) {
		at = index(line, "(")
		function_of[n] = substr(line, 1, at - 1)
		call[n] = function_of[n] "(" arguments(substr(line, at + 1, \
			length(line) - at - 1)) ")"
	} else
		bad("neither an interposer nor BY_NUMBER(...)")
}
function list(    i) {
	for (i = 1; i <= n; i++)
		printf "%s\t%s\t%s\t%s\t%s\n", name[i], number[i], policy[i], \
			function_of[i], handler[i]
}
# A handler that is to be asked anywhere stands in the table itself.
function wrapped(i) {
	return handler[i] == "-" || fiber[i]
}
function code(    i) {
	print "/* Made from shim/number/syscalls.def by " \
		"scripts/gen_syscalls.sh. */\n"
	for (i = 1; i <= n; i++)
		if (handler[i] != "-" && !(handler[i] in declared)) {
			declared[handler[i]] = 1
			printf "by_number by_number_%s;\n", handler[i]
		}
	for (i = 1; i <= n; i++) {
		if (number[i] != "-")
			printf "\n#ifndef __NR_%s\n#define __NR_%s %s\n#endif", \
				name[i], name[i], number[i]
		if (!wrapped(i))
			continue
		printf "\n#ifdef __NR_%s\n", name[i]
		printf "static bool call_%s(long nr, const long a[6], " \
			"long *r)\n{\n", name[i]
		if (fiber[i])
			print "\tif (!rt_fiber())\n\t\treturn false;"
		if (handler[i] != "-")
			printf "\treturn by_number_%s(nr, a, r);\n}\n", handler[i]
		else
			printf "\t(void)nr%s;\n\t*r = (long)%s;\n" \
				"\treturn true;\n}\n", \
				call[i] ~ /a\[/ ? "" : ", (void)a", call[i]
		print "#endif"
	}
	print "\nstatic by_number *const calls[] = {"
	for (i = 1; i <= n; i++)
		printf "#ifdef __NR_%s\n\t[__NR_%s] = %s%s,\n#endif\n", name[i], \
			name[i], wrapped(i) ? "call_" : "by_number_", \
			wrapped(i) ? name[i] : handler[i]
	print "};"
}
END {
	if (failed)
		exit 1
	if (mode == "list")
		list()
	else
		code()
}' "$def"
