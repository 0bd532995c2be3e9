/*
 * signal(7): which waits continue after a handler with SA_RESTART; each ends
 * with EINTR after a handler without it, in the thread that the signal is sent
 * to. A wait that continues must still end when its event comes.
 */
#include "lib.h"
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>

enum {
	READ,
	RECV,
	ACCEPT,
	WAITPID,
	SEM,
	FLOCK,
	WRITE,
	SEM_TIMED,
	POLL,
	SELECT,
	EPOLL,
	NANOSLEEP,
	SIGTIMED,
	RCVTIMEO,
	WAITS
};

static const char *names[] = {
	"read",		"recv",
	"accept",	"waitpid",
	"sem_wait",	"flock",
	"write",	"sem_timedwait",
	"poll",		"select",
	"epoll_wait",	"nanosleep",
	"sigtimedwait", "recv with SO_RCVTIMEO",
};

static int kind, before, pipe_fds[2], pair[2], timed[2], listener, epoll;
static int full[2], lock_file, other_lock, go[2];
static pid_t child;
static sem_t sem;
static volatile sig_atomic_t handled;

static void handler(int signo)
{
	(void)signo;
	handled++;
}

static long wait_in(void)
{
	struct pollfd pollfd = { pipe_fds[0], POLLIN, 0 };
	struct timespec long_time = { 100, 0 }, until;
	struct epoll_event event;
	static char data[65536];
	sigset_t set;
	fd_set fds;

	switch (kind) {
	case READ:
		return read(pipe_fds[0], data, 1);
	case RECV:
		return recv(pair[0], data, 1, 0);
	case ACCEPT:
		return accept(listener, NULL, NULL) < 0 ? -1 : 1;
	case WAITPID:
		return waitpid(child, NULL, 0) == child ? 1 : -1;
	case SEM:
		return sem_wait(&sem) == 0 ? 1 : -1;
	case SEM_TIMED:
		until = in_ms(CLOCK_REALTIME, 100000);
		return sem_timedwait(&sem, &until) == 0 ? 1 : -1;
	case FLOCK:
		return flock(lock_file, LOCK_EX) == 0 ? 1 : -1;
	case WRITE:
		return write(full[1], data, 1);
	case POLL:
		return poll(&pollfd, 1, -1);
	case SELECT:
		FD_ZERO(&fds);
		FD_SET(pipe_fds[0], &fds);
		return select(pipe_fds[0] + 1, &fds, NULL, NULL, NULL);
	case EPOLL:
		return epoll_wait(epoll, &event, 1, -1);
	case NANOSLEEP:
		return nanosleep(&long_time, NULL);
	case SIGTIMED:
		sigemptyset(&set);
		sigaddset(&set, SIGUSR2);
		return sigtimedwait(&set, NULL, &long_time);
	case RCVTIMEO:
		return recv(timed[0], data, 1, 0);
	}
	return -2;
}

static void *waiter(void *argument)
{
	long r;

	(void)argument;
	__atomic_store_n(&before, 1, __ATOMIC_SEQ_CST);
	errno = 0;
	r = wait_in();
	return (void *)(r == 1 ? 0l : r == -1 ? (long)errno : -1l);
}

static void prepare(void)
{
	char byte;

	if (kind == WAITPID) {
		CHECK_INT(pipe(go), 0);
		child = fork();
		if (child == 0) {
			close(go[1]);
			_exit((int)read(go[0], &byte, 1));
		}
		close(go[0]);
	}
	if (kind == FLOCK)
		CHECK_INT(flock(other_lock, LOCK_EX), 0);
}

/* Causes the event that the wait is for. */
static void fulfil(void)
{
	static char data[1 << 20];
	struct sockaddr_in addr;
	socklen_t len = sizeof(addr);

	switch (kind) {
	case READ:
		CHECK_INT(write(pipe_fds[1], "x", 1), 1);
		break;
	case RECV:
		CHECK_INT(send(pair[1], "x", 1, 0), 1);
		break;
	case ACCEPT:
		CHECK_INT(getsockname(listener, (void *)&addr, &len), 0);
		tcp_connect(&addr);
		break;
	case WAITPID:
		close(go[1]);
		break;
	case SEM:
		CHECK_INT(sem_post(&sem), 0);
		break;
	case FLOCK:
		CHECK_INT(flock(other_lock, LOCK_UN), 0);
		break;
	case WRITE:
		CHECK(read(full[0], data, sizeof(data)) > 0);
		break;
	}
}

/* The error with which the wait ended; 0: none. */
static int interrupted(int flags, int should_go_on)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
	pthread_t thread;

	CHECK_INT(sigaction(SIGUSR1, &action, NULL), 0);
	handled = before = 0;
	prepare();
	thread = start(waiter, NULL);
	WAIT_UNTIL(__atomic_load_n(&before, __ATOMIC_SEQ_CST));
	settle();
	CHECK_INT(pthread_kill(thread, SIGUSR1), 0);
	WAIT_UNTIL(handled == 1);
	if (should_go_on) {
		settle();
		CHECK_INT(pthread_tryjoin_np(thread, NULL), EBUSY);
		fulfil();
	}
	return (int)(long)join(thread);
}

int main(void)
{
	char name[] = "/tmp/conformance.XXXXXX", filler[4096] = { 0 };
	struct timeval timeout = { 100, 0 };
	struct epoll_event event = { .events = EPOLLIN };
	struct sockaddr_in addr;

	CHECK_INT(pipe(pipe_fds), 0);
	stream_pair(pair);
	stream_pair(timed);
	CHECK_INT(setsockopt(timed[0], SOL_SOCKET, SO_RCVTIMEO, &timeout,
			     sizeof(timeout)),
		  0);
	listener = tcp_listen(&addr, 4);
	epoll = epoll_create1(0);
	CHECK_INT(epoll_ctl(epoll, EPOLL_CTL_ADD, pipe_fds[0], &event), 0);
	CHECK_INT(sem_init(&sem, 0, 0), 0);
	lock_file = mkstemp(name);
	other_lock = open(name, O_RDWR);
	unlink(name);
	CHECK(lock_file >= 0 && other_lock >= 0);
	CHECK_INT(pipe2(full, O_NONBLOCK), 0);
	while (write(full[1], filler, sizeof(filler)) > 0)
		;
	CHECK_INT(fcntl(full[1], F_SETFL, 0), 0);
	be_threaded();

	for (kind = 0; kind < WAITS; kind++) {
		int restarts = kind <= WRITE;

		CHECK_INT(interrupted(0, 0), EINTR);
		if (kind == FLOCK)
			flock(other_lock, LOCK_UN);
		if (kind == WAITPID) {
			close(go[1]);
			wait_for(child);
		}
		CHECK_INT(interrupted(SA_RESTART, restarts),
			  restarts ? 0 : EINTR);
		ok("%s", names[kind]);
		if (kind == FLOCK)
			flock(lock_file, LOCK_UN);
	}
	return 0;
}
