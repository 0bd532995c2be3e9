/*
 * aio.c - asynchronous I/O.
 *
 * libc does the work on kernel threads of its own.  The aio functions wait in
 * the kernel, for libc's lock and for requests, and may make such a thread, for
 * which they block all signals of the calling kernel thread.  So fibers hop to
 * call them.
 */
/* <aio.h> declares the 64-bit names for another type of the same layout. */
#define aio_read64    hidden_aio_read64
#define aio_write64   hidden_aio_write64
#define aio_fsync64   hidden_aio_fsync64
#define aio_cancel64  hidden_aio_cancel64
#define aio_suspend64 hidden_aio_suspend64
#define lio_listio64  hidden_lio_listio64
#include <aio.h>
#undef aio_read64
#undef aio_write64
#undef aio_fsync64
#undef aio_cancel64
#undef aio_suspend64
#undef lio_listio64

#include "descriptor.h"

INTERPOSE(int, aio_read, (struct aiocb * cb))
{
	return IN_HOP(LIBC(aio_read, "GLIBC_2.34")(cb));
}
INTERPOSE_ALIAS(aio_read64, aio_read)

INTERPOSE(int, aio_write, (struct aiocb * cb))
{
	return IN_HOP(LIBC(aio_write, "GLIBC_2.34")(cb));
}
INTERPOSE_ALIAS(aio_write64, aio_write)

INTERPOSE(int, aio_fsync, (int what, struct aiocb *cb))
{
	return IN_HOP(LIBC(aio_fsync, "GLIBC_2.34")(what, cb));
}
INTERPOSE_ALIAS(aio_fsync64, aio_fsync)

INTERPOSE(int, aio_cancel, (int fd, struct aiocb *cb))
{
	return IN_HOP(LIBC(aio_cancel, "GLIBC_2.34")(fd, cb));
}
INTERPOSE_ALIAS(aio_cancel64, aio_cancel)

/* As in the kernel, only a wait without a timeout restarts after a handler. */
static int wait_any(const struct aiocb *const list[], int n,
		    const struct timespec *timeout, bool cancels)
{
	uint64_t deadline = deadline_in(timeout);
	struct timespec left;
	int r;

	do {
		if (timeout) {
			left = time_left(deadline);
			timeout = &left;
		}
		r = IN_HOP(LIBC(aio_suspend, "GLIBC_2.34")(list, n, timeout));
	} while (r == -1 && errno == EINTR &&
		 !signal_interrupted(!timeout, cancels));
	return r;
}

/* aio_suspend() is a cancellation point only if it has to wait: true if there
 * is a request and all are in progress. */
static bool none_done(const struct aiocb *const list[], int n)
{
	bool any = false;
	int i;

	for (i = 0; i < n; i++) {
		if (!list[i])
			continue;
		if (aio_error(list[i]) != EINPROGRESS)
			return false;
		any = true;
	}
	return any;
}

INTERPOSE(int, aio_suspend,
	  (const struct aiocb *const list[], int n,
	   const struct timespec *restrict timeout))
{
	int r;

	if (!rt_fiber())
		return LIBC(aio_suspend, "GLIBC_2.34")(list, n, timeout);
	if (none_done(list, n))
		cancel_test();
	r = wait_any(list, n, timeout, true);
	if (r == -1 && errno == EINTR)
		cancel_test();
	return r;
}
INTERPOSE_ALIAS(aio_suspend64, aio_suspend)

static bool is_request(const struct aiocb *cb)
{
	return cb && cb->aio_lio_opcode != LIO_NOP;
}

/*
 * LIO_WAIT.  Do not use libc's wait: when a signal for another fiber interrupts
 * it, a second call would submit the requests again.  Submit them without a
 * wait, then wait for one after another.
 */
static int list_and_wait(struct aiocb *const list[], int n)
{
	int r = LIBC(lio_listio, "GLIBC_2.34")(LIO_NOWAIT, list, n, NULL);
	int error = errno, i;

	for (i = 0; i < n; i++) {
		const struct aiocb *one = list[i];

		if (!is_request(one))
			continue;
		while (aio_error(one) == EINPROGRESS)
			if (wait_any(&one, 1, NULL, false) < 0 &&
			    errno != EAGAIN)
				return -1;
		if (aio_error(one) != 0) {
			r = -1;
			error = EIO;
		}
	}
	errno = error;
	return r;
}

INTERPOSE(int, lio_listio,
	  (int mode, struct aiocb *const list[restrict], int n,
	   struct sigevent *restrict event))
{
	if (mode != LIO_WAIT || !rt_fiber())
		return IN_HOP(
			LIBC(lio_listio, "GLIBC_2.34")(mode, list, n, event));
	return list_and_wait(list, n);
}
INTERPOSE_ALIAS(lio_listio64, lio_listio)
