/*
 * sigaltstack(2): each thread has its own alternate stack. A SA_ONSTACK
 * handler for a signal that a thread raises runs on it, also after the thread
 * waited; a new thread has none.
 */
#include "lib.h"

#define THREADS 50
#define SIZE	65536

static __thread char *low;
static __thread volatile sig_atomic_t handled;
static pthread_barrier_t barrier;

static void handler(int signo)
{
	volatile char here;

	CHECK_INT(signo, SIGUSR1);
	CHECK((char *)&here > low && (char *)&here < low + SIZE);
	handled++;
}

static void *thread(void *argument)
{
	stack_t stack, old;

	(void)argument;
	memset(&old, 0, sizeof(old));
	CHECK_INT(sigaltstack(NULL, &old), 0);
	CHECK_INT(old.ss_flags, SS_DISABLE);
	low = malloc(SIZE);
	stack = (stack_t){ .ss_sp = low, .ss_size = SIZE };
	CHECK_INT(sigaltstack(&stack, NULL), 0);
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < 5; i++) {
		sleep_ms(1);
		CHECK_INT(raise(SIGUSR1), 0);
		CHECK_INT(handled, i + 1);
		CHECK_INT(sigaltstack(NULL, &old), 0);
		CHECK(old.ss_sp == low);
		CHECK_INT(old.ss_size, SIZE);
		CHECK_INT(old.ss_flags, 0);
		sched_yield();
	}
	stack.ss_flags = SS_DISABLE;
	CHECK_INT(sigaltstack(&stack, NULL), 0);
	stack.ss_flags = 0;
	stack.ss_size = 10;
	CHECK_ERRNO(sigaltstack(&stack, NULL), ENOMEM);
	free(low);
	return NULL;
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler,
				    .sa_flags = SA_ONSTACK };
	pthread_t threads[THREADS];

	CHECK_INT(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	CHECK_INT(sigaction(SIGUSR1, &action, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(thread, NULL);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	ok("each its own");
	CHECK_INT(pthread_barrier_init(&barrier, NULL, 1), 0);
	thread(NULL);
	ok("main's");
	return 0;
}
