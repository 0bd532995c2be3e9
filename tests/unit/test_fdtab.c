/* The table of descriptors. */
#include <fcntl.h>
#include <sys/epoll.h>

#include "io/fdtab.h"
#include "unit.h"

SUITE(fdtab);

static int fd[2];

static void *read_one(void *arg)
{
	char c = 0;

	return (void *)io_read((int)(long)arg, &c, 1);
}

static struct fiber *parked_reader(void)
{
	struct fiber *f = spawn(read_one, (void *)(long)fd[0]);

	cr_assert(COMES_TRUE(is_parked(f)));
	return f;
}

Test(fdtab, kinds)
{
	int file;

	start();
	cr_assert_eq(pipe(fd), 0);
	cr_assert_eq(fdtab_kind(fd[0]), FD_PIPE);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	cr_assert_eq(fdtab_kind(fd[0]), FD_SOCKET);
	file = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert_eq(fdtab_kind(file), FD_STREAM);
	file = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert_eq(listen(file, 1), 0);
	cr_assert_eq(fdtab_kind(file), FD_LISTEN);
	file = open("/proc/self/exe", O_RDONLY);
	cr_assert_eq(fdtab_kind(file), FD_FILE);
	file = open("/dev/null", O_RDONLY);
	cr_assert_eq(fdtab_kind(file), FD_POLLED);
	cr_assert_eq(fdtab_kind(999), FD_UNKNOWN); /* not open */
	cr_assert_null(fdtab_peek(-1));
	cr_assert_null(fdtab_peek(INT32_MAX));
}

Test(fdtab, entry_of_a_descriptor_and_back)
{
	int high = fcntl(0, F_DUPFD, 700);

	start();
	cr_assert_eq(fdtab_fd(fdtab_peek(0)), 0);
	cr_assert_eq(high, 700);
	cr_assert_eq(fdtab_fd(fdtab_get(high)), high);
	close(high);
}

Test(fdtab, another_file_is_another_generation)
{
	uint32_t generation;
	struct fdent *e;

	start();
	cr_assert_eq(pipe(fd), 0);
	e = fdtab_get(fd[0]);
	generation = e->generation;
	fdtab_get(fd[0]);
	cr_assert_eq(e->generation, generation);
	fdtab_closing(fd[0]);
	cr_assert_neq(e->generation, generation);
	generation = e->generation;
	fdtab_opened(fd[0], FD_PIPE, false);
	cr_assert_neq(e->generation, generation);
}

Test(fdtab, late_event_of_the_file_before_wakes_nobody)
{
	struct fiber *f;
	struct fdent *e;
	uint32_t old, seq;

	start();
	cr_assert_eq(pipe(fd), 0);
	e = fdtab_get(fd[0]);
	old = e->generation;
	fdtab_opened(fd[0], FD_PIPE, false);
	f = parked_reader();
	seq = e->rd_seq;
	fdtab_event(fd[0], old, EPOLLIN);
	cr_assert_eq(e->rd_seq, seq);
	nap(10);
	cr_assert(is_parked(f));
	cr_assert_eq(io_write(fd[1], "x", 1), 1);
	cr_assert_eq(join(f), (void *)1l);
}

static int stand_ins(void)
{
	int i, n = 0;

	for (i = 0; i < fdtab_size(); i++)
		n += fdtab_peek(i)->stand_in;
	return n;
}

Test(fdtab, waiters_keep_a_closed_file)
{
	struct fiber *a, *b;

	start();
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	a = parked_reader();
	b = parked_reader();
	fdtab_closing(fd[0]);
	close(fd[0]);
	cr_assert_eq(stand_ins(), 1);
	cr_assert(is_parked(a) && is_parked(b));
	cr_assert_eq(io_write(fd[1], "x", 1), 1);
	cr_assert_eq(io_write(fd[1], "y", 1), 1);
	cr_assert_eq(join(a), (void *)1l);
	cr_assert_eq(join(b), (void *)1l);
	cr_assert_eq(stand_ins(), 0);
}

Test(fdtab, waiters_hear_of_it_without_a_number_to_spare)
{
	struct fiber *a;
	int last;

	start();
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	a = parked_reader();
	for (last = 0; last >= 0;)
		last = fcntl(fd[0], F_DUPFD, 0);
	cr_assert_eq(errno, EMFILE);
	fdtab_closing(fd[0]);
	close(fd[0]);
	cr_assert_eq(join(a), (void *)-EBADF);
}

