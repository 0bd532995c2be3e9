#!/bin/sh
# Tests of --raw with the library that was built: where it cannot be had, and
# what the counters say of it. The calls themselves are in
# tests/conformance/raw.

option=raw
# shellcheck source=tests/scripts/lib.sh
. "$(dirname "$0")/lib.sh"

cat >"$tmp/without.c" <<'END'
/* Run a command as if the kernel had no Syscall User Dispatch. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DISPATCH 59

int main(int argc, char **argv)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DISPATCH, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };

	if (argc < 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		return 99;
	execvp(argv[1], argv + 1);
	return 98;
}
END
cat >"$tmp/program.c" <<'END'
/* Three system calls past libc, with a thread or without; and one for what
 * --raw needs itself. */
#include <pthread.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define DISPATCH 59

static void *calls(void *arg)
{
	long r;
	int i;

	if (prctl(DISPATCH, 0, 0, 0, 0) != 0)
		puts("refused");
	for (i = 0; i < 3; i++)
		__asm__ volatile("syscall"
				 : "=a"(r)
				 : "a"(SYS_getppid)
				 : "rcx", "r11", "memory");
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	(void)argv;
	if (argc < 2)
		calls(NULL);
	else if (pthread_create(&thread, NULL, calls, NULL) != 0 ||
		 pthread_join(thread, NULL) != 0)
		return 1;
	puts("done");
	return 0;
}
END
if ! cc -o "$tmp/without" "$tmp/without.c" ||
	! cc -pthread -o "$tmp/program" "$tmp/program.c"; then
	echo 'FAIL scripts/raw: cannot compile the programs'
	exit 1
fi

check single 0 'refused
done' "$greenrun" --raw "$tmp/program"
check counted 0 '*raw-calls *3
*refused
done' "$greenrun" --raw --stats "$tmp/program" thread
check variable 0 '*raw-calls *3
*refused
done' env GREENSHIM_RAW=1 "$greenrun" --stats "$tmp/program" thread
# shellcheck disable=SC2016 # the inner shell expands
check off 1 '' sh -c '"$@" 2>&1 | grep raw-calls' _ \
	"$greenrun" --stats "$tmp/program" thread
check no-kernel 125 'greenshim: GREENSHIM_RAW: *Linux 5.11*' \
	"$tmp/without" "$greenrun" --raw "$tmp/program" thread
check unasked 0 'done' "$greenrun" "$tmp/program" thread
check no-kernel-unasked 0 'refused
done' \
	"$tmp/without" "$greenrun" "$tmp/program" thread
check bad-value 125 "greenshim: GREENSHIM_RAW: invalid value '2' (expected 0 or 1)" \
	env GREENSHIM_RAW=2 LD_PRELOAD="$GREENSHIM_LIBRARY" "$tmp/program"

exit $failed
