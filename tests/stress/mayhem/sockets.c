/*
 * Deeds with sockets: many connections, descriptors that are sent, closed or
 * replaced while others wait on them.
 */
#include "mayhem.h"
#include <sys/epoll.h>

/* ---- connections to one listener ---- */

enum { CALLERS = 6 };

struct caller {
	struct sockaddr_in address;
	uint32_t number;
	uint32_t answer;
};

static void *call(void *argument)
{
	struct caller *caller = argument;
	int fd = connect_surely(&caller->address);

	write_all(fd, &caller->number, sizeof(caller->number));
	CHECK_INT(shutdown(fd, SHUT_WR), 0);
	read_all(fd, &caller->answer, sizeof(caller->answer));
	CHECK_INT(close(fd), 0);
	return NULL;
}

static void *answer(void *argument)
{
	int listener = *(int *)argument;
	uint32_t number;
	int fd = AGAIN(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
	char byte;

	CHECK(fd >= 0);
	read_all(fd, &number, sizeof(number));
	CHECK_INT(AGAIN(read(fd, &byte, 1)), 0);
	number = ~number;
	write_all(fd, &number, sizeof(number));
	CHECK_INT(close(fd), 0);
	return NULL;
}

static void serve(struct player *player)
{
	struct caller callers[CALLERS];
	pthread_t threads[CALLERS * 2];
	struct sockaddr_in address;
	int listener = tcp_listen(&address, 2 * CALLERS);

	for (int i = 0; i < CALLERS; i++) {
		callers[i] = (struct caller){ address,
					      pick(&player->random, 1 << 30),
					      0 };
		threads[i] = start(call, &callers[i]);
		threads[CALLERS + i] = start(answer, &listener);
		jitter(&player->random);
	}
	for (int i = 0; i < CALLERS * 2; i++)
		join(threads[i]);
	for (int i = 0; i < CALLERS; i++)
		CHECK_INT(callers[i].answer, ~callers[i].number);
	CHECK_INT(close(listener), 0);
}

/* ---- taken away from under a waiter ---- */

struct waiter {
	int fd;
	int how;
	char got;
	int begun;
};

/*
 * Natively, the reader keeps the file that it began to read; greened, it may
 * get EBADF. It never gets another file's data.
 */
static void *wait_on_it(void *argument)
{
	struct waiter *waiter = argument;
	struct pollfd pollfd = { waiter->fd, POLLIN, 0 };
	ssize_t got;

	__atomic_store_n(&waiter->begun, 1, __ATOMIC_SEQ_CST);
	if (waiter->how) {
		AGAIN(poll(&pollfd, 1, 50));
		return NULL;
	}
	got = AGAIN(recv(waiter->fd, &waiter->got, 1, 0));
	CHECK(got == 1 || got == 0 ||
	      (got == -1 &&
	       (errno == EBADF || errno == ENOTSOCK || errno == ECONNRESET)));
	return NULL;
}

/* Numbers that only one deed at a time opens. */
enum { FIRST = 600, NUMBERS = 300 };

static int numbers_taken[NUMBERS];

static int take_number(struct random *random)
{
	int none, at;

	do {
		at = (int)pick(random, NUMBERS);
		none = 0;
	} while (!__atomic_compare_exchange_n(&numbers_taken[at], &none, 1, 0,
					      __ATOMIC_SEQ_CST,
					      __ATOMIC_SEQ_CST));
	return FIRST + at;
}

static void give_number(int number)
{
	__atomic_store_n(&numbers_taken[number - FIRST], 0, __ATOMIC_SEQ_CST);
}

static void take_away(struct player *player)
{
	int fds[2], high;
	struct waiter waiter;
	pthread_t thread;

	if (pick(&player->random, 2))
		CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
				     fds),
			  0);
	else
		connection(fds);
	high = take_number(&player->random);
	CHECK_INT(dup3(fds[0], high, O_CLOEXEC), high);
	CHECK_INT(close(fds[0]), 0);
	waiter = (struct waiter){ high, (int)pick(&player->random, 3) == 0, 0,
				  0 };
	thread = start(wait_on_it, &waiter);
	WAIT_UNTIL(VALUE(waiter.begun));
	usleep(pick(&player->random, 300));
	switch (pick(&player->random, 3)) {
	case 0:
		CHECK_INT(close(high), 0);
		break;
	case 1:
		CHECK_INT(shutdown(high, SHUT_RDWR), 0);
		break;
	default:
		jitter(&player->random);
	}
	jitter(&player->random);
	CHECK_INT(close(fds[1]), 0); /* the end, for who still waits */
	join(thread);
	CHECK_INT(waiter.got, 0);
	if (fcntl(high, F_GETFD) != -1)
		CHECK_INT(close(high), 0);
	give_number(high);
}

/* ---- sent along a socket ---- */

union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

