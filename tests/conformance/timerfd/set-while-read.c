/*
 * timerfd_settime(2): a waiting reader follows when another thread sets the
 * timer: earlier, disarmed, armed again, to an absolute time.
 */
#include "lib.h"
#include <sys/timerfd.h>

static int fd;

static void *reads(void *argument)
{
	uint64_t times;

	CHECK_INT(read(fd, &times, sizeof(times)), sizeof(times));
	CHECK(times >= 1);
	return argument;
}

static void set(int flags, struct timespec first)
{
	struct itimerspec spec = { .it_value = first };

	CHECK_INT(timerfd_settime(fd, flags, &spec, NULL), 0);
}

int main(void)
{
	struct timespec far = { 1000, 0 }, soon = { 0, 5000000 }, never = { 0 };
	struct itimerspec left;
	pthread_t thread;
	uint64_t times;

	be_threaded();
	fd = timerfd_create(CLOCK_MONOTONIC, 0);
	set(0, far);
	thread = start(reads, NULL);
	settle();
	set(0, soon);
	join(thread);
	ok("set to an earlier time");

	set(0, soon);
	set(0, never);
	thread = start(reads, NULL);
	settle();
	CHECK_INT(pthread_tryjoin_np(thread, NULL), EBUSY);
	CHECK_INT(timerfd_gettime(fd, &left), 0);
	CHECK(!left.it_value.tv_sec && !left.it_value.tv_nsec);
	set(TFD_TIMER_ABSTIME, in_ms(CLOCK_MONOTONIC, 10));
	join(thread);
	ok("stopped, and started again");

	set(TFD_TIMER_ABSTIME, in_ms(CLOCK_MONOTONIC, 0));
	reads(NULL);
	CHECK_INT(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	CHECK_ERRNO(read(fd, &times, sizeof(times)), EAGAIN);
	CHECK_ERRNO(read(fd, &times, 4), EINVAL);
	ok("a time that has passed; O_NONBLOCK");
	return 0;
}
