/*
 * pthread_kill(3), raise(3), pthread_sigmask(3): a signal directed to a thread
 * is handled in that thread (with its pthread_self and thread-local values),
 * ends its wait, and stays pending while that thread blocks it.
 */
#include "lib.h"

#define THREADS 30

/* Volatile: the compiler assumes that raise() calls no function of ours. */
static __thread volatile sig_atomic_t handled;
static __thread pthread_t mine;
static int ready, fds[2];

static void handler(int signo)
{
	int saved = errno;

	CHECK_INT(signo, SIGUSR1);
	CHECK(pthread_equal(mine, pthread_self()));
	handled++;
	errno = saved;
}

static void *waits(void *argument)
{
	char byte;

	(void)argument;
	mine = pthread_self();
	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	CHECK_ERRNO(read(fds[0], &byte, 1), EINTR);
	CHECK_INT(handled, 1);
	CHECK_INT(raise(SIGUSR1), 0);
	CHECK_INT(handled, 2);
	return NULL;
}

static void *blocks(void *argument)
{
	sigset_t set, pending;

	(void)argument;
	mine = pthread_self();
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	sleep_ms(100);
	CHECK_INT(handled, 0);
	CHECK_INT(sigpending(&pending), 0);
	CHECK(sigismember(&pending, SIGUSR1));
	CHECK_INT(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
	CHECK_INT(handled, 1);
	return NULL;
}

static void *masks(void *argument)
{
	sigset_t set, got;
	int signo = (int)(intptr_t)argument % 2 ? SIGHUP : SIGWINCH;

	/* Inherited from the creator; then its own. */
	CHECK_INT(pthread_sigmask(SIG_BLOCK, NULL, &got), 0);
	CHECK(sigismember(&got, SIGUSR2) && !sigismember(&got, SIGHUP));
	sigemptyset(&set);
	sigaddset(&set, signo);
	CHECK_INT(pthread_sigmask(SIG_SETMASK, &set, NULL), 0);
	for (int i = 0; i < 10; i++) {
		usleep(100);
		CHECK_INT(pthread_sigmask(SIG_BLOCK, NULL, &got), 0);
		CHECK_INT(sigismember(&got, SIGHUP), signo == SIGHUP);
		CHECK_INT(sigismember(&got, SIGWINCH), signo == SIGWINCH);
		CHECK_INT(sigismember(&got, SIGUSR2), 0);
	}
	return NULL;
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler };
	pthread_t threads[THREADS];
	sigset_t set;

	CHECK_INT(pipe(fds), 0);
	CHECK_INT(sigaction(SIGUSR1, &action, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(waits, NULL);
	WAIT_UNTIL(__atomic_load_n(&ready, __ATOMIC_SEQ_CST) == THREADS);
	settle();
	settle();
	for (int i = 0; i < THREADS; i++)
		CHECK_INT(pthread_kill(threads[i], SIGUSR1), 0);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	CHECK_INT(handled, 0);
	ok("each its own");

	ready = 0;
	threads[0] = start(blocks, NULL);
	WAIT_UNTIL(__atomic_load_n(&ready, __ATOMIC_SEQ_CST) == 1);
	CHECK_INT(pthread_kill(threads[0], 0), 0);
	CHECK_INT(pthread_kill(threads[0], SIGUSR1), 0);
	CHECK_INT(pthread_kill(threads[0], 9999), EINVAL);
	join(threads[0]);
	ok("blocked, then pending");

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(masks, (void *)(intptr_t)i);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	ok("masks");
	return 0;
}
