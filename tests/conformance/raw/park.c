// ENV: GREENSHIM_RAW=1
/*
 * Two hundred threads wait by the program's own instructions, forty in each of
 * five calls: all at once, without a kernel thread for each.
 */
#include "own.h"

#include <linux/futex.h>
#include <stdatomic.h>

#define EACH 40

static uint32_t words[EACH];
static int pipes[EACH][2], listeners[EACH], pairs[EACH][2];
static struct sockaddr_in addresses[EACH];
static atomic_int waiting, done;
static pthread_t threads[5 * EACH];

static void before(void)
{
	errno = EDOM;
	waiting++;
}

static void after(void)
{
	CHECK_INT(errno, EDOM);
	done++;
}

static void *in_read(void *arg)
{
	char c = 0;

	before();
	CHECK_INT(own(SYS_read, pipes[(intptr_t)arg][0], &c, 1), 1);
	CHECK_INT(c, 'r');
	after();
	return NULL;
}

static void *in_futex(void *arg)
{
	uint32_t *word = &words[(intptr_t)arg];

	before();
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == 0) {
		long r = own(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, NULL);

		CHECK(r == 0 || r == -EAGAIN);
	}
	after();
	return NULL;
}

static void *in_sleep(void *arg)
{
	struct timespec ts = { 0, 300000000 };
	long long start = now_ns();

	(void)arg;
	before();
	CHECK_INT(own(SYS_nanosleep, &ts, NULL), 0);
	CHECK(now_ns() - start >= 300000000);
	after();
	return NULL;
}

static void *in_accept(void *arg)
{
	long fd;

	before();
	fd = own(SYS_accept, listeners[(intptr_t)arg], NULL, NULL);
	CHECK(fd >= 0);
	CHECK_INT(own(SYS_close, fd), 0);
	after();
	return NULL;
}

static void *in_poll(void *arg)
{
	struct pollfd p = { pairs[(intptr_t)arg][0], POLLIN, 0 };

	before();
	CHECK_INT(own(SYS_poll, &p, 1, -1), 1);
	CHECK_INT(p.revents, POLLIN);
	after();
	return NULL;
}

int main(void)
{
	int i, n = 0;

	be_threaded();
	for (i = 0; i < EACH; i++) {
		void *arg = (void *)(intptr_t)i;

		CHECK_INT(pipe(pipes[i]), 0);
		listeners[i] = tcp_listen(&addresses[i], 1);
		stream_pair(pairs[i]);
		threads[n++] = start_small(in_read, arg);
		threads[n++] = start_small(in_futex, arg);
		threads[n++] = start_small(in_sleep, arg);
		threads[n++] = start_small(in_accept, arg);
		threads[n++] = start_small(in_poll, arg);
	}
	WAIT_UNTIL(waiting == 5 * EACH);
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	CHECK(done <= EACH);
	for (i = 0; i < EACH; i++) {
		CHECK_INT(own(SYS_write, pipes[i][1], "r", 1), 1);
		__atomic_store_n(&words[i], 1, __ATOMIC_RELEASE);
		CHECK(own(SYS_futex, &words[i], FUTEX_WAKE_PRIVATE, 1) >= 0);
		close(tcp_connect(&addresses[i]));
		CHECK_INT(own(SYS_sendto, pairs[i][1], "p", 1, 0, NULL, 0), 1);
	}
	for (i = 0; i < n; i++)
		join(threads[i]);
	CHECK_INT(done, 5 * EACH);
	ok("read, futex, nanosleep, accept, poll");
	return 0;
}
