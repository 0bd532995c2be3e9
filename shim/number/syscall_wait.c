/*
 * syscall_wait.c - those of syscall(2)'s calls that wait for something else
 * than a descriptor: a child, a queue, a lock, the disk.  Where libc has a
 * function for one, that function's interposer serves it.
 */
#include <mqueue.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "descriptor.h"
#include "number/syscall_wait.h"

/* libc has no function for these, nor have its headers all the numbers. */
#define IO_URING_ENTER 426
#define FUTEX_WAITV    449

static bool file_call(long nr, const long a[6], long *r)
{
	int fd = (int)a[0];

	switch (nr) {
	case SYS_flock:
		*r = flock(fd, (int)a[1]);
		return true;
	case SYS_fsync:
		*r = fsync(fd);
		return true;
	case SYS_fdatasync:
		*r = fdatasync(fd);
		return true;
	case SYS_sync:
		sync();
		*r = 0;
		return true;
	case SYS_syncfs:
		*r = syncfs(fd);
		return true;
	case SYS_sync_file_range:
		*r = sync_file_range(fd, a[1], a[2], (unsigned int)a[3]);
		return true;
	case SYS_msync:
		*r = msync((void *)a[0], (size_t)a[1], (int)a[2]);
		return true;
	case SYS_fallocate:
		*r = fallocate(fd, (int)a[1], a[2], a[3]);
		return true;
	case SYS_copy_file_range:
		*r = copy_file_range(fd, (off_t *)a[1], (int)a[2],
				     (off_t *)a[3], (size_t)a[4],
				     (unsigned int)a[5]);
		return true;
	case SYS_tee:
		*r = tee(fd, (int)a[1], (size_t)a[2], (unsigned int)a[3]);
		return true;
	case SYS_vmsplice:
		*r = vmsplice(fd, (struct iovec *)a[1], (size_t)a[2],
			      (unsigned int)a[3]);
		return true;
	case SYS_preadv:
		*r = preadv(fd, (struct iovec *)a[1], (int)a[2], a[3]);
		return true;
	case SYS_pwritev:
		*r = pwritev(fd, (struct iovec *)a[1], (int)a[2], a[3]);
		return true;
	case SYS_preadv2:
		*r = preadv2(fd, (struct iovec *)a[1], (int)a[2], a[3],
			     (int)a[5]);
		return true;
	case SYS_pwritev2:
		*r = pwritev2(fd, (struct iovec *)a[1], (int)a[2], a[3],
			      (int)a[5]);
		return true;
	default:
		return false;
	}
}

static bool queue_call(long nr, const long a[6], long *r)
{
	int id = (int)a[0];
	void *p = (void *)a[1];

	switch (nr) {
	case SYS_msgsnd:
		*r = msgsnd(id, p, (size_t)a[2], (int)a[3]);
		return true;
	case SYS_msgrcv:
		*r = msgrcv(id, p, (size_t)a[2], a[3], (int)a[4]);
		return true;
	case SYS_semop:
		*r = semop(id, p, (size_t)a[2]);
		return true;
	case SYS_semtimedop:
		*r = semtimedop(id, p, (size_t)a[2], (struct timespec *)a[3]);
		return true;
	case SYS_mq_timedsend:
		*r = mq_timedsend(id, p, (size_t)a[2], (unsigned int)a[3],
				  (struct timespec *)a[4]);
		return true;
	case SYS_mq_timedreceive:
		*r = mq_timedreceive(id, p, (size_t)a[2], (unsigned int *)a[3],
				     (struct timespec *)a[4]);
		return true;
	default:
		return false;
	}
}

/* Those that libc has no function for, or none with all arguments. */
static bool hopping_call(long nr, const long a[6], long *r)
{
	if (!rt_fiber())
		return false;
	switch (nr) {
	case IO_URING_ENTER:
		if (a[2] == 0) /* events to wait for */
			return false;
		break;
	case SYS_io_getevents:
		if (a[1] <= 0) /* the least number of events */
			return false;
		break;
	case SYS_waitid:
		if (!a[4]) /* rusage, which libc's function has not */
			return false;
		break;
	case FUTEX_WAITV:
		break;
	default:
		return false;
	}
	*r = as_errno(HOP_NO_RESTART(nr, a[0], a[1], a[2], a[3], a[4], a[5]));
	return true;
}

bool syscall_wait(long nr, const long a[6], long *r)
{
	if (file_call(nr, a, r) || queue_call(nr, a, r) ||
	    hopping_call(nr, a, r))
		return true;
	switch (nr) {
	case SYS_wait4:
		*r = wait4((pid_t)a[0], (int *)a[1], (int)a[2],
			   (struct rusage *)a[3]);
		return true;
	case SYS_waitid:
		*r = waitid((idtype_t)a[0], (id_t)a[1], (siginfo_t *)a[2],
			    (int)a[3]);
		return true;
	case SYS_getrandom:
		*r = getrandom((void *)a[0], (size_t)a[1], (unsigned int)a[2]);
		return true;
	default:
		return false;
	}
}
