/*
 * libslow.c: a library that blocks where nobody looks. Its wait is a system
 * call of its own making, as in a driver's client library or a language's
 * runtime, so there is no symbol of libc that says so.
 */
#include <errno.h>
#include <sys/syscall.h>
#include <time.h>

#include "libslow.h"

static __thread int calls;

static void slow_wait(void)
{
	struct timespec wait = { .tv_nsec = 50 * 1000 * 1000 };
	long r = -EINTR;

	while (r == -EINTR)
		__asm__ volatile("syscall"
				 : "=a"(r)
				 : "0"(SYS_nanosleep), "D"(&wait), "S"(&wait)
				 : "rcx", "r11", "memory");
}

int slow_ask(const char *question, int number)
{
	slow_wait();
	calls++;
	if (number % 2) {
		errno = 1 + number % 100;
		return -1;
	}
	return question[0] + 1000 * number;
}

double slow_mix(float a, short b, double c, signed char d, long long e, float f,
		unsigned g, long h)
{
	slow_wait();
	calls++;
	return a + b + c + d + (double)e + f + g + (double)h;
}

int slow_calls(void)
{
	return calls;
}
