/*
 * Many threads open, duplicate, pass on, close and reopen descriptors, so that
 * numbers are reused at once: each thread gets its own data and nothing else,
 * ends of file arrive when they should, and no descriptor stays open.
 */
#include "stress.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

#define THREADS 40

static long made;

static void make(int fds[2], struct random *random)
{
	switch (pick(random, 4)) {
	case 0:
		CHECK_INT(pipe2(fds, O_CLOEXEC), 0);
		break;
	case 1:
		CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
				     fds),
			  0);
		break;
	case 2:
		CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
		break;
	default:
		tcp_pair(fds);
	}
	__atomic_add_fetch(&made, 2, __ATOMIC_SEQ_CST);
}

struct talk {
	int fd;
	unsigned count;
	uint64_t value;
	int number;
};

/* Writes so many distinct values, and closes. */
static void *writer(void *argument)
{
	struct talk *talk = argument;
	struct random random = random_for(talk->number);

	for (unsigned i = 0; i < talk->count; i++) {
		uint64_t value = talk->value + i;

		jitter(&random);
		CHECK_INT(write(talk->fd, &value, sizeof(value)),
			  sizeof(value));
		if (pick(&random, 8) == 0) {
			int copy = dup(talk->fd);

			CHECK(copy >= 0);
			CHECK_INT(close(talk->fd), 0);
			talk->fd = copy;
		}
	}
	CHECK_INT(close(talk->fd), 0);
	return NULL;
}

static void read_value(int fd, uint64_t want, struct random *random)
{
	struct pollfd pollfd = { fd, POLLIN, 0 };
	struct epoll_event event = { .events = EPOLLIN };
	uint64_t value = 0;
	int epoll;

	switch (pick(random, 6)) {
	case 0:
		CHECK_INT(poll(&pollfd, 1, 20000), 1);
		break;
	case 1:
		epoll = epoll_create1(EPOLL_CLOEXEC);
		CHECK_INT(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), 0);
		CHECK_INT(epoll_wait(epoll, &event, 1, 20000), 1);
		CHECK_INT(close(epoll), 0);
		break;
	case 2: {
		/* The program's own non-blocking mode, for a while. */
		int flags = fcntl(fd, F_GETFL);

		CHECK_INT(flags & O_NONBLOCK, 0);
		CHECK_INT(fcntl(fd, F_SETFL, flags | O_NONBLOCK), 0);
		ssize_t got = read(fd, &value, sizeof(value));
		CHECK_INT(fcntl(fd, F_SETFL, flags), 0);
		if (got == sizeof(value)) {
			CHECK(value == want);
			return;
		}
		CHECK(got == -1 && errno == EAGAIN);
		break;
	}
	}
	CHECK_INT(read(fd, &value, sizeof(value)), sizeof(value));
	if (value != want)
		FAIL("fd %d: %llx, want %llx", fd, (unsigned long long)value,
		     (unsigned long long)want);
}

static void *worker(void *argument)
{
	int n = (int)(intptr_t)argument;
	struct random random = random_for(n);

	for (unsigned round = 0; !stress_over(); round++) {
		struct talk talk;
		pthread_t thread;
		uint64_t byte, first;
		int fds[2], spare;

		make(fds, &random);
		first = (uint64_t)n << 48 | (uint64_t)round << 16;
		talk = (struct talk){ fds[1], pick(&random, 10), first,
				      (int)(n * 100000 + round) };
		thread = start(writer, &talk);
		/* Another file on the next number, for a moment. */
		spare = pick(&random, 2) ? eventfd(1, 0)
					 : open("/dev/null", O_RDWR);
		CHECK(spare >= 0);
		for (unsigned i = 0; i < talk.count; i++) {
			read_value(fds[0], first + i, &random);
			if (pick(&random, 8) == 0) {
				int copy = fcntl(fds[0], F_DUPFD_CLOEXEC, 3);

				CHECK(copy >= 0);
				CHECK_INT(close(fds[0]), 0);
				fds[0] = copy;
			} else if (pick(&random, 8) == 0) {
				/* Over the spare one. */
				CHECK_INT(dup2(fds[0], spare), spare);
				CHECK_INT(close(fds[0]), 0);
				fds[0] = spare;
				spare = dup(fds[0]);
				CHECK(spare >= 0);
			}
		}
		CHECK_INT(close(spare), 0);
		CHECK_INT(read(fds[0], &byte, sizeof(byte)), 0);
		CHECK_INT(close(fds[0]), 0);
		join(thread);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	int before;

	stress_begin(argc, argv);
	be_threaded();
	before = open_descriptors();
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(worker, (void *)(intptr_t)i);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	/* The shim may have opened descriptors of its own meanwhile. */
	CHECK(open_descriptors() <= before + 16);
	fprintf(stderr, "%ld descriptors\n", made);
	ok("descriptors");
	return 0;
}
