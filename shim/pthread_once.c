/*
 * pthread_once.c - one-time initialisation.
 *
 * The control word is 0: not begun, IN_PROGRESS with the pid in the upper bits,
 * or DONE.  Other threads sleep on the word while it is IN_PROGRESS.  fork()
 * may copy a word in progress into the child, where no thread would finish.
 * The pid then differs, and the next caller begins again.
 *
 * When the function does not return (cancellation, pthread_exit(), a C++
 * exception), the word becomes 0 again.  This needs -fexceptions, which the
 * Makefile sets for this file.
 */
#include "objects.h"

enum { DONE = 2, IN_PROGRESS = 1, PROCESS_SHIFT = 2 };

_Static_assert(sizeof(pthread_once_t) == sizeof(uint32_t),
	       "the control word is the futex");

static void once_publish(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
	green_futex_wake(word, INT_MAX, ANY_WAITER);
}

/* The cleanup of once_run(): *word is NULL if init() returned. */
static void begin_again(uint32_t **word)
{
	if (*word)
		once_publish(*word, 0);
}

static void once_run(uint32_t *word, void (*init)(void))
{
	uint32_t *unfinished __attribute__((cleanup(begin_again))) = word;

	init();
	unfinished = NULL;
	once_publish(word, DONE);
}

static __attribute__((noinline)) int once_slowly(uint32_t *word,
						 void (*init)(void))
{
	uint32_t mine = (uint32_t)raw_syscall(SYS_getpid) << PROCESS_SHIFT |
			IN_PROGRESS;
	uint32_t now = __atomic_load_n(word, __ATOMIC_ACQUIRE);

	while (!(now & DONE)) {
		if (now == mine) {
			green_futex_wait(word, mine, GREEN_FOREVER, ANY_WAITER);
			now = __atomic_load_n(word, __ATOMIC_ACQUIRE);
		} else if (__atomic_compare_exchange_n(word, &now, mine, false,
						       __ATOMIC_ACQUIRE,
						       __ATOMIC_ACQUIRE)) {
			once_run(word, init);
			break;
		}
	}
	return 0;
}

int once(pthread_once_t *control, void (*init)(void))
{
	uint32_t *word = (uint32_t *)control;

	if (LIKELY(__atomic_load_n(word, __ATOMIC_ACQUIRE) & DONE))
		return 0;
	return once_slowly(word, init);
}

INTERPOSE(int, pthread_once, (pthread_once_t * control, void (*init)(void)))
{
	return once(control, init);
}
INTERPOSE_ALIAS(__pthread_once, pthread_once)
