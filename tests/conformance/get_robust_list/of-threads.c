/*
 * get_robust_list(2): libc's list of each thread lies in the thread's own
 * control block, and is found by the thread's tid.
 */
#include "lib.h"
#include <linux/futex.h>

static volatile int tid;
static volatile int end;

static void *other(void *argument)
{
	tid = (int)syscall(SYS_gettid);
	while (!end)
		sleep_ms(1);
	return argument;
}

static long place_of(int of, pthread_t thread)
{
	struct robust_list_head *head = NULL;
	size_t size = 0;

	CHECK_INT(syscall(SYS_get_robust_list, of, &head, &size), 0);
	CHECK_INT(size, sizeof(*head));
	CHECK(head->list.next == &head->list);
	return (long)((char *)head - (char *)thread);
}

static void checks(void)
{
	struct robust_list_head *head;
	size_t size;
	long own;
	pthread_t thread;

	tid = end = 0;
	own = place_of(0, pthread_self());
	CHECK(own > 0 && own < 4096);
	CHECK_INT(place_of((int)syscall(SYS_gettid), pthread_self()), own);
	thread = start(other, NULL);
	WAIT_UNTIL(tid);
	CHECK_INT(place_of(tid, thread), own);
	end = 1;
	join(thread);
	CHECK_ERRNO(syscall(SYS_get_robust_list, 0x3ffffffe, &head, &size),
		    ESRCH);
	ok("each thread's own");
}

int main(void)
{
	run_both(checks);
	return 0;
}
