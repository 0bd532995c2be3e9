/*
 * Calls on descriptors, by their numbers.
 */
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include "number/syscall_dispatch.h"

/* Those that take descriptors' bytes. */
bool syscall_transfer(long nr, const long a[6], long *r)
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

/* Descriptors that stand for something else than a file. */
static bool special_descriptor(long nr, const long a[6], long *r)
{
	int n = (int)a[0];

	switch (nr) {
#ifdef SYS_eventfd
	case SYS_eventfd:
		*r = eventfd((unsigned int)n, 0);
		return true;
	case SYS_epoll_create:
		*r = epoll_create(n);
		return true;
	case SYS_inotify_init:
		*r = inotify_init();
		return true;
	case SYS_signalfd:
		if (a[2] != KERNEL_SIGSET_SIZE)
			return false;
		*r = signalfd(n, (sigset_t *)a[1], 0);
		return true;
#endif
	case SYS_eventfd2:
		*r = eventfd((unsigned int)n, (int)a[1]);
		return true;
	case SYS_epoll_create1:
		*r = epoll_create1(n);
		return true;
	case SYS_epoll_ctl:
		*r = epoll_ctl(n, (int)a[1], (int)a[2],
			       (struct epoll_event *)a[3]);
		return true;
	case SYS_inotify_init1:
		*r = inotify_init1(n);
		return true;
	case SYS_signalfd4:
		if (a[2] != KERNEL_SIGSET_SIZE)
			return false;
		*r = signalfd(n, (sigset_t *)a[1], (int)a[3]);
		return true;
	case SYS_timerfd_create:
		*r = timerfd_create(n, (int)a[1]);
		return true;
	case SYS_memfd_create:
		*r = memfd_create((const char *)a[0], (unsigned int)a[1]);
		return true;
	default:
		return false;
	}
}

/* What is shared matters to futexes (mmap.c). */
static bool memory_call(long nr, const long a[6], long *r)
{
	switch (nr) {
	case SYS_mmap:
		*r = (long)mmap((void *)a[0], (size_t)a[1], (int)a[2],
				(int)a[3], (int)a[4], a[5]);
		return true;
	case SYS_shmat:
		*r = (long)shmat((int)a[0], (void *)a[1], (int)a[2]);
		return true;
	default:
		return false;
	}
}

/* Those that make, close or rename descriptors. */
bool syscall_descriptor(long nr, const long a[6], long *r)
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
	case SYS_creat:
		*r = creat((const char *)a[0], (mode_t)a[1]);
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
	case SYS_getsockopt:
		*r = getsockopt(fd, (int)a[1], (int)a[2], (void *)a[3],
				(socklen_t *)a[4]);
		return true;
	case SYS_shutdown:
		*r = shutdown(fd, (int)a[1]);
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
		return special_descriptor(nr, a, r) || memory_call(nr, a, r);
	}
}
