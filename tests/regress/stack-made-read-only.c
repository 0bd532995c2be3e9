/*
 * A signal stack that has become read-only, or less: the kernel cannot write
 * the handler's frame, and raises SIGSEGV, whose handler runs if it needs no
 * such stack. Greened, the process died.
 */
#include "lib.h"
#include <setjmp.h>
#include <sys/mman.h>

#define STACK (1 << 16)

static volatile sig_atomic_t handled, faults;
static sigjmp_buf back;

static void on_signal(int sig)
{
	(void)sig;
	handled++;
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)context;
	printf("si_code %d\n", info->si_code);
	fflush(stdout);
	faults++;
	siglongjmp(back, 1);
}

static void checks(void)
{
	struct sigaction act = { .sa_handler = on_signal,
				 .sa_flags = SA_ONSTACK };
	struct sigaction fault = { .sa_sigaction = on_fault,
				   .sa_flags = SA_SIGINFO };
	void *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_t st = { .ss_sp = stack, .ss_size = STACK };
	pid_t child;
	int status;

	CHECK(stack != MAP_FAILED);
	handled = faults = 0;
	CHECK_INT(sigaltstack(&st, NULL), 0);
	CHECK_INT(sigaction(SIGUSR1, &act, NULL), 0);
	CHECK_INT(sigaction(SIGSEGV, &fault, NULL), 0);
	CHECK_INT(raise(SIGUSR1), 0);
	CHECK_INT(handled, 1);
	CHECK_INT(mprotect(stack, STACK, PROT_READ), 0);
	if (sigsetjmp(back, 1) == 0)
		raise(SIGUSR1);
	CHECK_INT(handled, 1);
	CHECK_INT(faults, 1);
	ok("read-only");

	CHECK_INT(mprotect(stack, STACK, PROT_READ | PROT_WRITE), 0);
	CHECK_INT(raise(SIGUSR1), 0);
	CHECK_INT(handled, 2);
	ok("writable again");

	/* Not unmapped: something else might be mapped there. */
	CHECK_INT(mprotect(stack, STACK, PROT_NONE), 0);
	if (sigsetjmp(back, 1) == 0)
		raise(SIGUSR1);
	CHECK_INT(handled, 2);
	CHECK_INT(faults, 2);
	ok("not even readable");

	child = fork();
	if (child == 0) {
		be_threaded();
		signal(SIGSEGV, SIG_DFL);
		raise(SIGUSR1);
		_exit(0);
	}
	status = wait_for(child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	st.ss_flags = SS_DISABLE;
	CHECK_INT(sigaltstack(&st, NULL), 0);
	ok("no handler");
}

int main(void)
{
	run_both(checks);
	return 0;
}
