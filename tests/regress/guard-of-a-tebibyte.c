// TIMEOUT: 20
/*
 * pthread_attr_setguardsize(3): a very large guard costs no more than a small
 * one, and is a guard all the same, also of a thread that comes after one with
 * another guard.
 */
#include "lib.h"
#include <setjmp.h>

#define STACK (256 * 1024)

static sigjmp_buf out;

static void caught(int sig)
{
	siglongjmp(out, sig);
}

static void *touches_guard(void *unused)
{
	volatile char *below;
	pthread_attr_t attr;
	size_t size, guard;
	void *low;

	(void)unused;
	CHECK_INT(pthread_getattr_np(pthread_self(), &attr), 0);
	CHECK_INT(pthread_attr_getstack(&attr, &low, &size), 0);
	CHECK_INT(pthread_attr_getguardsize(&attr, &guard), 0);
	pthread_attr_destroy(&attr);
	/* A stack may be larger than was asked for, but not that much. */
	below = (char *)low - (guard >> 1);
	if (guard >> 40 && sigsetjmp(out, 1) == 0) {
		*below = 1;
		FAIL("wrote to a guard of %zu bytes", guard);
	}
	return NULL;
}

int main(void)
{
	static const size_t guards[] = { 1ul << 40, 4096, 1ul << 40, 4ul << 20,
					 4096 };
	struct sigaction action = { .sa_handler = caught,
				    .sa_flags = SA_NODEFER };
	pthread_attr_t attr;
	pthread_t thread;
	unsigned i, k;

	CHECK_INT(sigaction(SIGSEGV, &action, NULL), 0);
	CHECK_INT(pthread_attr_init(&attr), 0);
	CHECK_INT(pthread_attr_setstacksize(&attr, STACK), 0);
	for (k = 0; k < 3; k++)
		for (i = 0; i < sizeof(guards) / sizeof(*guards); i++) {
			CHECK_INT(pthread_attr_setguardsize(&attr, guards[i]),
				  0);
			CHECK_INT(pthread_create(&thread, &attr, touches_guard,
						 NULL),
				  0);
			join(thread);
		}
	ok("guards");
	return 0;
}
