/* Descriptor I/O that waits in the hub. */
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <linux/fs.h>

#include "io/fdtab.h"
#include "unit.h"

SUITE(io);

static int fd[2];
static char buffer[1 << 20];

static void *read_one(void *arg)
{
	char c = 0;
	ssize_t n = io_read((int)(long)arg, &c, 1);

	return (void *)(n == 1 ? (long)c : (long)n);
}

static void *receive_one(void *arg)
{
	char c = 0;
	ssize_t n = io_recvfrom((int)(long)arg, &c, 1, 0, NULL, NULL);

	return (void *)(n == 1 ? (long)c : (long)n);
}

static void socket_pair(void)
{
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
}

/* A reader waits for the write that comes later, without its file being
 * made non-blocking. */
static void read_waits(void *(*reader)(void *))
{
	struct fiber *f = spawn(reader, (void *)(long)fd[0]);

	cr_assert(COMES_TRUE(is_parked(f)));
	cr_assert_eq(f->wait_kind, WAIT_FD);
	cr_assert_not(fcntl(fd[0], F_GETFL) & O_NONBLOCK);
	cr_assert_eq(io_write(fd[1], "x", 1), 1);
	cr_assert_eq(join(f), (void *)'x');
	cr_assert_not(fcntl(fd[0], F_GETFL) & O_NONBLOCK);
}

Test(io, read_of_a_pipe_waits)
{
	start();
	cr_assert_eq(pipe(fd), 0);
	read_waits(read_one);
}

Test(io, read_of_a_socket_waits)
{
	start();
	socket_pair();
	read_waits(read_one);
	read_waits(receive_one);
}

Test(io, read_of_an_eventfd_waits)
{
	uint64_t n = 5;
	struct fiber *f;

	start();
	fd[0] = eventfd(0, 0);
	f = spawn(read_one, (void *)(long)fd[0]);
	cr_assert_eq((ssize_t)join(f), -EINVAL); /* one byte is too few */
	cr_assert_eq(io_write(fd[0], &n, 8), 8);
	n = 0;
	cr_assert_eq(io_read(fd[0], &n, 8), 8);
	cr_assert_eq(n, 5);
}

Test(io, end_of_file)
{
	struct fiber *f;

	start();
	cr_assert_eq(pipe(fd), 0);
	f = spawn(read_one, (void *)(long)fd[0]);
	cr_assert(COMES_TRUE(is_parked(f)));
	close(fd[1]);
	cr_assert_null(join(f));
}

Test(io, what_the_program_made_nonblocking_does_not_wait)
{
	char c;

	start();
	cr_assert_eq(pipe2(fd, O_NONBLOCK), 0);
	cr_assert_eq(io_read(fd[0], &c, 1), -EAGAIN);
	close(fd[0]);
	close(fd[1]);
	fdtab_closing(fd[0]);
	fdtab_closing(fd[1]);
	socket_pair();
	cr_assert_eq(fcntl(fd[0], F_SETFL, O_RDWR | O_NONBLOCK), 0);
	fdtab_set_nonblock(fd[0], true);
	cr_assert_eq(io_read(fd[0], &c, 1), -EAGAIN);
	cr_assert_eq(io_recvfrom(fd[0], &c, 1, 0, NULL, NULL), -EAGAIN);
	cr_assert_eq(io_recvfrom(fd[1], &c, 1, MSG_DONTWAIT, NULL, NULL),
		     -EAGAIN);
}

Test(io, socket_timeout)
{
	uint64_t begin;
	char c;

	start();
	socket_pair();
	fdtab_opened(fd[0], FD_SOCKET, false);
	fdtab_set_timeout(fd[0], false, 30 * MS);
	begin = green_now();
	cr_assert_eq(io_recvfrom(fd[0], &c, 1, 0, NULL, NULL), -EAGAIN);
	cr_assert_geq(green_now() - begin, 30 * MS);
	cr_assert_lt(green_now() - begin, NS_PER_SEC);
}

static void *write_it_all(void *arg)
{
	return (void *)io_write((int)(long)arg, buffer, sizeof(buffer));
}

static struct iovec pieces[3] = { { buffer, 300000 },
				  { buffer + 300000, 1 },
				  { buffer + 300001,
				    sizeof(buffer) - 300001 } };

static void *writev_it_all(void *arg)
{
	return (void *)io_writev((int)(long)arg, pieces, 3);
}

static void *sendmsg_it_all(void *arg)
{
	struct msghdr m = { .msg_iov = pieces, .msg_iovlen = 3 };

	return (void *)io_sendmsg((int)(long)arg, &m, 0);
}

