/*
 * sysv.c - System V message queues and semaphores.
 *
 * The first attempt of each call does not wait.  No event announces that a call
 * can go on, and the kernel hands a message, or a turn at a semaphore, directly
 * to a thread that sleeps in the kernel: so the fiber hops.  signal(7): these
 * calls never restart after a handler.
 */
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

#include "descriptor.h"

static long send_message(int id, const void *message, size_t n, int flags)
{
	long r = raw_syscall(SYS_msgsnd, id, message, n, flags | IPC_NOWAIT);

	if (r != -EAGAIN || (flags & IPC_NOWAIT))
		return r;
	return HOP_NO_RESTART(SYS_msgsnd, id, message, n, flags);
}

INTERPOSE(int, msgsnd, (int id, const void *message, size_t n, int flags))
{
	if (!rt_fiber())
		return (int)PASS_CANCEL(SYS_msgsnd, id, message, n, flags);
	return (int)as_errno(CANCEL_POINT(send_message(id, message, n, flags)));
}

static long receive_message(int id, void *message, size_t n, long type,
			    int flags)
{
	long r;

	/* MSG_COPY never waits, and the kernel wants IPC_NOWAIT with it. */
	if (flags & (IPC_NOWAIT | MSG_COPY))
		return raw_syscall(SYS_msgrcv, id, message, n, type, flags);
	r = raw_syscall(SYS_msgrcv, id, message, n, type, flags | IPC_NOWAIT);
	if (r != -ENOMSG)
		return r;
	return HOP_NO_RESTART(SYS_msgrcv, id, message, n, type, flags);
}

INTERPOSE(ssize_t, msgrcv,
	  (int id, void *message, size_t n, long type, int flags))
{
	if (!rt_fiber())
		return PASS_CANCEL(SYS_msgrcv, id, message, n, type, flags);
	return as_errno(
		CANCEL_POINT(receive_message(id, message, n, type, flags)));
}

/* The kernel has read ops already, so the pointer is valid. */
static bool none_waits(const struct sembuf *ops, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!(ops[i].sem_flg & IPC_NOWAIT))
			return false;
	return true;
}

/* Not IN_HOP_UNTIL(): when a signal for another fiber interrupts the sleep,
 * only the time that is left is to be slept. */
static long sleep_in_semop(int id, struct sembuf *ops, size_t n,
			   uint64_t deadline_ns)
{
	struct timespec left, *timeout = NULL;
	long r;

	do {
		if (deadline_ns != GREEN_FOREVER) {
			left = time_left(deadline_ns);
			timeout = &left;
		}
		hop_enter();
		r = raw_syscall(SYS_semtimedop, id, ops, n, timeout);
		hop_leave();
	} while (r == -EINTR && !signal_interrupted(false, false));
	return r;
}

static long operate(int id, struct sembuf *ops, size_t n,
		    const struct timespec *timeout)
{
	struct timespec none = { 0, 0 }, ts;
	long r;

	/* Leave invalid arguments to the kernel. */
	if (timeout && (USER_GET(&ts, timeout) < 0 || !timespec_valid(&ts)))
		return raw_syscall(SYS_semtimedop, id, ops, n, timeout);
	r = raw_syscall(SYS_semtimedop, id, ops, n, &none);
	if (r != -EAGAIN || none_waits(ops, n))
		return r;
	return sleep_in_semop(id, ops, n, deadline_in(timeout ? &ts : NULL));
}

INTERPOSE(int, semtimedop,
	  (int id, struct sembuf *ops, size_t n,
	   const struct timespec *timeout))
{
	if (!rt_fiber())
		return (int)PASS(SYS_semtimedop, id, ops, n, timeout);
	return (int)as_errno(operate(id, ops, n, timeout));
}

INTERPOSE(int, semop, (int id, struct sembuf *ops, size_t n))
{
	return semtimedop(id, ops, n, NULL);
}
