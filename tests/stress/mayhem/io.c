/*
 * Deeds with descriptors that are not sockets, and waits for many at once.
 */
#include "mayhem.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/select.h>

static char directory[] = "/tmp/mayhem.XXXXXX";
static int shared_file; /* its first bytes are two numbers, equal outside */

void io_begin(void)
{
	long numbers[2] = { 0, 0 };

	CHECK(mkdtemp(directory) != NULL);
	shared_file = scratch_file();
	CHECK_INT(pwrite(shared_file, numbers, sizeof(numbers), 0),
		  sizeof(numbers));
}

void io_end(void)
{
	CHECK_INT(close(shared_file), 0);
	CHECK_INT(rmdir(directory), 0);
}

/* ---- a stream of bytes from one thread to another ---- */

struct stream {
	int fd;
	size_t size;
	struct random random;
};

static void *write_stream(void *argument)
{
	struct stream *stream = argument;
	unsigned char buffer[3000];
	size_t done = 0;

	while (done < stream->size) {
		size_t n = pick(&stream->random, sizeof(buffer)) + 1;

		if (n > stream->size - done)
			n = stream->size - done;
		fill_pattern(buffer, n, done);
		write_all(stream->fd, buffer, n);
		done += n;
		jitter(&stream->random);
	}
	CHECK_INT(close(stream->fd), 0);
	return NULL;
}

static void wait_readable(int fd, struct random *random)
{
	struct pollfd pollfd = { fd, POLLIN, 0 };
	struct epoll_event event = { .events = EPOLLIN };
	fd_set set;
	int epoll;

	switch (pick(random, 5)) {
	case 0:
		CHECK_INT(AGAIN(poll(&pollfd, 1, -1)), 1);
		break;
	case 1:
		do {
			FD_ZERO(&set);
			CHECK(fd < FD_SETSIZE);
			FD_SET(fd, &set);
		} while (select(fd + 1, &set, NULL, NULL, NULL) == -1 &&
			 errno == EINTR);
		CHECK(FD_ISSET(fd, &set));
		break;
	case 2:
		epoll = epoll_create1(EPOLL_CLOEXEC);
		CHECK(epoll >= 0);
		CHECK_INT(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), 0);
		CHECK_INT(AGAIN(epoll_wait(epoll, &event, 1, -1)), 1);
		CHECK_INT(close(epoll), 0);
		break;
	}
}

static void stream_through(struct player *player, int in, int out)
{
	struct stream stream = { out, pick(&player->random, 200000),
				 player->random };
	unsigned char buffer[5000];
	size_t done = 0;
	ssize_t got;
	pthread_t thread = start(write_stream, &stream);

	for (;;) {
		wait_readable(in, &player->random);
		got = AGAIN(read(in, buffer,
				 pick(&player->random, sizeof(buffer)) + 1));
		CHECK(got >= 0);
		if (got == 0)
			break;
		CHECK(is_pattern(buffer, (size_t)got, done));
		done += (size_t)got;
		jitter(&player->random);
	}
	join(thread);
	CHECK_INT(done, stream.size);
	CHECK_INT(close(in), 0);
}

static void use_pipe(struct player *player)
{
	int fds[2];

	CHECK_INT(pipe2(fds, O_CLOEXEC), 0);
	stream_through(player, fds[0], fds[1]);
}

static void use_stream_pair(struct player *player)
{
	int fds[2];

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	stream_through(player, fds[0], fds[1]);
}

/* An interrupted call is simply repeated. */
int connect_surely(const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), error = 0;
	socklen_t size = sizeof(error);
	struct pollfd pollfd = { fd, POLLOUT, 0 };

	CHECK(fd >= 0);
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) ==
	    0)
		return fd;
	CHECK_INT(errno, EINTR);
	CHECK_INT(AGAIN(poll(&pollfd, 1, -1)), 1);
	CHECK_INT(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size), 0);
	CHECK_INT(error, 0);
	return fd;
}