/* A blocking write ends when all is through, however slow the reader. */
static void large_write(void *(*writer)(void *))
{
	size_t got = 0, i;
	static char copy[sizeof(buffer)];
	struct fiber *f;

	for (i = 0; i < sizeof(buffer); i++)
		buffer[i] = (char)(i * 31 + (i >> 8));
	f = spawn(writer, (void *)(long)fd[1]);
	cr_assert(COMES_TRUE(is_parked(f)));
	while (got < sizeof(copy)) {
		ssize_t n = io_read(fd[0], copy + got, 50000);

		cr_assert_gt(n, 0);
		got += (size_t)n;
	}
	cr_assert_eq((size_t)join(f), sizeof(buffer));
	cr_assert_arr_eq(copy, buffer, sizeof(buffer));
}

Test(io, large_write_to_a_pipe)
{
	start();
	cr_assert_eq(pipe(fd), 0);
	large_write(write_it_all);
	large_write(writev_it_all);
}

Test(io, large_write_to_a_socket)
{
	start();
	socket_pair();
	large_write(write_it_all);
	large_write(writev_it_all);
	large_write(sendmsg_it_all);
}

Test(io, wait_for_a_descriptor)
{
	start();
	socket_pair();
	cr_assert_eq(io_wait_fd(fd[0], false, in_ms(20)), -ETIMEDOUT);
	cr_assert_eq(io_wait_fd(fd[0], true, in_ms(20)), 0);
	io_write(fd[1], "x", 1);
	cr_assert_eq(io_wait_fd(fd[0], false, GREEN_FOREVER), 0);
}

static void *receive_them_all(void *arg)
{
	struct iovec v[2] = { { arg, 3 }, { (char *)arg + 3, 7 } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };
	ssize_t n = io_recvmsg(fd[0], &m, MSG_WAITALL);

	return (void *)(n == 10 ? io_recvfrom(fd[0], (char *)arg + 10, 10,
					      MSG_WAITALL, NULL, NULL)
				: -1);
}

Test(io, receive_that_waits_for_all)
{
	char got[21] = "";
	struct fiber *f;
	int i;

	start();
	socket_pair();
	f = spawn(receive_them_all, got);
	for (i = 0; i < 20; i++) {
		char c = (char)('a' + i);

		cr_assert(COMES_TRUE(is_parked(f)));
		cr_assert_eq(io_write(fd[1], &c, 1), 1);
	}
	cr_assert_eq(join(f), (void *)10l);
	cr_assert_str_eq(got, "abcdefghijklmnopqrst");
}

static void *poll_both(void *arg)
{
	struct pollfd p[2] = { { fd[0], POLLIN, 0 }, { fd[1], POLLIN, 0 } };
	int r = io_poll(p, 2, arg ? in_ms((uint64_t)(long)arg) : GREEN_FOREVER);

	return (void *)(long)(r * 100 + (p[0].revents & POLLIN ? 1 : 0) +
			      (p[1].revents & POLLIN ? 2 : 0));
}

Test(io, poll_of_two)
{
	struct fiber *f;
	char c;

	start();
	socket_pair();
	f = spawn(poll_both, NULL);
	cr_assert(COMES_TRUE(is_parked(f)));
	cr_assert_eq(f->wait_kind, WAIT_POLL);
	io_write(fd[0], "x", 1);
	cr_assert_eq(join(f), (void *)102l);
	cr_assert_eq(io_read(fd[1], &c, 1), 1);
	cr_assert_eq(join(spawn(poll_both, (void *)20l)), NULL);
}

static uint32_t turns;

static void *take_turns(void *arg)
{
	uint32_t seen;

	for (seen = 0; seen < 4; seen++)
		green_futex_wait(&turns, seen, GREEN_FOREVER, ~0u);
	return arg;
}

/*
 * A fiber that polls again and again for what is ready does not starve the
 * others.
 */
Test(io, poll_that_need_not_wait_gives_way)
{
	struct pollfd p = { -1, POLLOUT, 0 };
	struct fiber *f;

	setenv("GREENSHIM_HUBS", "1", 1);
	start();
	socket_pair();
	p.fd = fd[0];
	f = spawn(take_turns, NULL);
	while (turns < 4) {
		cr_assert(COMES_TRUE(is_parked(f)));
		p.events = turns < 2 ? POLLOUT : POLLIN;
		turns++;
		green_futex_wake(&turns, 1, ~0u);
		cr_assert_not(is_parked(f));
		io_poll(&p, 1, turns == 1 ? GREEN_FOREVER : 0);
		cr_assert(turns == 4 || is_parked(f));
	}
	join(f);
}

