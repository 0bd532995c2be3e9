/*
 * own-functions.c - a program that defines functions of libc itself, by
 * syscall(2), as an allocator's mmap hook or a small wrapper does.
 *
 * syscall(2): a call by number enters the kernel; it never calls the program's
 * function of that name.  The shim's syscall() did, until the stack was full.
 */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "lib.h"

static atomic_int calls, depth_max;
static _Thread_local int depth;

/* End the program before the stack ends. */
static void enter(void)
{
	atomic_fetch_add(&calls, 1);
	if (++depth > 8)
		syscall(SYS_exit_group, 9);
	if (depth > depth_max)
		depth_max = depth;
}

#define BY_NUMBER(...)                                                         \
	({                                                                     \
		long by_number_;                                               \
                                                                               \
		enter();                                                       \
		by_number_ = syscall(__VA_ARGS__);                             \
		depth--;                                                       \
		by_number_;                                                    \
	})

void *mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
	return (void *)BY_NUMBER(SYS_mmap, at, size, prot, flags, fd, offset);
}

ssize_t read(int fd, void *buf, size_t n)
{
	return BY_NUMBER(SYS_read, fd, buf, n);
}

ssize_t write(int fd, const void *buf, size_t n)
{
	return BY_NUMBER(SYS_write, fd, buf, n);
}

int close(int fd)
{
	return (int)BY_NUMBER(SYS_close, fd);
}

int dup(int fd)
{
	return (int)BY_NUMBER(SYS_dup, fd);
}

int pipe2(int fds[2], int flags)
{
	return (int)BY_NUMBER(SYS_pipe2, fds, flags);
}

int pipe(int fds[2])
{
	return pipe2(fds, 0);
}

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	return (int)BY_NUMBER(SYS_poll, fds, n, timeout);
}

int socket(int domain, int type, int protocol)
{
	return (int)BY_NUMBER(SYS_socket, domain, type, protocol);
}

int socketpair(int domain, int type, int protocol, int fds[2])
{
	return (int)BY_NUMBER(SYS_socketpair, domain, type, protocol, fds);
}

int eventfd(unsigned int count, int flags)
{
	return (int)BY_NUMBER(SYS_eventfd2, count, flags);
}

int fsync(int fd)
{
	return (int)BY_NUMBER(SYS_fsync, fd);
}

int sched_yield(void)
{
	return (int)BY_NUMBER(SYS_sched_yield);
}

int nanosleep(const struct timespec *time, struct timespec *left)
{
	return (int)BY_NUMBER(SYS_nanosleep, time, left);
}

int fcntl(int fd, int command, ...)
{
	va_list ap;
	long arg;

	va_start(ap, command);
	arg = va_arg(ap, long);
	va_end(ap);
	return (int)BY_NUMBER(SYS_fcntl, fd, command, arg);
}

static void *reader(void *fd)
{
	char c = 0;

	CHECK_INT(read((int)(intptr_t)fd, &c, 1), 1);
	CHECK_INT(c, 'x');
	return NULL;
}

static void checks(void)
{
	struct timespec moment = { .tv_nsec = 1000 };
	struct pollfd ready = { .events = POLLOUT };
	int fds[2], pair[2], fd;
	pthread_t t;
	void *p;

	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED);
	munmap(p, 4096);
	ok("mmap");

	CHECK_INT(pipe(fds), 0);
	CHECK_INT(pthread_create(&t, NULL, reader, (void *)(intptr_t)fds[0]),
		  0);
	CHECK_INT(sched_yield(), 0);
	CHECK_INT(nanosleep(&moment, NULL), 0);
	CHECK_INT(write(fds[1], "x", 1), 1);
	CHECK_INT(pthread_join(t, NULL), 0);
	fd = dup(fds[1]);
	CHECK(fd >= 0);
	CHECK_INT(fcntl(fd, F_GETFL, 0) & O_ACCMODE, O_WRONLY);
	ready.fd = fd;
	CHECK_INT(poll(&ready, 1, -1), 1);
	CHECK_INT(close(fd), 0);
	CHECK_INT(close(fds[0]), 0);
	CHECK_INT(close(fds[1]), 0);
	ok("pipe");

	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(fd >= 0);
	CHECK_ERRNO(fsync(fd), EINVAL);
	CHECK_INT(close(fd), 0);
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	CHECK_INT(close(pair[0]), 0);
	CHECK_INT(close(pair[1]), 0);
	fd = eventfd(0, 0);
	CHECK(fd >= 0);
	CHECK_INT(close(fd), 0);
	ok("other descriptors");
}

int main(void)
{
	run_both(checks);
	CHECK(calls > 30);
	CHECK_INT(depth_max, 1);
	ok("each call entered the kernel once");
	return 0;
}
