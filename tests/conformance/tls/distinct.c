/*
 * Thread-local state belongs to one thread, across every wait: __thread with
 * and without initialisers, aligned, large; errno; the locale; the static
 * buffers of strerror and other functions; ctype tables. 1,000 threads at
 * once.
 */
#include "lib.h"
#include <ctype.h>
#include <locale.h>

#define THREADS 1000

struct line {
	_Alignas(64) char text[64];
};

static __thread int initialised = 12345;
static __thread int zero;
static __thread struct line aligned = { "aligned" };
static __thread char large[8192];
static __thread int *self_pointer;
static pthread_barrier_t barrier;
static locale_t c_utf8;

static void *thread(void *argument)
{
	int n = (int)(intptr_t)argument;
	int *errno_at = &errno;
	char want[64];
	const char *text;

	CHECK_INT(initialised, 12345);
	CHECK_INT(zero, 0);
	CHECK(((uintptr_t)&aligned & 63) == 0);
	CHECK(strcmp(aligned.text, "aligned") == 0);
	CHECK(large[0] == 0 && large[8191] == 0);
	CHECK(uselocale(NULL) == LC_GLOBAL_LOCALE);
	CHECK(isalpha('a') && !isalpha('1') && toupper('q') == 'Q');

	initialised = n;
	zero = -n;
	self_pointer = &zero;
	snprintf(aligned.text, sizeof(aligned.text), "line %d", n);
	memset(large, n, sizeof(large));
	if (n % 2)
		CHECK(uselocale(c_utf8) == LC_GLOBAL_LOCALE);
	errno = n;
	text = strerror(100000 + n);
	pthread_barrier_wait(&barrier);
	sleep_ms(n % 7);
	sched_yield();
	pthread_barrier_wait(&barrier);

	snprintf(want, sizeof(want), "Unknown error %d", 100000 + n);
	if (strcmp(text, want))
		FAIL("strerror's \"%s\" was overwritten: \"%s\"", want, text);
	CHECK(errno_at == &errno);
	CHECK_INT(initialised, n);
	CHECK_INT(zero, -n);
	CHECK(self_pointer == &zero);
	snprintf(want, sizeof(want), "line %d", n);
	CHECK(strcmp(aligned.text, want) == 0);
	CHECK(large[0] == (char)n && large[8191] == (char)n);
	CHECK(uselocale(NULL) == (n % 2 ? c_utf8 : LC_GLOBAL_LOCALE));
	CHECK_INT(MB_CUR_MAX, n % 2 ? 6 : 1);
	CHECK(isalpha('z') && isspace(' ') && tolower('Q') == 'q');
	return NULL;
}

/* errno survives waits that succeed and is set only by those that fail. */
static void *errno_thread(void *argument)
{
	int fds[2], n = (int)(intptr_t)argument;
	char byte;

	CHECK_INT(pipe(fds), 0);
	for (int i = 0; i < 20; i++) {
		errno = n;
		CHECK(write(fds[1], "x", 1) == 1);
		CHECK(read(fds[0], &byte, 1) == 1);
		usleep(1);
		sched_yield();
		CHECK_INT(errno, n);
	}
	close(fds[0]);
	close(fds[1]);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	c_utf8 = newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0);
	CHECK(c_utf8 != (locale_t)0);
	CHECK_INT(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start_small(thread, (void *)(intptr_t)i);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	CHECK_INT(initialised, 12345);
	ok("%d threads", THREADS);
	for (int i = 0; i < 200; i++)
		threads[i] = start_small(errno_thread, (void *)(intptr_t)i);
	for (int i = 0; i < 200; i++)
		join(threads[i]);
	ok("errno");
	return 0;
}