Test(io, poll_of_nothing_sleeps)
{
	uint64_t begin;

	start();
	begin = green_now();
	cr_assert_eq(io_poll(NULL, 0, begin + 20 * MS), 0);
	cr_assert_geq(green_now() - begin, 20 * MS);
}

/* Several fibers read one socket: each byte goes to exactly one. */
Test(io, many_readers_of_one_socket)
{
	struct fiber *f[20];
	long i, sum = 0;

	start();
	socket_pair();
	for (i = 0; i < 20; i++)
		f[i] = spawn(read_one, (void *)(long)fd[0]);
	for (i = 0; i < 20; i++) {
		char c = (char)(i + 1);

		cr_assert_eq(io_write(fd[1], &c, 1), 1);
		if (i % 3 == 0)
			green_yield();
	}
	for (i = 0; i < 20; i++)
		sum += (long)join(f[i]);
	cr_assert_eq(sum, 210);
}

enum { PAIRS = 200 };
static int pairs[PAIRS][2];

static void *echo(void *arg)
{
	int s = pairs[(long)arg][0];
	char line[64];
	ssize_t n;

	while ((n = io_read(s, line, sizeof(line))) > 0)
		io_write(s, line, (size_t)n);
	return NULL;
}

static void *ask(void *arg)
{
	int s = pairs[(long)arg][1], i;
	char line[64], answer[64];

	for (i = 0; i < 50; i++) {
		int n = snprintf(line, sizeof(line), "%ld:%d", (long)arg, i);

		io_write(s, line, (size_t)n);
		if (io_read(s, answer, sizeof(answer)) != n ||
		    memcmp(line, answer, (size_t)n) != 0)
			return NULL;
	}
	fdtab_closing(s);
	close(s);
	return arg;
}

Test(io, many_echoes)
{
	struct fiber *f[PAIRS], *g[PAIRS];
	long i;

	start();
	for (i = 0; i < PAIRS; i++) {
		cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), 0);
		f[i] = spawn(echo, (void *)i);
		g[i] = spawn(ask, (void *)i);
	}
	for (i = 0; i < PAIRS; i++) {
		cr_assert_eq(join(g[i]), (void *)i);
		join(f[i]);
	}
}

static uint64_t hops(void)
{
	uint64_t n = 0;
	int i;

	for (i = 0; i < rt.nhubs; i++)
		n += rt.hubs[i]->stats.hops;
	return n;
}

/*
 * A write to a file is made in place, until a write has lost its hub; then by a
 * hop, for a while.
 */
Test(io, writes_hop_when_they_were_slow)
{
	enum { SIZE = 64 << 20 };
	char *zeros = mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
	struct iovec much = { zeros, SIZE }, little = { zeros, 1 };
	int file = memfd_create("slow", 0), times;
	uint64_t before;
	struct fdent *e;

	start();
	e = fdtab_get(file);
	cr_assert_eq(e->kind, FD_FILE);
	before = hops();
	for (times = 0; times < 10; times++)
		cr_assert_eq(io_pwritev(file, &little, 1, 0, 0), 1);
	cr_assert_eq(hops(), before);
	for (times = 0; !e->slow && times < 500; times++)
		cr_assert_eq(io_pwritev(file, &much, 1, 0, 0), SIZE);
	cr_assert_gt(e->slow, 0);
	/* The fiber has no hub now; once it has one again, it must hop. */
	green_yield();
	before = hops();
	times = e->slow;
	while (e->slow)
		cr_assert_eq(io_pwritev(file, &little, 1, 0, 0), 1);
	cr_assert_eq(hops() - before, times);
	cr_assert_eq(io_pwritev(file, &little, 1, 0, 0), 1);
	cr_assert_eq(hops() - before, times);
	close(file);
	munmap(zeros, SIZE);
}

Test(io, writes_that_must_reach_the_disk_hop)
{
	char name[] = "/tmp/unit.XXXXXX";
	int file = mkstemp(name), sync = open(name, O_RDWR | O_DSYNC);
	struct iovec one = { buffer, 1 };
	uint64_t before;

	unlink(name);
	start();
	before = hops();
	cr_assert_eq(io_write(file, "x", 1), 1);
	cr_assert_eq(io_pwritev(file, &one, 1, 0, 0), 1);
	cr_assert_eq(hops(), before);
	cr_assert_eq(io_write(sync, "x", 1), 1);
	cr_assert_eq(hops(), before + 1);
	cr_assert_eq(io_pwritev(file, &one, 1, 0, RWF_DSYNC), 1);
	cr_assert_eq(hops(), before + 2);
	cr_assert_eq(io_preadv(sync, &one, 1, 0, 0), 1);
	cr_assert_eq(hops(), before + 2);
}
