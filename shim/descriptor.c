/*
 * descriptor.c - helpers for the interposers of calls that take descriptors.
 */
#include <string.h>

#include "descriptor.h"

void __chk_fail(void) __attribute__((noreturn));

void overrun(void)
{
	LIBC(__chk_fail, "GLIBC_2.3.4")();
	abort();
}

long fd_lowered(long fd, int from)
{
	int ours = -1, r;
	long flags;

	if (uvloop_inside) {
		uvloop_opened((int)fd);
		return fd;
	}
	do {
		ours = fdtab_next_ours(from);
		if (ours < 0 || ours > fd)
			return fd;
		r = fdtab_vacate(ours);
		if (r < 0)
			return fd;
	} while (r == 0);
	flags = raw_syscall(SYS_fcntl, fd, F_GETFD);
	raw_syscall(SYS_dup3, fd, ours, flags & FD_CLOEXEC ? O_CLOEXEC : 0);
	raw_syscall(SYS_close, fd);
	return ours;
}

/* Call fn for each descriptor in the control data. */
static void each_passed_fd(struct msghdr *m, void (*fn)(int fd))
{
	struct cmsghdr *c;
	size_t i, n;
	int fd;

	for (c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
		    c->cmsg_len < CMSG_LEN(0))
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			fn(fd);
		}
	}
}

static void fd_received(int fd)
{
	long flags = raw_syscall(SYS_fcntl, fd, F_GETFL);

	fdtab_opened(fd, FD_UNKNOWN, flags >= 0 && (flags & O_NONBLOCK));
	fdtab_shared(fd);
}

void control_received(struct msghdr *m)
{
	if (m->msg_controllen)
		each_passed_fd(m, fd_received);
}

void control_sent(const struct msghdr *m)
{
	if (m->msg_controllen && m->msg_control)
		each_passed_fd((struct msghdr *)m, fdtab_shared);
}