void connection(int fds[2])
{
	struct sockaddr_in address;
	int listener = tcp_listen(&address, 1);

	fds[0] = connect_surely(&address);
	fds[1] = AGAIN(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
	CHECK(fds[1] >= 0);
	CHECK_INT(close(listener), 0);
}

static void use_tcp(struct player *player)
{
	int fds[2];

	connection(fds);
	stream_through(player, fds[1], fds[0]);
}

/* ---- a FIFO, whose open waits for the other side ---- */

struct fifo {
	char path[64];
	struct stream stream;
};

static void *write_fifo(void *argument)
{
	struct fifo *fifo = argument;

	fifo->stream.fd = AGAIN(open(fifo->path, O_WRONLY | O_CLOEXEC));
	CHECK(fifo->stream.fd >= 0);
	return write_stream(&fifo->stream);
}

static void use_fifo(struct player *player)
{
	static long names;
	struct fifo fifo;
	unsigned char buffer[4096];
	size_t done = 0;
	ssize_t got;
	pthread_t thread;
	sigset_t old;
	int fd;

	/* An open that is interrupted leaves the other side alone. */
	block_storms(&old);
	snprintf(fifo.path, sizeof(fifo.path), "%s/%ld", directory,
		 COUNT(names));
	CHECK_INT(mkfifo(fifo.path, 0600), 0);
	fifo.stream = (struct stream){ -1, pick(&player->random, 20000) + 1,
				       player->random };
	thread = start(write_fifo, &fifo);
	jitter(&player->random);
	fd = AGAIN(open(fifo.path, O_RDONLY | O_CLOEXEC));
	CHECK(fd >= 0);
	while ((got = AGAIN(read(fd, buffer, sizeof(buffer)))) > 0) {
		CHECK(is_pattern(buffer, (size_t)got, done));
		done += (size_t)got;
	}
	CHECK_INT(got, 0);
	join(thread);
	CHECK_INT(done, fifo.stream.size);
	CHECK_INT(close(fd), 0);
	CHECK_INT(unlink(fifo.path), 0);
	CHECK_INT(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
}

/* ---- a file that many lock ---- */

static void use_file(struct player *player)
{
	char path[64];
	long numbers[2];
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", shared_file);
	for (int i = (int)pick(&player->random, 4); i >= 0; i--) {
		fd = open(path, O_RDWR | O_CLOEXEC);
		CHECK(fd >= 0);
		CHECK_INT(AGAIN(fcntl(fd, F_OFD_SETLKW, &lock)), 0);
		CHECK_INT(pread(fd, numbers, sizeof(numbers), 0),
			  sizeof(numbers));
		CHECK(numbers[0] == numbers[1]);
		numbers[0]++;
		CHECK_INT(pwrite(fd, numbers, sizeof(long), 0), sizeof(long));
		jitter(&player->random);
		numbers[1]++;
		CHECK_INT(pwrite(fd, numbers, sizeof(numbers), 0),
			  sizeof(numbers));
		CHECK_INT(close(fd), 0);
	}
}

/* ---- an eventfd: no count is lost, however many wait for it ---- */

enum { TAKERS = 4 };

struct counter {
	int fd, others;
	long taken;
};

static void *take_counts(void *argument)
{
	struct counter *counter = argument;
	uint64_t value;

	for (;;) {
		CHECK_INT(AGAIN(read(counter->fd, &value, 8)), 8);
		CHECK_INT(value, 1);
		if (COUNT(counter->taken) > counter->others)
			return NULL; /* what comes at the end is for each */
	}
}

static void use_eventfd(struct player *player)
{
	struct counter counter = { eventfd(0, EFD_SEMAPHORE | EFD_CLOEXEC), 0,
				   0 };
	pthread_t threads[TAKERS];
	uint64_t sum = 0;

	CHECK(counter.fd >= 0);
	counter.others = (int)pick(&player->random, 200);
	for (int i = 0; i < TAKERS; i++)
		threads[i] = start(take_counts, &counter);
	while (sum < (uint64_t)counter.others) {
		uint64_t n = pick(&player->random, 8) + 1;

		if (n > (uint64_t)counter.others - sum)
			n = (uint64_t)counter.others - sum;
		CHECK_INT(AGAIN(write(counter.fd, &n, 8)), 8);
		sum += n;
		jitter(&player->random);
	}
	sum = TAKERS;
	CHECK_INT(AGAIN(write(counter.fd, &sum, 8)), 8);
	for (int i = 0; i < TAKERS; i++)
		join(threads[i]);
	CHECK_INT(counter.taken, counter.others + TAKERS);
	CHECK_INT(close(counter.fd), 0);
}

/* ---- stdio: lines of several threads on one stream ---- */

enum { SCRIBES = 3, VERSES = 12 };

struct scribe {
	FILE *stream;
	int number;
	struct random random;
};

/* Two lines under one lock. */
static void *scribble(void *argument)
{
	struct scribe *scribe = argument;

	for (int i = 0; i < VERSES; i++) {
		flockfile(scribe->stream);
		CHECK(fprintf(scribe->stream, "%d %d\n", scribe->number, i) >
		      0);
		jitter(&scribe->random);
		CHECK(fprintf(scribe->stream, "%d %d again\n", scribe->number,
			      i) > 0);
		if (pick(&scribe->random, 3) == 0)
			CHECK_INT(fflush(scribe->stream), 0);
		funlockfile(scribe->stream);
		jitter(&scribe->random);
	}
	return NULL;
}

static void *scribble_all(void *argument)
{
	struct scribe scribes[SCRIBES], *first = argument;
	pthread_t threads[SCRIBES];

	for (int i = 0; i < SCRIBES; i++) {
		scribes[i] = *first;
		scribes[i].number = i;
		scribes[i].random.state ^= (uint64_t)(i + 1) << 50;
		threads[i] = start(scribble, &scribes[i]);
	}
	for (int i = 0; i < SCRIBES; i++)
		join(threads[i]);
	CHECK_INT(fclose(first->stream), 0);
	return NULL;
}

static void use_stdio(struct player *player)
{
	int fds[2], number, verse, seen[SCRIBES] = { 0 };
	struct scribe scribe = { .random = player->random };
	char line[64], again[64], want[80];
	pthread_t thread;
	sigset_t old;
	FILE *in;

	/* A stream does not continue after EINTR. */
	block_storms(&old);
	CHECK_INT(pipe2(fds, O_CLOEXEC), 0);
	scribe.stream = fdopen(fds[1], "w");
	in = fdopen(fds[0], "r");
	CHECK(scribe.stream && in);
	/* A child that calls exit() would write the buffer too. */
	setbuf(scribe.stream, NULL);
	thread = start(scribble_all, &scribe);
	while (fgets(line, sizeof(line), in)) {
		CHECK(fgets(again, sizeof(again), in) != NULL);
		CHECK_INT(sscanf(line, "%d %d", &number, &verse), 2);
		CHECK(number >= 0 && number < SCRIBES);
		CHECK_INT(verse, seen[number]++);
		snprintf(want, sizeof(want), "%d %d again\n", number, verse);
		CHECK(!strcmp(again, want));
	}
	CHECK(feof(in));
	join(thread);
	CHECK_INT(fclose(in), 0);
	for (int i = 0; i < SCRIBES; i++)
		CHECK_INT(seen[i], VERSES);
	CHECK_INT(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
}

const struct deed io_deeds[] = {
	{ "a pipe", use_pipe, 3 },
	{ "a pair of sockets", use_stream_pair, 3 },
	{ "a connection", use_tcp, 3 },
	{ "a FIFO", use_fifo, 2 },
	{ "a file with locks", use_file, 2 },
	{ "an eventfd", use_eventfd, 3 },
	{ "a stream of lines", use_stdio, 3 },
	{ NULL, NULL, 0 },
};
