/*
 * close(2), dup2(2), NOTES: a blocked call keeps its file when the descriptor is
 * closed or replaced, whatever the call is and however the descriptor goes. poll
 * and select listen to the file, but answer for what has its number.
 */
#include "lib.h"
#include <linux/close_range.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/wait.h>

enum how { CLOSE, DUP2, DUP3, CLOSE_RANGE, HOWS };

static void go(int fd, enum how how)
{
	static int other = -1;

	if (other < 0)
		other = open("/dev/null", O_RDWR);
	switch (how) {
	case CLOSE:
		CHECK_INT(close(fd), 0);
		break;
	case DUP2:
		CHECK_INT(dup2(other, fd), fd);
		break;
	case DUP3:
		CHECK_INT(dup3(other, fd, O_CLOEXEC), fd);
		break;
	default:
		CHECK_INT(close_range((unsigned)fd, (unsigned)fd, 0), 0);
	}
}

struct call {
	_Atomic int began;
	int fd, other, result, error;
	char data[200000];
};

static void *call_send(void *argument)
{
	struct call *c = argument;

	c->began = 1;
	c->result = (int)send(c->fd, c->data, sizeof(c->data), 0);
	return NULL;
}

static void *call_waitall(void *argument)
{
	struct call *c = argument;

	c->began = 1;
	c->result = (int)recv(c->fd, c->data, 8, MSG_WAITALL);
	return NULL;
}

static void *call_accept(void *argument)
{
	struct call *c = argument;

	c->began = 1;
	c->result = accept(c->fd, NULL, NULL);
	c->error = c->result < 0 ? errno : 0;
	return NULL;
}

static void *call_poll(void *argument)
{
	struct call *c = argument;
	struct pollfd p[3] = { { c->other, POLLIN, 0 },
			       { c->fd, POLLIN, 0 },
			       { c->fd, POLLIN, 0 } };

	c->began = 1;
	c->result = poll(p, 3, -1);
	CHECK_INT(p[0].revents, 0);
	CHECK_INT(p[0].fd, c->other);
	CHECK_INT(p[1].fd, c->fd);
	c->error = p[1].revents | p[2].revents;
	return NULL;
}

static void *call_select(void *argument)
{
	struct call *c = argument;
	fd_set in;

	FD_ZERO(&in);
	FD_SET(c->fd, &in);
	c->began = 1;
	c->result = select(c->fd + 1, &in, NULL, NULL, NULL);
	c->error = FD_ISSET(c->fd, &in) ? 1 : errno;
	return NULL;
}

static void *call_epoll(void *argument)
{
	struct call *c = argument;
	struct epoll_event event = { 0 };

	c->began = 1;
	c->result = epoll_wait(c->fd, &event, 1, -1);
	CHECK_INT(event.data.fd, 77);
	return NULL;
}

static void *call_splice(void *argument)
{
	struct call *c = argument;

	c->began = 1;
	c->result = (int)splice(c->fd, NULL, c->other, NULL, 100, 0);
	c->error = errno;
	return NULL;
}

static pthread_t begin(void *(*call)(void *), struct call *c, int fd, int other)
{
	pthread_t thread;

	c->fd = fd;
	c->other = other;
	c->result = -99;
	c->error = 0;
	c->began = 0;
	thread = start(call, c);
	WAIT_UNTIL(c->began);
	settle();
	return thread;
}

static struct call call;

static void send_goes_on(enum how how)
{
	static char data[sizeof(call.data)];
	pthread_t thread;
	int fds[2];

	stream_pair(fds);
	fill_pattern(call.data, sizeof(call.data), 0);
	thread = begin(call_send, &call, fds[0], -1);
	go(fds[0], how);
	read_all(fds[1], data, sizeof(data));
	join(thread);
	CHECK_INT(call.result, sizeof(call.data));
	CHECK(is_pattern(data, sizeof(data), 0));
	CHECK_INT(read(fds[1], data, 1), 0);
	close(fds[1]);
	if (how == DUP2 || how == DUP3)
		close(fds[0]);
}

static void waitall_goes_on(enum how how)
{
	pthread_t thread;
	int fds[2];

	stream_pair(fds);
	thread = begin(call_waitall, &call, fds[0], -1);
	CHECK_INT(write(fds[1], "abc", 3), 3);
	settle();
	go(fds[0], how);
	CHECK_INT(write(fds[1], "de", 2), 2);
	settle();
	CHECK_INT(write(fds[1], "fgh", 3), 3);
	join(thread);
	CHECK_INT(call.result, 8);
	CHECK(!memcmp(call.data, "abcdefgh", 8));
	close(fds[1]);
	if (how == DUP2 || how == DUP3)
		close(fds[0]);
}

