/*
 * mq.c - POSIX message queues.
 *
 * A queue is a descriptor that poll() accepts, but programs would notice a wait
 * in the hub: the kernel hands a message directly to a receiver that sleeps in
 * the kernel, so that the message never fills the queue and sends no
 * notification.  So a call that would wait hops.  The first attempt has a
 * deadline that has passed, and does not wait.
 */
#include <mqueue.h>

#include "descriptor.h"

static const struct timespec passed = { 0, 0 };

static bool mq_time_valid(const struct timespec *until)
{
	struct timespec ts;

	return !until || (USER_GET(&ts, until) == 0 && timespec_valid(&ts));
}

static long send_until(mqd_t queue, const char *message, size_t n,
		       unsigned int priority, const struct timespec *until)
{
	long r;

	/* Leave invalid arguments to the kernel. */
	if (!rt_fiber() || !mq_time_valid(until))
		return RAW_CANCEL(SYS_mq_timedsend, queue, message, n, priority,
				  until);
	r = raw_syscall(SYS_mq_timedsend, queue, message, n, priority, &passed);
	if (r != -ETIMEDOUT)
		return r;
	return HOP(SYS_mq_timedsend, queue, message, n, priority, until);
}

INTERPOSE(int, mq_timedsend,
	  (mqd_t queue, const char *message, size_t n, unsigned int priority,
	   const struct timespec *until))
{
	return (int)as_errno(
		CANCEL_POINT(send_until(queue, message, n, priority, until)));
}

INTERPOSE(int, mq_send,
	  (mqd_t queue, const char *message, size_t n, unsigned int priority))
{
	return (int)as_errno(
		CANCEL_POINT(send_until(queue, message, n, priority, NULL)));
}

static long receive_until(mqd_t queue, char *message, size_t n,
			  unsigned int *priority, const struct timespec *until)
{
	long r;

	if (!rt_fiber() || !mq_time_valid(until))
		return RAW_CANCEL(SYS_mq_timedreceive, queue, message, n,
				  priority, until);
	r = raw_syscall(SYS_mq_timedreceive, queue, message, n, priority,
			&passed);
	if (r != -ETIMEDOUT)
		return r;
	return HOP(SYS_mq_timedreceive, queue, message, n, priority, until);
}

INTERPOSE(ssize_t, mq_timedreceive,
	  (mqd_t queue, char *restrict message, size_t n,
	   unsigned int *restrict priority,
	   const struct timespec *restrict until))
{
	return as_errno(CANCEL_POINT(
		receive_until(queue, message, n, priority, until)));
}

INTERPOSE(ssize_t, mq_receive,
	  (mqd_t queue, char *message, size_t n, unsigned int *priority))
{
	return as_errno(
		CANCEL_POINT(receive_until(queue, message, n, priority, NULL)));
}

/* libc's function closes the queue without telling the table. */
INTERPOSE(int, mq_close, (mqd_t queue))
{
	if (hidden_fd(queue))
		return (int)as_errno(-EBADF);
	fdtab_closing(queue);
	return (int)PASS(SYS_close, queue);
}

/* For SIGEV_THREAD libc makes a kernel thread, and meanwhile blocks all signals
 * of the calling one.  Hop, so that the hub's carrier still takes signals. */
INTERPOSE(int, mq_notify, (mqd_t queue, const struct sigevent *event))
{
	struct sigevent own;

	if (event && USER_GET(&own, event) == 0 &&
	    own.sigev_notify == SIGEV_THREAD)
		return IN_HOP(LIBC(mq_notify, "GLIBC_2.34")(queue, event));
	return (int)PASS(SYS_mq_notify, queue, event);
}
