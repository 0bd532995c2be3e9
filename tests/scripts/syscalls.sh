#!/bin/sh
# Tests of the table of calls by number: what is made of it, and that the check
# which compares it with the kernel's header finds what it should. The tools
# are copies with tables of their own, and the header is that of a compiler made
# for the purpose.

option=syscalls
# shellcheck source=tests/scripts/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir -p "$tmp/scripts" "$tmp/shim/number"
cp scripts/*.sh "$tmp/scripts/"
gen=$tmp/scripts/gen_syscalls.sh
accounts=$tmp/scripts/check_syscalls.sh
tab='	'

table()
{
	printf '%s\n' "$@" >"$tmp/shim/number/syscalls.def"
}

exceptions()
{
	printf '%s\n' "$@" >"$tmp/shim/number/syscall_exceptions.def"
}

# kernel MACHINE NAME=NUMBER...: what the compiler says of the header.
kernel()
{
	{
		echo '#!/bin/sh'
		echo "echo '#define $1 1'"
		shift
		for call; do
			echo "echo '#define __NR_${call%=*} ${call#*=}'"
		done
	} >"$tmp/cc"
	chmod +x "$tmp/cc"
}
export CC="$tmp/cc"

# --- the table ---------------------------------------------------------------

table '// a comment' '' 'CALL(read, PARK, read(fd, ptr, size))' \
	'CALL(poll, PARK, poll(ptr, ulong, int), FIBER)' \
	'CALL(openat2=437, HOP, BY_NUMBER(openat2), FIBER)' \
	'CALL(futex, PARK, BY_NUMBER(futex)) // here too'
check list 0 "read$tab-${tab}PARK${tab}read$tab-
poll$tab-${tab}PARK${tab}poll$tab-
openat2${tab}437${tab}HOP$tab-${tab}openat2
futex$tab-${tab}PARK$tab-${tab}futex" "$gen" list
check code-interposer 0 '*
#ifdef __NR_read
static bool call_read(*
	\*r = (long)read((int)a\[0], (void \*)a\[1], (size_t)a\[2]);
	return true;
}
#endif
*
	\[__NR_read] = call_read,
#endif
*' "$gen" code
check code-fiber 0 '*call_poll(*
	if (!rt_fiber())
		return false;
*(long)poll(*' "$gen" code
check code-handler 0 '*by_number by_number_futex;
*	\[__NR_futex] = by_number_futex,
*' "$gen" code
check code-number 0 '*
#ifndef __NR_openat2
#define __NR_openat2 437
#endif
*call_openat2(*
		return false;
	return by_number_openat2(nr, a, r);
*	\[__NR_openat2] = call_openat2,
*' "$gen" code
table 'CALL(preadv2, HOP, preadv2(fd, ptr, int, long, _, int))'
check code-left-out 0 '*preadv2((int)a\[0], (void \*)a\[1], (int)a\[2], (long)a\[3], (int)a\[5]);*' \
	"$gen" code
table 'CALL(eventfd, LOCAL, eventfd(uint, 0))'
check code-digit 0 '*eventfd((unsigned int)a\[0], 0);*' "$gen" code

table 'CALL(read, PARK, read(fd, ptr, size))' 'CALL(read, PARK, read(fd))'
check named-twice 1 '*syscalls.def:2: named twice*' "$gen" code
table 'CALL(read, SLEEP, read(fd, ptr, size))'
check policy 1 '*syscalls.def:1: policy*' "$gen" code
table 'CALL(read, PARK, read(fd, string))'
check kind 1 '*syscalls.def:1: no such kind*' "$gen" code
table 'CALL(read, PARK, read(fd, fd, fd, fd, fd, fd, fd))'
check seven-arguments 1 '*syscalls.def:1: more than six*' "$gen" code
table 'CALL(read, PARK, read)'
check no-function 1 '*syscalls.def:1: neither*' "$gen" code
table '' 'SYM(int, f)'
check malformed 1 '*syscalls.def:2: not CALL*' "$gen" code

# --- the check ---------------------------------------------------------------

echo 'SYM(ssize_t, read, (int fd, void *buf, size_t n), GLIBC_2.2.5, read, PARK)' \
	>"$tmp/shim/symbols.def"
printf 'BY_NUMBER(futex)\n{\n}\n' >"$tmp/shim/number/syscall_futex.c"
right()
{
	kernel __x86_64__ read=0 getpid=39 futex=202 listen=50
	table 'CALL(read, PARK, read(fd, ptr, size))' \
		'CALL(futex, PARK, BY_NUMBER(futex))'
	exceptions '# a comment' '' 'harmless: no wait' 'getpid' \
		'never: at once' 'listen newer=500'
}

right
check complete 0 '' "$accounts"
check doors 0 "read${tab}PARK${tab}read()
getpid${tab}harmless${tab}no wait
futex${tab}PARK${tab}BY_NUMBER(futex)
listen${tab}never${tab}at once" "$accounts" list
kernel __x86_64__ read=0 getpid=39 futex=202 listen=50 cachestat=451
check gap 1 'cachestat: the kernel has it; it is neither*' "$accounts"
kernel __x86_64__ read=0 getpid=39 listen=50
check stale-line 1 'shim/number/syscalls.def: futex: the kernel does not have it' \
	"$accounts"
kernel __x86_64__ read=0 futex=202 listen=50
check stale-exception 1 '*_exceptions.def: getpid: the kernel does not have it' \
	"$accounts"
kernel __aarch64__ read=63 futex=98 listen=201
check other-machine 0 '' "$accounts"
kernel __x86_64__ read=0 getpid=39 futex=202 listen=50 newer=501
check number-differs 1 '*_exceptions.def: newer=500: its number is 501' \
	"$accounts"
kernel __x86_64__ read=0 getpid=39 futex=202 listen=50 other=500
check number-taken 1 '*newer=500: this is the number of other*' "$accounts"
printf '#!/bin/sh\n' >"$tmp/cc"
check no-header 1 'cannot read the numbers*' "$accounts"

right
exceptions 'harmless: no wait' 'getpid futex' 'never: at once' 'listen'
check in-both 1 '*_exceptions.def: futex is in shim/number/syscalls.def' \
	"$accounts"
exceptions 'harmless: no wait' 'getpid' 'never: at once' 'listen getpid'
check excepted-twice 1 '*_exceptions.def: getpid is in *_exceptions.def twice' \
	"$accounts"
exceptions 'perhaps: who knows' 'getpid listen'
check door 1 '*perhaps: no such door' "$accounts"
exceptions 'getpid listen'
check no-group 1 '*before the first group' "$accounts"

right
table 'CALL(read, HOP, read(fd, ptr, size))' \
	'CALL(futex, PARK, BY_NUMBER(futex))'
check policy-differs 1 '*read: the policy is HOP, shim/symbols.def says PARK' \
	"$accounts"
table 'CALL(read, PARK, pread(fd, ptr, size))' \
	'CALL(futex, PARK, BY_NUMBER(futex))'
check not-interposed 1 '*read: shim/symbols.def does not have pread' "$accounts"
right
echo 'BY_NUMBER(unused)' >>"$tmp/shim/number/syscall_futex.c"
check handler-unused 1 '*no call leads to BY_NUMBER(unused)' "$accounts"

exit "$failed"