static void accept_goes_on(enum how how)
{
	struct sockaddr_in addr;
	pthread_t thread;
	int listener = tcp_listen(&addr, 4), fd;

	thread = begin(call_accept, &call, listener, -1);
	go(listener, how);
	fd = tcp_connect(&addr);
	join(thread);
	CHECK(call.result >= 0);
	CHECK_INT(write(fd, "x", 1), 1);
	CHECK_INT(read(call.result, call.data, 1), 1);
	close(call.result);
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_ERRNO(connect(fd, (struct sockaddr *)&addr, sizeof(addr)),
		    ECONNREFUSED);
	close(fd);
	if (how == DUP2 || how == DUP3)
		close(listener);

	listener = tcp_listen(&addr, 4);
	thread = begin(call_accept, &call, listener, -1);
	CHECK_INT(shutdown(listener, SHUT_RDWR), 0);
	go(listener, how);
	join(thread);
	CHECK_INT(call.result, -1);
	CHECK(call.error == EINVAL || call.error == EBADF);
	if (how == DUP2 || how == DUP3)
		close(listener);
}

static void waits_go_on(void *(*wait)(void *), enum how how)
{
	pthread_t thread;
	int fds[2], idle[2];

	stream_pair(fds);
	CHECK_INT(pipe(idle), 0);
	thread = begin(wait, &call, fds[0], idle[0]);
	go(fds[0], how);
	settle();
	CHECK_INT(pthread_tryjoin_np(thread, NULL), EBUSY);
	CHECK_INT(write(fds[1], "x", 1), 1);
	join(thread);
	printf("%s: %d, %d\n", wait == call_poll ? "poll" : "select",
	       call.result, call.error);
	close(fds[1]);
	close(idle[0]);
	close(idle[1]);
	if (how == DUP2 || how == DUP3)
		close(fds[0]);
}

static void epoll_goes_on(enum how how)
{
	struct epoll_event event = { EPOLLIN, { .fd = 77 } };
	int set = epoll_create1(0), fd = eventfd(0, 0);
	pthread_t thread;
	uint64_t one = 1;

	CHECK_INT(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
	thread = begin(call_epoll, &call, set, -1);
	go(set, how);
	settle();
	CHECK_INT(write(fd, &one, 8), 8);
	join(thread);
	CHECK_INT(call.result, 1);
	close(fd);
	if (how == DUP2 || how == DUP3)
		close(set);
}

/* Either end of the call may be closed. */
static void splice_goes_on(enum how how)
{
	pthread_t thread;
	int in[2], out[2];

	for (int which = 0; which < 2; which++) {
		stream_pair(in);
		CHECK_INT(pipe(out), 0);
		thread = begin(call_splice, &call, in[0], out[1]);
		go(which ? out[1] : in[0], how);
		settle();
		CHECK_INT(write(in[1], "xyz", 3), 3);
		join(thread);
		CHECK_INT(call.result, 3);
		CHECK_INT(read(out[0], call.data, 3), 3);
		close(in[1]);
		close(out[0]);
		if (!which || how == DUP2 || how == DUP3)
			close(out[1]);
		if (which || how == DUP2 || how == DUP3)
			close(in[0]);
	}
}

/* A child does not have the file. */
static void child_has_none(void)
{
	pthread_t thread;
	int fds[2];
	pid_t pid;

	stream_pair(fds);
	thread = begin(call_waitall, &call, fds[0], -1);
	CHECK_INT(close(fds[0]), 0);
	pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	CHECK_INT(write(fds[1], "abcdefgh", 8), 8);
	join(thread);
	CHECK_INT(read(fds[1], call.data, 1), 0);
	kill(pid, SIGKILL);
	wait_for(pid);
	close(fds[1]);
	ok("but not in a child");
}

static void checks(void)
{
	for (int how = 0; how < HOWS; how++) {
		send_goes_on(how);
		waitall_goes_on(how);
		accept_goes_on(how);
		waits_go_on(call_poll, how);
		waits_go_on(call_select, how);
		epoll_goes_on(how);
		splice_goes_on(how);
		ok("way %d", how);
	}
	child_has_none();
}

int main(void)
{
	run_both(checks);
	return 0;
}