static void send_fd(int socket, int fd)
{
	char byte = 'x';
	struct iovec vec = { &byte, 1 };
	union control control;
	struct msghdr msg = { .msg_iov = &vec,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	CHECK_INT(AGAIN(sendmsg(socket, &msg, 0)), 1);
}

static int receive_fd(int socket)
{
	char byte;
	struct iovec vec = { &byte, 1 };
	union control control;
	struct msghdr msg = { .msg_iov = &vec,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	int fd;

	CHECK_INT(AGAIN(recvmsg(socket, &msg, MSG_CMSG_CLOEXEC)), 1);
	CHECK_INT(control.header.cmsg_type, SCM_RIGHTS);
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

static void *receive_and_read(void *argument)
{
	int fd = receive_fd(*(int *)argument);
	char text[6];

	read_all(fd, text, sizeof(text));
	CHECK(!memcmp(text, "hello\n", 6));
	CHECK_INT(close(fd), 0);
	return NULL;
}

static void pass_on(struct player *player)
{
	int fds[2], sent[2];
	pthread_t thread;

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	CHECK_INT(pipe2(sent, O_CLOEXEC), 0);
	thread = start(receive_and_read, &fds[0]);
	jitter(&player->random);
	send_fd(fds[1], sent[0]);
	CHECK_INT(close(sent[0]), 0);
	jitter(&player->random);
	write_all(sent[1], "hello\n", 6);
	CHECK_INT(close(sent[1]), 0);
	join(thread);
	CHECK_INT(close(fds[0]), 0);
	CHECK_INT(close(fds[1]), 0);
}

/* ---- datagrams ---- */

static void *send_datagrams(void *argument)
{
	int *fds = argument;

	for (uint32_t i = 0; i < 100; i++)
		CHECK_INT(AGAIN(send(fds[1], &i, sizeof(i), 0)), sizeof(i));
	return NULL;
}

/* A unix datagram socket loses none, and makes its sender wait. */
static void use_datagrams(struct player *player)
{
	int fds[2];
	pthread_t thread;
	uint32_t number;

	CHECK_INT(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds), 0);
	thread = start(send_datagrams, fds);
	for (uint32_t i = 0; i < 100; i++) {
		struct timeval timeout = { 100, 0 };

		if (pick(&player->random, 10) == 0)
			CHECK_INT(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO,
					     &timeout, sizeof(timeout)),
				  0);
		CHECK_INT(AGAIN(recv(fds[0], &number, sizeof(number), 0)),
			  sizeof(number));
		CHECK_INT(number, i);
		jitter(&player->random);
	}
	join(thread);
	CHECK_INT(close(fds[0]), 0);
	CHECK_INT(close(fds[1]), 0);
}

/* ---- an epoll set in which several wait, while it changes ---- */

enum { READERS = 3, MESSAGES = 30 };

struct set {
	int epoll, in, got;
};

static void *read_from_set(void *argument)
{
	struct set *set = argument;
	struct epoll_event event;
	char byte;

	while (VALUE(set->got) < MESSAGES) {
		int n = epoll_wait(set->epoll, &event, 1, 20);

		CHECK(n >= 0 || errno == EINTR);
		if (n > 0 && recv(set->in, &byte, 1, MSG_DONTWAIT) == 1)
			COUNT(set->got);
	}
	return NULL;
}

static void use_epoll_set(struct player *player)
{
	struct epoll_event event = { .events = EPOLLIN };
	pthread_t threads[READERS];
	struct set set = { 0 };
	int fds[2];

	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds),
		  0);
	set.epoll = epoll_create1(EPOLL_CLOEXEC);
	set.in = fds[0];
	CHECK_INT(epoll_ctl(set.epoll, EPOLL_CTL_ADD, fds[0], &event), 0);
	for (int i = 0; i < READERS; i++)
		threads[i] = start(read_from_set, &set);
	for (int i = 0; i < MESSAGES; i++) {
		CHECK_INT(AGAIN(send(fds[1], "m", 1, 0)), 1);
		if (pick(&player->random, 4) == 0) {
			event.events = pick(&player->random, 2)
					       ? EPOLLIN
					       : EPOLLIN | EPOLLOUT;
			CHECK_INT(epoll_ctl(set.epoll, EPOLL_CTL_MOD, fds[0],
					    &event),
				  0);
		}
		jitter(&player->random);
	}
	for (int i = 0; i < READERS; i++)
		join(threads[i]);
	CHECK_INT(set.got, MESSAGES);
	CHECK_INT(close(set.epoll), 0);
	CHECK_INT(close(fds[0]), 0);
	CHECK_INT(close(fds[1]), 0);
}

const struct deed socket_deeds[] = {
	{ "many connections", serve, 3 },
	{ "a close under a waiter", take_away, 4 },
	{ "a descriptor that is sent", pass_on, 2 },
	{ "datagrams", use_datagrams, 2 },
	{ "an epoll set for several", use_epoll_set, 2 },
	{ NULL, NULL, 0 },
};
