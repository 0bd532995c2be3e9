/* Checks, their messages, and the clock. */
#ifndef CONFORMANCE_LIB_CHECK_H
#define CONFORMANCE_LIB_CHECK_H

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))

/* Not exit(), which takes locks that other threads may hold. */
UNUSED __attribute__((noreturn, format(printf, 3, 4))) static void fail_at(
	const char *file, int line, const char *format, ...)
{
	char text[512];
	va_list args;
	int len;
	const char *slash = strrchr(file, '/');

	fflush(stdout);
	len = snprintf(text, sizeof(text),
		       "not ok: %s:%d: ", slash ? slash + 1 : file, line);
	va_start(args, format);
	len += vsnprintf(text + len, sizeof(text) - len - 1, format, args);
	va_end(args);
	if (len > (int)sizeof(text) - 2)
		len = sizeof(text) - 2;
	text[len++] = '\n';
	if (syscall(SYS_write, STDOUT_FILENO, text, len) != len)
		_exit(98);
	_exit(99);
}

#define FAIL(...) fail_at(__FILE__, __LINE__, __VA_ARGS__)

/* The condition holds. */
#define CHECK(condition)                                                       \
	do {                                                                   \
		if (!(condition))                                              \
			FAIL("%s (errno %d)", #condition, errno);              \
	} while (0)

/* The expression has this value. */
#define CHECK_INT(expression, want)                                            \
	do {                                                                   \
		long long got_ = (long long)(expression);                      \
		long long want_ = (long long)(want);                           \
		if (got_ != want_)                                             \
			FAIL("%s is %lld, want %lld (errno %d)", #expression,  \
			     got_, want_, errno);                              \
	} while (0)

/* The call returns -1 and sets errno to this. */
#define CHECK_ERRNO(expression, want)                                          \
	do {                                                                   \
		errno = 0;                                                     \
		long long got_ = (long long)(expression);                      \
		int error_ = errno;                                            \
		if (got_ != -1 || error_ != (want))                            \
			FAIL("%s is %lld, errno %d; want -1, errno %d",        \
			     #expression, got_, error_, (want));               \
	} while (0)

/*
 * Hides a value from the compiler, which would warn of an argument that is
 * wrong on purpose, or rely on its being right.
 */
#define UNSEEN(value)                                                          \
	({                                                                     \
		__typeof__(value) value_ = (value);                            \
		__asm__("" : "+r"(value_));                                    \
		value_;                                                        \
	})

UNUSED __attribute__((format(printf, 1, 2))) static void ok(const char *format,
							    ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	printf("ok %s\n", text);
	fflush(stdout);
}

UNUSED static int greened(void)
{
	return getenv("GREENSHIM_HUBS") != NULL;
}

UNUSED static long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

UNUSED static long long now_ms(void)
{
	return now_ns() / 1000000;
}

UNUSED static void sleep_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&ts, &ts) == -1 && errno == EINTR)
		;
}

/* The absolute time so many milliseconds from now, on the given clock. */
UNUSED static struct timespec in_ms(clockid_t clock, int ms)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	ts.tv_sec += ms / 1000;
	ts.tv_nsec += ms % 1000 * 1000000L;
	if (ts.tv_nsec >= 1000000000L) {
		ts.tv_sec++;
		ts.tv_nsec -= 1000000000L;
	}
	return ts;
}

/*
 * Gives threads that are about to wait the time to do so. A program must not
 * fail when that was too short: at worst, it tests less.
 */
UNUSED static void settle(void)
{
	sleep_ms(30);
}

/* Waits until the condition holds, and fails after 30 seconds. */
#define WAIT_UNTIL(condition)                                                  \
	do {                                                                   \
		long long give_up_ = now_ms() + 30000;                         \
		while (!(condition)) {                                         \
			if (now_ms() > give_up_)                               \
				FAIL("never: %s", #condition);                 \
			sleep_ms(1);                                           \
		}                                                              \
	} while (0)

#endif
