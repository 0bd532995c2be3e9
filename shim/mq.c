/*
 * mq.c - POSIX message queues.
 *
 * A queue is a descriptor that poll knows, but to wait for it in the hub
 * would show: the kernel hands a message straight to a receiver that sleeps
 * in it, so that none is left in the queue, no notification is sent, and
 * there is room for the next one.  So a call that would wait hops.  To try it
 * first, it is made with a time that has passed.
 */
#include <mqueue.h>

#include "descriptor.h"

static const struct timespec passed = { 0, 0 };

static bool is_time(const struct timespec *until)
{
	return !until || (!bad_pointer(until) && timespec_valid(until));
}

static long send_until(mqd_t queue, const char *message, size_t n,
		       unsigned int priority, const struct timespec *until)
{
	long r;

	/* Errors of the arguments are the kernel's to find. */
	if (!rt_fiber() || !is_time(until))
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

	if (!rt_fiber() || !is_time(until))
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

/* libc's own is a close that the table would not hear of. */
INTERPOSE(int, mq_close, (mqd_t queue))
{
	if (hidden_fd(queue))
		return (int)as_errno(-EBADF);
	fdtab_closing(queue);
	return (int)PASS(SYS_close, queue);
}

/* For SIGEV_THREAD libc makes a thread, with all signals blocked in the
 * kernel meanwhile: not on a carrier that others need. */
INTERPOSE(int, mq_notify, (mqd_t queue, const struct sigevent *event))
{
	if (event && !bad_pointer(event) && event->sigev_notify == SIGEV_THREAD)
		return IN_HOP(LIBC(mq_notify, "GLIBC_2.34")(queue, event));
	return (int)PASS(SYS_mq_notify, queue, event);
}
