/*
 * eventfd(2): a read waits for a count above zero, a write for room; in
 * semaphore mode a read returns 1; 100 threads wait on one descriptor.
 */
#include "lib.h"
#include <sys/eventfd.h>

#define THREADS 100

static int event, semaphore, sum;

static void *one_unit(void *argument)
{
	eventfd_t value = 0;

	(void)argument;
	CHECK_INT(read(semaphore, &value, sizeof(value)), sizeof(value));
	CHECK_INT(value, 1);
	__atomic_add_fetch(&sum, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void *adder(void *argument)
{
	CHECK_INT(eventfd_write(event, (eventfd_t)(intptr_t)argument), 0);
	return NULL;
}

static void *taker(void *argument)
{
	eventfd_t value = 0;

	(void)argument;
	CHECK_INT(eventfd_read(event, &value), 0);
	return (void *)(intptr_t)value;
}

static void checks(void)
{
	pthread_t threads[THREADS], thread;
	eventfd_t value, wrong = (eventfd_t)-1, nearly = (eventfd_t)-2;

	event = eventfd(3, EFD_CLOEXEC);
	CHECK_INT(fcntl(event, F_GETFL), O_RDWR);
	CHECK_INT(eventfd_read(event, &value), 0);
	CHECK_INT(value, 3);
	thread = start(taker, NULL);
	settle();
	CHECK_INT(eventfd_write(event, 7), 0);
	CHECK_INT((intptr_t)join(thread), 7);
	ok("read waits");

	CHECK_INT(write(event, &nearly, sizeof(nearly)), sizeof(nearly));
	thread = start(adder, (void *)5);
	settle();
	CHECK_INT(pthread_tryjoin_np(thread, NULL), EBUSY);
	CHECK_INT(eventfd_read(event, &value), 0);
	CHECK(value == nearly);
	join(thread);
	CHECK_INT(eventfd_read(event, &value), 0);
	CHECK_INT(value, 5);
	ok("write waits");
	CHECK_ERRNO(write(event, &wrong, sizeof(wrong)), EINVAL);
	CHECK_ERRNO(read(event, &value, 4), EINVAL);
	close(event);

	sum = 0;
	semaphore = eventfd(0, EFD_SEMAPHORE);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(one_unit, NULL);
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	value = THREADS / 2;
	CHECK_INT(write(semaphore, &value, sizeof(value)), sizeof(value));
	WAIT_UNTIL(__atomic_load_n(&sum, __ATOMIC_SEQ_CST) == THREADS / 2);
	settle();
	CHECK_INT(__atomic_load_n(&sum, __ATOMIC_SEQ_CST), THREADS / 2);
	CHECK_INT(write(semaphore, &value, sizeof(value)), sizeof(value));
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	close(semaphore);
	ok("semaphore mode");

	event = eventfd(0, EFD_NONBLOCK);
	CHECK_ERRNO(eventfd_read(event, &value), EAGAIN);
	CHECK_INT(fcntl(event, F_SETFL, 0), 0);
	thread = start(taker, NULL);
	settle();
	CHECK_INT(eventfd_write(event, 9), 0);
	CHECK_INT((intptr_t)join(thread), 9);
	close(event);
	ok("made blocking later");
}

int main(void)
{
	run_both(checks);
	return 0;
}
