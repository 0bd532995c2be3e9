/*
 * syscall.c - syscall(2) and gettid(2).
 *
 * A call that an interposer would handle goes to that interposer, so that
 * both spellings mean the same.  Everything else goes to the kernel in place.
 */
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <linux/sched.h>

#include "descriptor.h"
#include "prctl.h"
#include "syscall_futex.h"
#include "syscall_wait.h"

/* Each fiber has its own number, as a thread would: programs key their locks
 * by it.  Also in a signal handler, whatever it interrupted. */
static long thread_number(void)
{
	return green_self ? fiber_tid(green_self) : raw_syscall(SYS_gettid);
}

INTERPOSE(pid_t, gettid, (void))
{
	return (pid_t)thread_number();
}

/* A child that does not share memory is fork's by another name; it starts
 * with the calling fiber alone. */
static long make_child(long nr, const long a[6])
{
	uint64_t flags = nr == SYS_clone ? (uint64_t)a[0]
					 : ((struct clone_args *)a[0])->flags;
	long r;

	if (flags & CLONE_VM)
		return raw_syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	fork_prepare();
	r = raw_syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (r == 0)
		rt_fork_child();
	else
		fork_parent();
	return r;
}

/* Those that take descriptors' bytes; -ENOSYS: not one of them. */
static bool transfer_call(long nr, const long a[6], long *r)
{
	int fd = (int)a[0];
	void *p = (void *)a[1];

	switch (nr) {
	case SYS_read:
		*r = read(fd, p, (size_t)a[2]);
		return true;
	case SYS_write:
		*r = write(fd, p, (size_t)a[2]);
		return true;
	case SYS_readv:
		*r = readv(fd, p, (int)a[2]);
		return true;
	case SYS_writev:
		*r = writev(fd, p, (int)a[2]);
		return true;
	case SYS_pread64:
		*r = pread(fd, p, (size_t)a[2], a[3]);
		return true;
	case SYS_pwrite64:
		*r = pwrite(fd, p, (size_t)a[2], a[3]);
		return true;
	case SYS_recvfrom:
		*r = recvfrom(fd, p, (size_t)a[2], (int)a[3],
			      (struct sockaddr *)a[4], (socklen_t *)a[5]);
		return true;
	case SYS_sendto:
		*r = sendto(fd, p, (size_t)a[2], (int)a[3],
			    (struct sockaddr *)a[4], (socklen_t)a[5]);
		return true;
	case SYS_recvmsg:
		*r = recvmsg(fd, p, (int)a[2]);
		return true;
	case SYS_sendmsg:
		*r = sendmsg(fd, p, (int)a[2]);
		return true;
	case SYS_recvmmsg:
		*r = recvmmsg(fd, p, (unsigned int)a[2], (int)a[3],
			      (struct timespec *)a[4]);
		return true;
	case SYS_sendmmsg:
		*r = sendmmsg(fd, p, (unsigned int)a[2], (int)a[3]);
		return true;
	case SYS_sendfile:
		*r = sendfile(fd, (int)a[1], (off_t *)a[2], (size_t)a[3]);
		return true;
	case SYS_splice:
		*r = splice(fd, p, (int)a[2], (off_t *)a[3], (size_t)a[4],
			    (unsigned int)a[5]);
		return true;
	default:
		return false;
	}
}

/* Those that make, close or rename descriptors. */
static bool descriptor_call(long nr, const long a[6], long *r)
{
	int fd = (int)a[0];

	switch (nr) {
	case SYS_close:
		*r = close(fd);
		return true;
	case SYS_close_range:
		*r = close_range((unsigned int)a[0], (unsigned int)a[1],
				 (int)a[2]);
		return true;
	case SYS_dup:
		*r = dup(fd);
		return true;
#ifdef SYS_dup2
	case SYS_dup2:
		*r = dup2(fd, (int)a[1]);
		return true;
	case SYS_pipe:
		*r = pipe((int *)a[0]);
		return true;
	case SYS_open:
		*r = open((const char *)a[0], (int)a[1], (mode_t)a[2]);
		return true;
#endif
	case SYS_dup3:
		*r = dup3(fd, (int)a[1], (int)a[2]);
		return true;
	case SYS_pipe2:
		*r = pipe2((int *)a[0], (int)a[1]);
		return true;
	case SYS_openat:
		*r = openat(fd, (const char *)a[1], (int)a[2], (mode_t)a[3]);
		return true;
	case SYS_fcntl:
		*r = fcntl(fd, (int)a[1], a[2]);
		return true;
	case SYS_ioctl:
		*r = ioctl(fd, (unsigned long)a[1], a[2]);
		return true;
	case SYS_socket:
		*r = socket(fd, (int)a[1], (int)a[2]);
		return true;
	case SYS_socketpair:
		*r = socketpair(fd, (int)a[1], (int)a[2], (int *)a[3]);
		return true;
	case SYS_listen:
		*r = listen(fd, (int)a[1]);
		return true;
	case SYS_setsockopt:
		*r = setsockopt(fd, (int)a[1], (int)a[2], (void *)a[3],
				(socklen_t)a[4]);
		return true;
	case SYS_accept:
		*r = accept(fd, (struct sockaddr *)a[1], (socklen_t *)a[2]);
		return true;
	case SYS_accept4:
		*r = accept4(fd, (struct sockaddr *)a[1], (socklen_t *)a[2],
			     (int)a[3]);
		return true;
	case SYS_connect:
		*r = connect(fd, (struct sockaddr *)a[1], (socklen_t)a[2]);
		return true;
	default:
		return false;
	}
}

