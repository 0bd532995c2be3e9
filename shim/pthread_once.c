/*
 * One-time initialisation.
 *
 * The control word is 0 not begun, IN_PROGRESS with the number of the process
 * above it, or DONE.  Others sleep on it while it is in progress.  A fork may
 * leave the word in progress with nobody in the child to finish it; the
 * number tells that, and the next comer begins again.
 *
 * When the function does not return (cancellation, pthread_exit, a C++
 * exception) the word goes back to 0.  This needs -fexceptions, which the
 * Makefile gives this file.
 */
#include "objects.h"

enum { DONE = 2, IN_PROGRESS = 1, PROCESS_SHIFT = 2 };

_Static_assert(sizeof(pthread_once_t) == sizeof(uint32_t),
	       "the control word is the futex");

static void publish(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
	green_futex_wake(word, INT_MAX, ANY_WAITER);
}

/* Runs when init() was left by unwinding; after its return it has no word. */
static void begin_again(uint32_t **word)
{
	if (*word)
		publish(*word, 0);
}

static void run(uint32_t *word, void (*init)(void))
{
	uint32_t *unfinished __attribute__((cleanup(begin_again))) = word;

	init();
	unfinished = NULL;
	publish(word, DONE);
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
			run(word, init);
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
