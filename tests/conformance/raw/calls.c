// ENV: GREENSHIM_RAW=1
/*
 * Many calls by number, made by the program's own instructions and by
 * syscall(2): the same results, and those that wait do not stop the other
 * threads.
 */
#include "own.h"

#include <linux/futex.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/timerfd.h>

static long by_libc(long nr, long a, long b, long c, long d, long e, long f)
{
	long r = syscall(nr, a, b, c, d, e, f);

	return r == -1 ? -errno : r;
}

static long (*door)(long nr, long a, long b, long c, long d, long e, long f);

/* The names of own.h, through syscall(2) here. */
#undef own_0
#undef own_1
#undef own_2
#undef own_3
#undef own_4
#undef own_5
#undef own_6
#define own_0(n)	  door(n, 0, 0, 0, 0, 0, 0)
#define own_1(n, a)	  door(n, (long)(a), 0, 0, 0, 0, 0)
#define own_2(n, a, b)	  door(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define own_3(n, a, b, c) door(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define own_4(n, a, b, c, d)                                                   \
	door(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define own_5(n, a, b, c, d, e)                                                \
	door(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define own_6(n, a, b, c, d, e, f)                                             \
	door(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e),         \
	     (long)(f))

struct later {
	int fd;
	pthread_t thread;
};

static void *write_later(void *arg)
{
	sleep_ms(5);
	CHECK_INT(own(SYS_write, ((struct later *)arg)->fd, "abcdefgh", 8), 8);
	return NULL;
}

/* Eight bytes arrive at the other end while the next call waits. */
static void later(struct later *l, int fd)
{
	l->fd = fd;
	l->thread = start(write_later, l);
}

static void vectors(void)
{
	char a[4], b[4];
	struct iovec iov[2] = { { a, 4 }, { b, 4 } };
	struct iovec out = { "01234567", 8 };
	struct later l;
	int fds[2], file = scratch_file();

	CHECK_INT(own(SYS_pipe2, fds, O_CLOEXEC), 0);
	later(&l, fds[1]);
	CHECK_INT(own(SYS_readv, fds[0], iov, 2), 8);
	CHECK_INT(memcmp(b, "efgh", 4), 0);
	join(l.thread);
	CHECK_INT(own(SYS_writev, fds[1], &out, 1), 8);
	later(&l, fds[1]);
	CHECK_INT(own(SYS_preadv2, fds[0], iov, 2, -1, 0, 0), 8);
	CHECK_INT(own(SYS_preadv2, fds[0], iov, 2, -1, 0, 0), 8);
	join(l.thread);
	CHECK_INT(own(SYS_pwrite64, file, "xyz", 3, 2), 3);
	CHECK_INT(own(SYS_pread64, file, a, 3, 1), 3);
	CHECK_INT(memcmp(a, "\0xy", 3), 0);
	CHECK_INT(own(SYS_pwritev, file, &out, 1, 10, 0), 8);
	CHECK_INT(own(SYS_preadv, file, iov, 2, 10, 0), 8);
	CHECK_INT(memcmp(a, "0123", 4), 0);
	CHECK_INT(own(SYS_pwritev2, file, &out, 1, 20, 0, 0), 8);
	CHECK_INT(own(SYS_fsync, file), 0);
	CHECK_INT(own(SYS_fdatasync, file), 0);
	CHECK_INT(own(SYS_flock, file, LOCK_EX), 0);
	CHECK_INT(own(SYS_lseek, file, 0, SEEK_SET), 0);
	CHECK_INT(own(SYS_sendfile, fds[1], file, NULL, 8), 8);
	CHECK_INT(own(SYS_read, fds[0], a, 4), 4);
	CHECK_INT(own(SYS_splice, fds[0], NULL, file, NULL, 4, 0), 4);
	later(&l, fds[1]);
	CHECK_INT(own(SYS_splice, fds[0], NULL, file, NULL, 8, 0), 8);
	join(l.thread);
	CHECK_INT(own(SYS_read, -1, a, 1), -EBADF);
	CHECK_INT(own(SYS_read, fds[1], a, 1), -EBADF);
	CHECK_INT(own(SYS_close, fds[0]), 0);
	CHECK_INT(own(SYS_close, fds[0]), -EBADF);
	CHECK_INT(own(SYS_close_range, fds[1], fds[1], 0), 0);
	CHECK_INT(own(SYS_fcntl, fds[1], F_GETFD), -EBADF);
	CHECK_INT(own(SYS_close, file), 0);
	ok("reading and writing");
}

static void sockets(void)
{
	char data[8];
	struct iovec iov = { data, 8 };
	struct mmsghdr m = { .msg_hdr = { .msg_iov = &iov, .msg_iovlen = 1 } };
	struct sockaddr_in addr;
	struct later l;
	int fds[2], listener = tcp_listen(&addr, 4);
	long client, server, copy;

	CHECK_INT(own(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, fds), 0);
	later(&l, fds[1]);
	CHECK_INT(own(SYS_recvfrom, fds[0], data, 8, 0, NULL, NULL), 8);
	join(l.thread);
	later(&l, fds[1]);
	CHECK_INT(own(SYS_recvmsg, fds[0], &m.msg_hdr, 0), 8);
	join(l.thread);
	later(&l, fds[1]);
	CHECK_INT(own(SYS_recvmmsg, fds[0], &m, 1, 0, NULL), 1);
	CHECK_INT(m.msg_len, 8);
	join(l.thread);
	CHECK_INT(own(SYS_sendmsg, fds[0], &m.msg_hdr, 0), 8);
	CHECK_INT(own(SYS_sendmmsg, fds[0], &m, 1, 0), 1);
	CHECK_INT(own(SYS_shutdown, fds[0], SHUT_WR), 0);
	CHECK_INT(own(SYS_dup, fds[0]) > fds[1], 1);
	copy = own(SYS_fcntl, fds[0], F_DUPFD_CLOEXEC, 100);
	CHECK(copy >= 100);
	CHECK_INT(own(SYS_dup3, fds[0], copy, O_CLOEXEC), copy);
	client = own(SYS_socket, AF_INET, SOCK_STREAM, 0);
	CHECK(client >= 0);
	CHECK_INT(own(SYS_connect, client, &addr, sizeof(addr)), 0);
	server = own(SYS_accept4, listener, NULL, NULL, SOCK_CLOEXEC);
	CHECK(server >= 0);
	later(&l, (int)client);
	CHECK_INT(own(SYS_read, server, data, 8), 8);
	join(l.thread);
	CHECK_INT(own(SYS_close_range, 3, ~0u, 0), 0);
	ok("sockets");
}

static void polls(void)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET }, got;
	struct timespec second = { 1, 0 };
	struct timeval half = { 0, 500000 };
	struct itimerspec soon = { { 0, 0 }, { 0, 5000000 } };
	struct later l;
	uint64_t count;
	fd_set in;
	long set, events, timer;

	set = own(SYS_epoll_create1, 0);
	events = own(SYS_eventfd2, 0, 0);
	timer = own(SYS_timerfd_create, CLOCK_MONOTONIC, 0);
	CHECK(set >= 0 && events >= 0 && timer >= 0);
	CHECK_INT(own(SYS_epoll_ctl, set, EPOLL_CTL_ADD, events, &event), 0);
	later(&l, (int)events);
	CHECK_INT(own(SYS_epoll_pwait2, set, &got, 1, &second, NULL, 8), 1);
	join(l.thread);
	later(&l, (int)events);
	CHECK_INT(own(SYS_epoll_pwait, set, &got, 1, 1000, NULL, 8), 1);
	join(l.thread);
	CHECK_INT(own(SYS_read, events, &count, 8), 8);
	later(&l, (int)events);
	CHECK_INT(own(SYS_epoll_wait, set, &got, 1, 1000), 1);
	join(l.thread);
	CHECK_INT(own(SYS_read, events, &count, 8), 8);
	later(&l, (int)events);
	FD_ZERO(&in);
	FD_SET(events, &in);
	CHECK_INT(own(SYS_select, events + 1, &in, NULL, NULL, &half), 1);
	CHECK(half.tv_usec < 500000);
	join(l.thread);
	CHECK_INT(own(SYS_timerfd_settime, timer, 0, &soon, NULL), 0);
	CHECK_INT(own(SYS_read, timer, &count, 8), 8);
	CHECK_INT(count, 1);
	CHECK_INT(own(SYS_close_range, 3, ~0u, 0), 0);
	ok("polling");
}

