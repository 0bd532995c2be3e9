/*
 * Calls that cannot succeed fail at once, also where poll never says that the
 * descriptor is ready: a write to a timerfd, a signalfd, an inotify or epoll
 * descriptor, a read of a pidfd, and splice, tee, vmsplice of what they cannot
 * move. Greened, these calls once waited for ever.
 */
#include "lib.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

static void say(const char *what, long result)
{
	printf("%s: %ld, errno %d\n", what, result, result < 0 ? errno : 0);
	fflush(stdout);
}

static void each_way(const char *name, int fd)
{
	struct iovec iov[2];
	char bytes[16] = "", what[64];

	CHECK(fd >= 0);
	iov[0] = (struct iovec){ bytes, 8 };
	iov[1] = (struct iovec){ bytes + 8, 8 };
	snprintf(what, sizeof(what), "%s: write", name);
	say(what, write(fd, bytes, 8));
	say(what, write(fd, bytes, 3));
	snprintf(what, sizeof(what), "%s: writev", name);
	say(what, writev(fd, iov, 2));
	close(fd);
}

static void writes(void)
{
	struct sockaddr_in addr;
	sigset_t set;
	int watch, fds[2];

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	each_way("timerfd", timerfd_create(CLOCK_MONOTONIC, 0));
	each_way("signalfd", signalfd(-1, &set, 0));
	each_way("inotify", inotify_init1(0));
	each_way("epoll", epoll_create1(0));
	each_way("pidfd", (int)syscall(SYS_pidfd_open, getpid(), 0));
	each_way("listener", tcp_listen(&addr, 1));
	watch = dup(inotify_init1(0)); /* told of by nobody but the kernel */
	each_way("inotify, again", watch);
	CHECK_INT(pipe(fds), 0);
	each_way("a pipe's other end", fds[0]);
	each_way("what was just closed", fds[0]);
	close(fds[1]);
}

static void reads(void)
{
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0), fds[2];
	char bytes[16];

	say("pidfd: read", read(fd, bytes, 8));
	close(fd);
	fd = epoll_create1(0);
	say("epoll: read", read(fd, bytes, 8));
	close(fd);
	fd = timerfd_create(CLOCK_MONOTONIC, 0);
	say("timerfd: read of 4", read(fd, bytes, 4));
	close(fd);
	fd = eventfd(0, 0);
	say("eventfd: read of 4", read(fd, bytes, 4));
	close(fd);
	CHECK_INT(pipe(fds), 0);
	say("pipe: read of its other end", read(fds[1], bytes, 8));
	close(fds[0]);
	close(fds[1]);
}

static void moves(void)
{
	int from[2], to[2], sockets[2], others[2], file = scratch_file(), log;
	int timer = timerfd_create(CLOCK_MONOTONIC, 0);
	int process = (int)syscall(SYS_pidfd_open, getpid(), 0);
	struct iovec iov = { from, sizeof(from) };
	off_t at = 0;
	char path[32];

	CHECK_INT(pipe(from), 0);
	CHECK_INT(pipe(to), 0);
	stream_pair(sockets);
	tcp_pair(others);
	CHECK_INT(pwrite(file, "bytes", 5, 0), 5);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	log = open(path, O_WRONLY | O_APPEND);
	CHECK(log >= 0);
#define SPLICE(in, in_at, out, out_at, n, flags)                               \
	say("splice " #in ", " #in_at ", " #out ", " #out_at ", " #n           \
	    ", " #flags,                                                       \
	    splice(in, in_at, out, out_at, n, flags))
	SPLICE(sockets[0], NULL, others[1], NULL, 1, 0);
	SPLICE(sockets[0], NULL, sockets[0], NULL, 1, 0);
	SPLICE(sockets[0], NULL, to[1], NULL, 0, 0);
	SPLICE(sockets[0], NULL, to[1], NULL, 1, 64);
	SPLICE(sockets[0], &at, to[1], NULL, 1, 0);
	SPLICE(sockets[0], NULL, to[1], &at, 1, 0);
	SPLICE(sockets[0], NULL, from[0], NULL, 1, 0);
	SPLICE(sockets[0], NULL, timer, NULL, 1, 0);
	SPLICE(from[0], NULL, from[1], NULL, 1, 0);
	SPLICE(from[0], &at, to[1], NULL, 1, 0);
	SPLICE(from[0], NULL, to[1], &at, 1, 0);
	SPLICE(from[0], NULL, to[1], NULL, 0, 0);
	SPLICE(from[0], NULL, to[1], NULL, 1, 64);
	SPLICE(from[1], NULL, to[1], NULL, 1, 0);
	SPLICE(from[0], NULL, to[0], NULL, 1, 0);
	SPLICE(from[0], NULL, sockets[0], &at, 1, 0);
	SPLICE(from[0], NULL, log, NULL, 1, 0);
	SPLICE(from[0], NULL, timer, NULL, 1, 0);
	SPLICE(from[0], NULL, -1, NULL, 1, 0);
	SPLICE(process, NULL, to[1], NULL, 1, 0);
	SPLICE(file, NULL, log, NULL, 1, 0);
	say("tee of one pipe", tee(from[0], from[1], 1, 0));
	say("tee of a socket", tee(sockets[0], to[1], 1, 0));
	say("tee into a socket", tee(from[0], sockets[1], 1, 0));
	say("tee of nothing", tee(from[0], to[1], 0, 0));
	say("tee, other flags", tee(from[0], to[1], 1, 64));
	say("tee the wrong way", tee(from[1], to[1], 1, 0));
	say("vmsplice to a socket", vmsplice(sockets[0], &iov, 1, 0));
	say("vmsplice, other flags", vmsplice(from[1], &iov, 1, 64));
	say("vmsplice of nothing", vmsplice(from[0], NULL, 0, 0));
	say("vmsplice to a file", vmsplice(file, &iov, 1, 0));
	close(from[0]), close(from[1]), close(to[0]), close(to[1]);
	close(sockets[0]), close(sockets[1]), close(others[0]);
	close(others[1]), close(file), close(log), close(timer), close(process);
}

static void checks(void)
{
	writes();
	reads();
	moves();
}

int main(void)
{
	CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	run_both(checks);
	return 0;
}
