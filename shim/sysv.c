/*
 * sysv.c - System V message queues and semaphores.
 *
 * Each call is tried first in a way that does not wait.  No event tells when
 * it could go on, and the kernel hands a message, or a turn at a semaphore,
 * to whoever sleeps in it: so the fiber hops.  No handler lets these calls go
 * on: signal(7).
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

	/* A look at a message never waits, and must say so itself. */
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

/* The kernel has read them: so may we. */
static bool none_waits(const struct sembuf *ops, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!(ops[i].sem_flg & IPC_NOWAIT))
			return false;
	return true;
}

/* What was slept through for a signal that was another's is not slept again. */
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
	struct timespec none = { 0, 0 };
	long r;

	/* Errors of the arguments are the kernel's to find. */
	if (timeout && (bad_pointer(timeout) || !timespec_valid(timeout)))
		return raw_syscall(SYS_semtimedop, id, ops, n, timeout);
	r = raw_syscall(SYS_semtimedop, id, ops, n, &none);
	if (r != -EAGAIN || none_waits(ops, n))
		return r;
	return sleep_in_semop(id, ops, n, deadline_in(timeout));
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