Test(fdtab, number_reused_at_once)
{
	int again[2], i;
	struct fiber *f;

	start();
	for (i = 0; i < 50; i++) {
		cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
		f = parked_reader();
		fdtab_closing(fd[0]);
		close(fd[0]);
		cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, again), 0);
		cr_assert_eq(again[0], fd[0]);
		cr_assert_eq(io_write(again[1], "x", 1), 1);
		cr_assert(is_parked(f));
		cr_assert_eq(io_write(fd[1], "y", 1), 1);
		cr_assert_eq(join(f), (void *)1l);
		cr_assert_eq(join(spawn(read_one, (void *)(long)fd[0])),
			     (void *)1l);
		fdtab_closing(again[0]);
		close(again[0]);
		fdtab_closing(again[1]);
		close(again[1]);
		fdtab_closing(fd[1]);
		close(fd[1]);
	}
}

/* Whether, says the kernel, some hub's epoll set has that descriptor. */
static bool in_a_set(int number)
{
	char path[64], line[256];
	int i, tfd;

	for (i = 0; i < rt.nhubs; i++) {
		FILE *file;

		snprintf(path, sizeof(path), "/proc/self/fdinfo/%d",
			 rt.hubs[i]->epfd);
		file = fopen(path, "r");
		cr_assert_not_null(file);
		while (fgets(line, sizeof(line), file))
			if (sscanf(line, "tfd: %d", &tfd) == 1 &&
			    tfd == number) {
				fclose(file);
				return true;
			}
		fclose(file);
	}
	return false;
}

Test(fdtab, dup_shares_the_open_file)
{
	struct fiber *f;
	int copy;

	start();
	cr_assert_eq(pipe(fd), 0);
	fdtab_opened(fd[0], FD_PIPE, false);
	cr_assert_not(fdtab_is_shared(fdtab_get(fd[0])));
	copy = dup(fd[0]);
	fdtab_duped(copy, fd[0]);
	cr_assert(fdtab_is_shared(fdtab_get(fd[0])));
	cr_assert(fdtab_is_shared(fdtab_get(copy)));
	cr_assert_eq(fdtab_kind(copy), FD_PIPE);
	/* Both descriptors share the flag. */
	cr_assert_eq(fcntl(copy, F_SETFL, O_NONBLOCK), 0);
	cr_assert(fdtab_nonblock(fd[0]));
	cr_assert_eq(fcntl(copy, F_SETFL, 0), 0);
	/* While the copy lives, closing one name leaves no event behind. */
	f = parked_reader();
	cr_assert(in_a_set(fd[0]));
	fdtab_closing(fd[0]);
	close(fd[0]);
	cr_assert_not(in_a_set(fd[0]));
	cr_assert_eq(io_write(fd[1], "x", 1), 1);
	cr_assert_eq(join(f), (void *)1l);
	fd[0] = copy;
	f = parked_reader();
	cr_assert_eq(io_write(fd[1], "x", 1), 1);
	cr_assert_eq(join(f), (void *)1l);
}

Test(fdtab, replaced_behind_its_back)
{
	struct fiber *f;
	int other[2];

	start();
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	f = parked_reader();
	io_write(fd[1], "x", 1);
	join(f);
	cr_assert_eq(pipe(other), 0);
	dup2(other[0], fd[0]); /* as libc does internally, past the shim */
	fdtab_suspect(fd[0]);
	cr_assert_eq(fdtab_kind(fd[0]), FD_PIPE);
	f = parked_reader();
	cr_assert_eq(io_write(other[1], "y", 1), 1);
	cr_assert_eq(join(f), (void *)1l);
}

Test(fdtab, the_runtimes_own_are_hidden_and_high)
{
	int lowest = open("/dev/null", O_RDONLY), ours = 0, next;

	close(lowest);
	start();
	next = open("/dev/null", O_RDONLY);
	cr_assert_eq(next, lowest, "the program's numbers moved");
	cr_assert_not(fdtab_is_ours(next));
	for (next = 0; (next = fdtab_next_ours(next)) >= 0; next++) {
		cr_assert_gt(next, 64);
		cr_assert(fdtab_is_ours(next));
		cr_assert_neq(fcntl(next, F_GETFD), -1);
		ours++;
	}
	/* set, timerfd, and libuv's three or four, for each hub */
	cr_assert_geq(ours, 4 * rt.nhubs);
	cr_assert(fdtab_is_ours(rt.hubs[0]->epfd));
}
