/*
 * A fault's handler runs in the faulting thread, with the address; with
 * SA_ONSTACK on the thread's own signal stack. The handler may wait, and may
 * change the context that the thread continues with.
 */
#include "lib.h"
#include <sys/mman.h>

#define THREADS 20
#define SIZE	65536

static __thread char *page, *low;
static __thread volatile int faults;
static int on_stack;

static void handler(int signo, siginfo_t *info, void *context)
{
	char here;

	(void)context;
	CHECK_INT(signo, SIGSEGV);
	CHECK(info->si_addr == page + 8);
	CHECK_INT(on_stack, &here > low && &here < low + SIZE);
	faults++;
	usleep(200); /* other threads fault meanwhile */
	CHECK_INT(mprotect(page, 4096, PROT_READ | PROT_WRITE), 0);
}

static void *thread(void *argument)
{
	stack_t stack = { .ss_size = SIZE };

	low = stack.ss_sp = malloc(SIZE);
	CHECK_INT(sigaltstack(&stack, NULL), 0);
	page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(page != MAP_FAILED);
	for (int i = 1; i <= 10; i++) {
		volatile double kept = i * 1.5;

		((volatile char *)page)[8] = (char)i;
		CHECK_INT(faults, i);
		CHECK_INT(page[8], i);
		CHECK(kept == i * 1.5);
		CHECK_INT(mprotect(page, 4096, PROT_NONE), 0);
	}
	faults = 0;
	munmap(page, 4096);
	stack.ss_flags = SS_DISABLE;
	CHECK_INT(sigaltstack(&stack, NULL), 0);
	free(low);
	return argument;
}

static void all(const char *what)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		threads[i] = start(thread, NULL);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	thread(NULL);
	ok("%s", what);
}

static volatile sig_atomic_t others;

static void other_handler(int signo, siginfo_t *info, void *context)
{
	(void)context;
	CHECK(info->si_code > 0 || signo == SIGTRAP);
	others++;
	pthread_exit((void *)(intptr_t)signo);
}

static void *divides(void *argument)
{
	volatile int zero = 0;

	return (void *)(intptr_t)(7 / zero + (argument != NULL));
}

static void *traps(void *argument)
{
	__builtin_trap();
	return argument;
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = handler,
				    .sa_flags = SA_SIGINFO };

	CHECK_INT(sigaction(SIGSEGV, &action, NULL), 0);
	all("on the thread's stack");
	action.sa_flags |= SA_ONSTACK;
	on_stack = 1;
	CHECK_INT(sigaction(SIGSEGV, &action, NULL), 0);
	all("on its signal stack");
	action.sa_sigaction = other_handler;
	CHECK_INT(sigaction(SIGFPE, &action, NULL), 0);
	CHECK_INT(sigaction(SIGILL, &action, NULL), 0);
	CHECK_INT((intptr_t)join(start(divides, NULL)), SIGFPE);
	CHECK_INT((intptr_t)join(start(traps, NULL)), SIGILL);
	CHECK_INT(others, 2);
	ok("leaving the thread from a handler");
	return 0;
}
