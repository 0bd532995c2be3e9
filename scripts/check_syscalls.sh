#!/bin/sh
# check_syscalls.sh: account for every system call of the kernel's header.
#
#   check_syscalls.sh        fail unless shim/number/syscalls.def or
#                            shim/number/syscall_exceptions.def has each of them
#   check_syscalls.sh list   one line a call, tab separated:
#                            <name> <door> <why>
#
# As with libc's functions (check_blocking.sh), no script can tell which call
# waits, or changes what one thread has. So all are listed, and what a newer
# header brings is found until somebody has looked at it. Besides:
#
#  - no name stands twice, in one file or in both;
#  - each name is one of the header's, or says the number that it will have in
#    newer ones: "name=N";
#  - an interposer that the table names is in shim/symbols.def, with the same
#    policy;
#  - each handler that the shim defines is in the table.
#
# In the list the doors of the table are its policies, and its interposers and
# handlers stand for the reasons.

set -u
cd "$(dirname "$0")/.." || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

case ${1-} in
'' | list) ;;
*)
	echo 'usage: check_syscalls.sh [list]' >&2
	exit 2
	;;
esac

scripts/gen_syscalls.sh list >"$tmp/table" || exit 1
scripts/gen_symbols.sh list >"$tmp/symbols" || exit 1
find shim -name '*.c' -exec sed -n \
	's/^BY_NUMBER(\([a-z0-9_]*\)).*/\1/p' {} + >"$tmp/handlers"
echo '#include <sys/syscall.h>' | ${CC:-cc} -dM -E - >"$tmp/macros"
if ! grep -q '^#define __NR_read ' "$tmp/macros"; then
	echo 'cannot read the numbers of system calls'
	exit 1
fi

LC_ALL=C awk -F '\t' -v mode="${1-}" '
function bad(text) {
	if (mode != "list")
		print text
	failed = 1
}
# What is said of a name in either file.
function entry(file, name, number, text, reason) {
	if (name in door)
		bad(file ": " name " is in " in_file[name] \
			(in_file[name] == file ? " twice" : ""))
	in_file[name] = file
	door[name] = text
	why[name] = reason
	given[name] = number
}
FILENAME == ARGV[1] {
	split($0, word, " ")
	if (word[2] == "__x86_64__")
		all_names = 1
	if (word[2] ~ /^__NR_[a-z0-9_]+$/ && word[3] ~ /^[0-9]+$/) {
		name = substr(word[2], 6)
		kernel[++total] = name
		number_of[name] = word[3]
		name_of[word[3]] = name
	}
	next
}
FILENAME == ARGV[2] {
	if ($1 == "SYM")
		policy[$2] = $5
	next
}
FILENAME == ARGV[3] {
	handler[++handlers] = $1
	next
}
FILENAME == ARGV[4] {
	entry("shim/number/syscalls.def", $1, $2, $3, \
		$4 == "-" ? "BY_NUMBER(" $5 ")" : $4 "()")
	used[$5] = 1
	if ($4 != "-" && !($4 in policy))
		bad("shim/number/syscalls.def: " $1 ": shim/symbols.def " \
			"does not have " $4)
	else if ($4 != "-" && policy[$4] != $3)
		bad("shim/number/syscalls.def: " $1 ": the policy is " $3 \
			", shim/symbols.def says " policy[$4])
	next
}
/^(#|$)/ { next }
match($0, /^[a-z]+: /) {
	group = substr($0, 1, RLENGTH - 2)
	reason = substr($0, RLENGTH + 1)
	if (group !~ /^(handoff|brief|never|harmless|gone|gap)$/)
		bad("shim/number/syscall_exceptions.def: " group \
			": no such door")
	next
}
{
	if (group == "")
		bad("shim/number/syscall_exceptions.def: names before the " \
			"first group")
	count = split($0, word, " ")
	for (i = 1; i <= count; i++) {
		split(word[i] "=-", part, "=")
		entry("shim/number/syscall_exceptions.def", part[1], part[2], \
			group, reason)
	}
}
END {
	for (i = 1; i <= total; i++) {
		name = kernel[i]
		if (!(name in door))
			bad(name ": the kernel has it; it is neither in " \
				"shim/number/syscalls.def nor in " \
				"shim/number/syscall_exceptions.def")
		else if (mode == "list")
			printf "%s\t%s\t%s\n", name, door[name], why[name]
	}
	# Other machines have fewer calls, and other numbers of old ones.
	for (name in door) {
		n = given[name]
		if (!all_names || name in number_of && n == "-")
			continue
		if (n == "-")
			bad(in_file[name] ": " name ": the kernel does not " \
				"have it")
		else if (n in name_of && name_of[n] != name)
			bad(in_file[name] ": " name "=" n ": this is the " \
				"number of " name_of[n])
		else if (name in number_of && number_of[name] != n)
			bad(in_file[name] ": " name "=" n ": its number is " \
				number_of[name])
	}
	for (i = 1; i <= handlers; i++)
		if (!(handler[i] in used))
			bad("shim/number/syscalls.def: no call leads to " \
				"BY_NUMBER(" handler[i] ")")
	exit failed
}' "$tmp/macros" "$tmp/symbols" "$tmp/handlers" "$tmp/table" \
	shim/number/syscall_exceptions.def
