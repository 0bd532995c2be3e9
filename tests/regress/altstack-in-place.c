/*
 * sigaltstack(2) with one structure for both arguments: the new stack is read
 * before the old one is written, and was not installed.
 */
#include "lib.h"

static char memory[1 << 16];
static volatile sig_atomic_t on_it;

static void handler(int sig)
{
	char here;
	char *at = &here;

	(void)sig;
	__asm__("" : "+r"(at));
	on_it = at >= memory && at < memory + sizeof(memory);
}

static void install(int by_number)
{
	stack_t st = { .ss_sp = memory, .ss_size = sizeof(memory) };
	struct sigaction act = { .sa_handler = handler,
				 .sa_flags = SA_ONSTACK };

	if (by_number)
		CHECK_INT(syscall(SYS_sigaltstack, &st, &st), 0);
	else
		CHECK_INT(sigaltstack(&st, &st), 0);
	CHECK_INT(st.ss_flags, SS_DISABLE);
	on_it = 0;
	CHECK_INT(sigaction(SIGUSR1, &act, NULL), 0);
	CHECK_INT(raise(SIGUSR1), 0);
	CHECK_INT(on_it, 1);
	st.ss_flags = SS_DISABLE;
	CHECK_INT(sigaltstack(&st, &st), 0);
	CHECK(st.ss_sp == memory && st.ss_size == sizeof(memory));
}

static void checks(void)
{
	install(0);
	install(1);
	ok("one structure for both");
}

int main(void)
{
	run_both(checks);
	return 0;
}