/* poll and its kin.  The kernel's calls have a signal set's size as one more
 * argument: another size than libc's is an error that it must find. */
static bool poll_call(long nr, const long a[6], long *r)
{
	int fd = (int)a[0], n = (int)a[2];
	void *p = (void *)a[1];

	switch (nr) {
#ifdef SYS_poll
	case SYS_poll:
		*r = poll((struct pollfd *)a[0], (nfds_t)a[1], n);
		return true;
	case SYS_select:
		*r = select(fd, p, (fd_set *)a[2], (fd_set *)a[3],
			    (struct timeval *)a[4]);
		return true;
	case SYS_epoll_wait:
		*r = epoll_wait(fd, p, n, (int)a[3]);
		return true;
#endif
	case SYS_ppoll:
		if (a[3] && a[4] != KERNEL_SIGSET_SIZE)
			return false;
		*r = ppoll((struct pollfd *)a[0], (nfds_t)a[1],
			   (struct timespec *)a[2], (sigset_t *)a[3]);
		return true;
	case SYS_epoll_pwait:
		if (a[4] && a[5] != KERNEL_SIGSET_SIZE)
			return false;
		*r = epoll_pwait(fd, p, n, (int)a[3], (sigset_t *)a[4]);
		return true;
	default:
		return false;
	}
}

static bool other_call(long nr, const long a[6], long *r)
{
	switch (nr) {
	case SYS_futex:
		*r = as_errno(syscall_futex(a));
		return true;
	case SYS_gettid:
		*r = thread_number();
		return true;
	case SYS_set_tid_address:
		/* The kernel thread's own is libc's, to know its end. */
		if (!green_self)
			return false;
		*r = thread_number();
		return true;
	case SYS_kill:
		*r = kill((pid_t)a[0], (int)a[1]);
		return true;
	case SYS_tkill:
		*r = as_errno(signal_tgkill(-1, (int)a[0], (int)a[1]));
		return true;
	case SYS_tgkill:
		*r = as_errno(signal_tgkill((int)a[0], (int)a[1], (int)a[2]));
		return true;
	case SYS_rt_sigprocmask:
		if (a[3] != KERNEL_SIGSET_SIZE)
			return false;
		*r = as_errno(signal_mask((int)a[0], (uint64_t *)a[1],
					  (uint64_t *)a[2]));
		return true;
	case SYS_sigaltstack:
		*r = sigaltstack((stack_t *)a[0], (stack_t *)a[1]);
		return true;
	case SYS_nanosleep:
		*r = nanosleep((struct timespec *)a[0],
			       (struct timespec *)a[1]);
		return true;
	case SYS_clock_nanosleep:
		*r = as_errno(-clock_nanosleep((clockid_t)a[0], (int)a[1],
					       (struct timespec *)a[2],
					       (struct timespec *)a[3]));
		return true;
	case SYS_sched_yield:
		*r = sched_yield();
		return true;
	case SYS_clone:
	case SYS_clone3:
		*r = as_errno(make_child(nr, a));
		return true;
#ifdef SYS_fork
	case SYS_fork:
		*r = fork();
		return true;
#endif
	case SYS_exit:
		/* It would end the carrier, and its hub with it. */
		if (!green_self)
			return false;
		pthread_exit(NULL);
	default:
		return false;
	}
}

INTERPOSE(long, syscall, (long nr, ...))
{
	long a[6], r;
	va_list ap;
	int i;

	va_start(ap, nr);
	for (i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);

	if (transfer_call(nr, a, &r) || descriptor_call(nr, a, &r) ||
	    poll_call(nr, a, &r) || syscall_wait(nr, a, &r) ||
	    other_call(nr, a, &r) || prctl_call(nr, a, &r))
		return r;
	return PASS(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}
