/*
 * A bad pointer gives EFAULT whatever the program has for SIGSEGV: a handler,
 * which only its own faults call, or SIG_IGN, which a new program inherits.
 */
#include "lib.h"
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/select.h>

static volatile sig_atomic_t handled;
static sigjmp_buf back;
static char *bad;

static void on_fault(int sig)
{
	(void)sig;
	handled++;
	siglongjmp(back, 1);
}

static void bad_pointers(void)
{
	sigset_t set;

	sigemptyset(&set);
	CHECK_ERRNO(nanosleep((void *)bad, NULL), EFAULT);
	CHECK_ERRNO(select(1, (void *)bad, NULL, NULL, NULL), EFAULT);
	CHECK_ERRNO(sigsuspend((void *)bad), EFAULT);
	CHECK_ERRNO(sigprocmask(SIG_BLOCK, &set, (void *)bad), EFAULT);
}

static void handler(void)
{
	struct sigaction act = { .sa_handler = on_fault };
	sigset_t set;

	handled = 0;
	CHECK_INT(sigaction(SIGSEGV, &act, NULL), 0);
	bad_pointers();
	CHECK_INT(handled, 0);
	if (sigsetjmp(back, 1) == 0)
		*(volatile char *)bad = 1;
	CHECK_INT(handled, 1);
	bad_pointers();
	sigemptyset(&set);
	sigaddset(&set, SIGSEGV);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	bad_pointers();
	CHECK_INT(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
	CHECK_INT(handled, 1);
	ok("a handler");
}

static void ignored(void)
{
	const char *const script =
		"sed -n 's/^SigIgn:.*\\(.\\)..$/\\1/p' /proc/self/status";
	int pid;

	CHECK(signal(SIGSEGV, SIG_IGN) != SIG_ERR);
	bad_pointers();
	CHECK_INT(raise(SIGSEGV), 0);
	CHECK_INT(kill(getpid(), SIGSEGV), 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		unsetenv("LD_PRELOAD");
		execl("/bin/sh", "sh", "-c", script, NULL);
	}
	CHECK_INT(wait_for(pid), 0);
	CHECK_INT(system(script), 0);
	CHECK(signal(SIGSEGV, SIG_DFL) == SIG_IGN);
	bad_pointers();
	ok("ignored, and by default");
}

static void checks(void)
{
	handler();
	ignored();
}

int main(void)
{
	bad = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(bad != MAP_FAILED);
	run_both(checks);
	return 0;
}
