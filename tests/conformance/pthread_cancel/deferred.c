/*
 * pthread_cancel(3p), pthread_setcancelstate(3): a thread that waits in a
 * cancellation point ends there, its cleanup handlers and key destructors run,
 * and its joiner sees PTHREAD_CANCELED. The handler of a condition wait holds
 * the mutex again; with cancellation disabled, the thread continues.
 */
#include "lib.h"
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>

#define KINDS 14

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_key_t key;
static sem_t sem;
static int fds[2], full[2], empty[2], listener, epoll;
static int cleaned, destroyed, began;
static pthread_t never;

static void clean(void *argument)
{
	__atomic_add_fetch(&cleaned, 1, __ATOMIC_SEQ_CST);
	if (argument)
		CHECK_INT(pthread_mutex_unlock(argument), 0);
}

static void destroy(void *argument)
{
	(void)argument;
	__atomic_add_fetch(&destroyed, 1, __ATOMIC_SEQ_CST);
}

static void wait_in(int kind)
{
	struct pollfd pollfd = { fds[0], POLLIN, 0 };
	struct epoll_event event;
	static char data[1 << 20];
	fd_set set;

	switch (kind) {
	case 0:
		CHECK(read(fds[0], data, 1) == 99);
		break;
	case 1:
		CHECK(recv(empty[0], data, 1, 0) == 99);
		break;
	case 2:
		CHECK(write(full[1], data, sizeof(data)) == 99);
		break;
	case 3:
		sleep(1000);
		break;
	case 4:
		poll(&pollfd, 1, -1);
		break;
	case 5:
		FD_ZERO(&set);
		FD_SET(fds[0], &set);
		select(fds[0] + 1, &set, NULL, NULL, NULL);
		break;
	case 6:
		accept(listener, NULL, NULL);
		break;
	case 7:
		sem_wait(&sem);
		break;
	case 8:
		epoll_wait(epoll, &event, 1, -1);
		break;
	case 9:
		usleep(999999999);
		break;
	case 10:
		pthread_join(never, NULL);
		break;
	case 11:
		for (;;)
			pthread_testcancel();
		break;
	case 12: {
		struct timespec ts = in_ms(CLOCK_MONOTONIC, 1000000);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
		break;
	}
	case 13: {
		struct iovec iov = { data, 1 };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
		CHECK(recvmsg(empty[0], &msg, 0) == 99);
		break;
	}
	}
}

static void *waiter(void *argument)
{
	CHECK_INT(pthread_setspecific(key, "x"), 0);
	pthread_cleanup_push(clean, NULL);
	__atomic_add_fetch(&began, 1, __ATOMIC_SEQ_CST);
	wait_in((int)(intptr_t)argument);
	FAIL("kind %d was not cancelled", (int)(intptr_t)argument);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *cond_waiter(void *argument)
{
	(void)argument;
	CHECK_INT(pthread_mutex_lock(&mutex), 0);
	pthread_cleanup_push(clean, &mutex);
	__atomic_add_fetch(&began, 1, __ATOMIC_SEQ_CST);
	for (;;)
		CHECK_INT(pthread_cond_wait(&cond, &mutex), 0);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *disabled(void *argument)
{
	int old;
	char byte;

	(void)argument;
	CHECK_INT(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old), 0);
	CHECK_INT(old, PTHREAD_CANCEL_ENABLE);
	__atomic_add_fetch(&began, 1, __ATOMIC_SEQ_CST);
	CHECK_INT(read(fds[0], &byte, 1), 1);
	sleep_ms(5);
	pthread_cleanup_push(clean, NULL);
	CHECK_INT(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old), 0);
	/* The cancellation was pending all the time. */
	sleep_ms(1000000);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *forever(void *argument)
{
	char byte;

	(void)argument;
	return (void *)(intptr_t)read(fds[0], &byte, 1);
}

int main(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct sockaddr_in addr;
	pthread_t threads[KINDS], conds[10], thread;
	static char filler[4096];

	CHECK_INT(pipe(fds), 0);
	stream_pair(full);
	stream_pair(empty);
	while (send(full[1], filler, sizeof(filler), MSG_DONTWAIT) > 0)
		;
	CHECK_INT(sem_init(&sem, 0, 0), 0);
	CHECK_INT(pthread_key_create(&key, destroy), 0);
	listener = tcp_listen(&addr, 1);
	epoll = epoll_create1(0);
	CHECK_INT(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &event), 0);
	never = start(forever, NULL);
	for (int i = 0; i < KINDS; i++)
		threads[i] = start(waiter, (void *)(intptr_t)i);
	WAIT_UNTIL(__atomic_load_n(&began, __ATOMIC_SEQ_CST) == KINDS);
	settle();
	for (int i = 0; i < KINDS; i++)
		CHECK_INT(pthread_cancel(threads[i]), 0);
	for (int i = 0; i < KINDS; i++)
		CHECK(join(threads[i]) == PTHREAD_CANCELED);
	CHECK_INT(cleaned, KINDS);
	CHECK_INT(destroyed, KINDS);
	ok("%d cancellation points", KINDS);

	began = cleaned = 0;
	for (int i = 0; i < 10; i++)
		conds[i] = start(cond_waiter, NULL);
	WAIT_UNTIL(__atomic_load_n(&began, __ATOMIC_SEQ_CST) == 10);
	settle();
	for (int i = 0; i < 10; i++)
		CHECK_INT(pthread_cancel(conds[i]), 0);
	for (int i = 0; i < 10; i++)
		CHECK(join(conds[i]) == PTHREAD_CANCELED);
	CHECK_INT(cleaned, 10);
	CHECK_INT(pthread_mutex_trylock(&mutex), 0);
	ok("the mutex was held");

	began = cleaned = 0;
	CHECK_INT(pthread_cancel(never), 0);
	CHECK(join(never) == PTHREAD_CANCELED);
	thread = start(disabled, NULL);
	WAIT_UNTIL(__atomic_load_n(&began, __ATOMIC_SEQ_CST) == 1);
	settle();
	CHECK_INT(pthread_cancel(thread), 0);
	settle();
	CHECK_INT(pthread_tryjoin_np(thread, NULL), EBUSY);
	CHECK_INT(write(fds[1], "x", 1), 1);
	CHECK(join(thread) == PTHREAD_CANCELED);
	CHECK_INT(cleaned, 1);
	ok("disabled, then enabled");
	return 0;
}