static void *send_later(void *arg)
{
	struct {
		long type;
		char text[8];
	} m = { 1, "message" };

	sleep_ms(5);
	CHECK_INT(own(SYS_msgsnd, *(long *)arg, &m, 8, 0), 0);
	return NULL;
}

static void *wake_later(void *arg)
{
	sleep_ms(5);
	__atomic_store_n((uint32_t *)arg, 1, __ATOMIC_SEQ_CST);
	CHECK(own(SYS_futex, arg, FUTEX_WAKE, 1) >= 0);
	return NULL;
}

static void others(void)
{
	struct {
		long type;
		char text[8];
	} m;
	struct timespec ts = { 0, 1000000 };
	struct rusage usage;
	siginfo_t info;
	pthread_t thread;
	uint32_t *word;
	long queue, pid;

	queue = own(SYS_msgget, IPC_PRIVATE, 0600);
	CHECK(queue >= 0);
	thread = start(send_later, &queue);
	CHECK_INT(own(SYS_msgrcv, queue, &m, 8, 0, 0), 8);
	CHECK_INT(strcmp(m.text, "message"), 0);
	join(thread);
	CHECK_INT(own(SYS_msgctl, queue, IPC_RMID, NULL), 0);

	word = (uint32_t *)own(SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK((long)word > 0);
	thread = start(wake_later, word);
	while (!__atomic_load_n(word, __ATOMIC_SEQ_CST))
		own(SYS_futex, word, FUTEX_WAIT, 0, NULL);
	join(thread);
	pid = fork();
	if (pid == 0) {
		sleep_ms(5);
		__atomic_store_n(word, 2, __ATOMIC_SEQ_CST);
		own(SYS_futex, word, FUTEX_WAKE, 1);
		own(SYS_exit_group, 0);
	}
	while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == 1)
		own(SYS_futex, word, FUTEX_WAIT, 1, NULL);
	CHECK_INT(own(SYS_waitid, P_PID, pid, &info, WEXITED, &usage), 0);
	CHECK_INT(info.si_pid, pid);
	CHECK_INT(own(SYS_wait4, pid, NULL, 0, NULL), -ECHILD);

	/* The vDSO makes this system call from its own code. */
	CHECK_INT(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts), 0);
	CHECK(ts.tv_sec > 0 || ts.tv_nsec > 0);
	ts = (struct timespec){ 0, 1000000 };
	CHECK_INT(own(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &ts, NULL), 0);
	CHECK_INT(own(SYS_sched_yield), 0);
	CHECK_INT(own(SYS_gettid), gettid());
	CHECK_INT(own(SYS_getpid), getpid());
	CHECK_INT(own(100000), -ENOSYS);
	ok("others");
}

static void check(void)
{
	vectors();
	sockets();
	polls();
	others();
}

int main(void)
{
	be_threaded();
	door = own6;
	run_both(check);
	door = by_libc;
	run_both(check);
	return 0;
}
