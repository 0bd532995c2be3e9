// ENV: GREENSHIM_RAW=1
/*
 * SIGSYS still belongs to the program: sent to it, and raised by a seccomp
 * filter of its own, whose handler sets the call's result.
 */
#include "lib_seccomp.h"
#include "own.h"

#include <ucontext.h>

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1
#endif
#define ANSWER 4711

static volatile int trapped, sent;

static void on_sys(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	CHECK_INT(sig, SIGSYS);
	if (info->si_code == SYS_SECCOMP) {
		trapped++;
		CHECK_INT(info->si_syscall, SYS_getpgid);
		uc->uc_mcontext.gregs[REG_RAX] = ANSWER;
	} else {
		sent++;
	}
}

static void check(void)
{
	struct sigaction act = { .sa_sigaction = on_sys,
				 .sa_flags = SA_SIGINFO };
	sigset_t set, old;

	trapped = sent = 0;
	CHECK_INT(sigaction(SIGSYS, &act, NULL), 0);
	CHECK_INT(own(SYS_getpgid, 0), ANSWER);
	CHECK_INT(syscall(SYS_getpgid, 0), ANSWER);
	CHECK_INT(trapped, 2);
	ok("seccomp's trap");

	CHECK_INT(raise(SIGSYS), 0);
	CHECK_INT(sent, 1);
	sigemptyset(&set);
	sigaddset(&set, SIGSYS);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, &old), 0);
	CHECK_INT(raise(SIGSYS), 0);
	CHECK_INT(own(SYS_getppid), getppid());
	CHECK_INT(sent, 1);
	CHECK_INT(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
	CHECK_INT(sent, 2);
	ok("sent, and blocked");

	act.sa_handler = SIG_IGN;
	CHECK_INT(sigaction(SIGSYS, &act, NULL), 0);
	CHECK_INT(raise(SIGSYS), 0);
	CHECK_INT(own(SYS_getppid), getppid());
	CHECK_INT(sent, 2);
	ok("ignored");
}

static int ends_by_signal(int how)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct sigaction act = { .sa_handler = SIG_DFL };

		sigaction(SIGSYS, &act, NULL);
		if (how)
			own(SYS_getpgid, 0);
		else
			raise(SIGSYS);
		_exit(0);
	}
	return wait_for(pid);
}

int main(void)
{
	be_threaded();
	CHECK_INT(filter_call(SYS_getpgid, SECCOMP_RET_TRAP,
			      SECCOMP_FILTER_FLAG_TSYNC),
		  0);
	run_both(check);
	CHECK_INT(ends_by_signal(0) & 0x7f, SIGSYS);
	CHECK_INT(ends_by_signal(1) & 0x7f, SIGSYS);
	ok("its default action");
	return 0;
}
