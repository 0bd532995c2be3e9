/*
 * A descriptor that the program never opened is EBADF to every call: the
 * runtime's own answered, and a program that looked at all numbers, as daemons
 * do, read from them, or hung.
 */
#include "lib.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/statfs.h>
#include <sys/timerfd.h>
#include <sys/xattr.h>
#include <termios.h>

#define NUMBERS 1200

static int answers;

static void bad(const char *what, int fd, long got)
{
	if (answers++ < 20)
		printf("%d: %s is %ld, errno %d\n", fd, what, got, errno);
}

/* The call fails with EBADF. */
#define EACH(call)                                                             \
	do {                                                                   \
		errno = 0;                                                     \
		long got_ = (long)(call);                                      \
		if (got_ != -1 || errno != EBADF)                              \
			bad(#call, fd, got_);                                  \
	} while (0)

static void reads_and_writes(int fd, int other)
{
	char data[64] = "";
	struct iovec v = { data, 8 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	struct mmsghdr mm = { .msg_hdr = m };

	EACH(read(fd, data, 8));
	EACH(write(fd, data, 8));
	EACH(readv(fd, &v, 1));
	EACH(writev(fd, &v, 1));
	EACH(pread(fd, data, 8, 0));
	EACH(pwrite(fd, data, 8, 0));
	EACH(preadv2(fd, &v, 1, -1, 0));
	EACH(pwritev2(fd, &v, 1, 0, RWF_NOWAIT));
	EACH(recv(fd, data, 8, 0));
	EACH(recv(fd, data, 8, MSG_DONTWAIT));
	EACH(send(fd, data, 8, 0));
	EACH(recvmsg(fd, &m, 0));
	EACH(sendmsg(fd, &m, 0));
	EACH(recvmmsg(fd, &mm, 1, 0, NULL));
	EACH(sendmmsg(fd, &mm, 1, 0));
	EACH(splice(fd, NULL, other, NULL, 1, 0));
	EACH(tee(fd, other, 1, 0));
	EACH(vmsplice(fd, &v, 1, 0));
	EACH(sendfile(fd, other, NULL, 1));
	EACH(copy_file_range(fd, NULL, fd, NULL, 1, 0));
	EACH(syscall(SYS_read, fd, data, 8));
	EACH(syscall(SYS_write, fd, data, 8));
}

static void waits(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };
	struct epoll_event event = { EPOLLIN, { 0 } };
	int got;

	EACH(epoll_wait(fd, &event, 1, 0));
	EACH(epoll_wait(fd, &event, 1, -1));
	EACH(epoll_pwait(fd, &event, 1, -1, NULL));
	EACH(epoll_ctl(fd, EPOLL_CTL_ADD, 0, &event));
	got = poll(&p, 1, -1);
	if (got != 1 || p.revents != POLLNVAL)
		bad("poll", fd, p.revents);
}

static void others(int fd)
{
	struct stat st;
	struct statfs fs;
	struct itimerspec timer = { { 0, 0 }, { 0, 0 } };
	struct sockaddr_in addr = { .sin_family = AF_INET };
	socklen_t length = sizeof(addr);
	struct termios how;
	sigset_t set;
	char data[64];
	int n;

	sigemptyset(&set);
	EACH(fstat(fd, &st));
	EACH(fstatfs(fd, &fs));
	EACH(lseek(fd, 0, SEEK_CUR));
	EACH(ftruncate(fd, 0));
	EACH(fchmod(fd, 0600));
	EACH(fchown(fd, -1, -1));
	EACH(fchdir(fd));
	EACH(futimens(fd, NULL));
	EACH(fgetxattr(fd, "user.x", data, sizeof(data)));
	EACH(flistxattr(fd, data, sizeof(data)));
	EACH(fsync(fd));
	EACH(fdatasync(fd));
	EACH(flock(fd, LOCK_EX));
	EACH(fcntl(fd, F_GETFD));
	EACH(fcntl(fd, F_GETFL));
	EACH(fcntl(fd, F_DUPFD, 0));
	EACH(ioctl(fd, FIONREAD, &n));
	EACH(dup(fd));
	EACH(dup2(fd, 5));
	EACH(bind(fd, (struct sockaddr *)&addr, sizeof(addr)));
	EACH(listen(fd, 1));
	EACH(accept(fd, NULL, NULL));
	EACH(connect(fd, (struct sockaddr *)&addr, sizeof(addr)));
	EACH(shutdown(fd, SHUT_RD));
	EACH(getsockname(fd, (struct sockaddr *)&addr, &length));
	EACH(getpeername(fd, (struct sockaddr *)&addr, &length));
	EACH(getsockopt(fd, SOL_SOCKET, SO_TYPE, &n, &length));
	EACH(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &n, sizeof(n)));
	EACH(timerfd_settime(fd, 0, &timer, NULL));
	EACH(timerfd_gettime(fd, &timer));
	EACH(signalfd(fd, &set, 0));
	EACH(inotify_add_watch(fd, "/", IN_OPEN));
	EACH(tcgetattr(fd, &how));
	EACH((void *)mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED
		     ? -1
		     : 0);
	EACH(close(fd));
}

static void checks(void)
{
	int fds[2];

	answers = 0;
	CHECK_INT(pipe(fds), 0);
	for (int fd = fds[1] + 1; fd < NUMBERS; fd++) {
		reads_and_writes(fd, fds[1]);
		waits(fd);
		others(fd);
	}
	close(fds[0]);
	close(fds[1]);
	ok("%d answers", answers);
}

int main(void)
{
	close_range(3, ~0u, 0);
	run_both(checks);
	return 0;
}
