/* The child of a fork: one fiber, fresh hubs, its parent undisturbed. */
#include <fcntl.h>
#include <sys/wait.h>

#include "io/fdtab.h"
#include "unit.h"

SUITE(fork);

/* As the shim does it: libuv's handler is the runtime's to call. */
__attribute__((visibility("default"))) int __register_atfork(
	void (*prepare)(void), void (*parent)(void), void (*child)(void),
	void *dso)
{
	__typeof__(__register_atfork) *libc;

	if (uvloop_takes_atfork(child))
		return 0;
	libc = rt_libc_symbol("__register_atfork", "GLIBC_2.3.2");
	return libc(prepare, parent, child, dso);
}

static void *add_one(void *arg)
{
	return (void *)((long)arg + 1);
}

static void *naps(void *arg)
{
	nap((uint64_t)(long)arg);
	return arg;
}

static void *receive_one(void *arg)
{
	char c = 0;

	io_read((int)(long)arg, &c, 1);
	return (void *)(long)c;
}

/*
 * What a program does with threads, without assertions, as the child is not a
 * Criterion test.
 */
static bool everything_works(void)
{
	struct fiber *f[10];
	void *result;
	int p[2];
	long i;

	for (i = 0; i < 10; i++)
		if (green_spawn(&f[i], NULL, add_one, (void *)i) < 0)
			return false;
	for (i = 0; i < 10; i++)
		if (green_join(f[i], &result, in_ms(5000)) < 0 ||
		    result != (void *)(i + 1))
			return false;
	green_spawn(&f[0], NULL, naps, (void *)5l);
	if (green_join(f[0], &result, in_ms(5000)) < 0)
		return false;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, p) < 0)
		return false;
	fdtab_opened(p[0], FD_SOCKET, false);
	fdtab_opened(p[1], FD_SOCKET, false);
	green_spawn(&f[0], NULL, receive_one, (void *)(long)p[0]);
	nap(5);
	io_write(p[1], "x", 1);
	if (green_join(f[0], &result, in_ms(5000)) < 0 || result != (void *)'x')
		return false;
	hop_enter();
	hop_leave();
	fdtab_closing(p[0]);
	fdtab_closing(p[1]);
	close(p[0]);
	close(p[1]);
	return true;
}

/*
 * Forks as the shim's fork() does, runs fn in the child, and returns its exit
 * status.
 */
static int status_of_child(int (*fn)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		rt_fork_child();
		_exit(fn());
	}
	while (waitpid(pid, &status, WNOHANG) == 0)
		nap(5);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int child_works(void)
{
	return everything_works() ? 0 : 1;
}

static int child_is_alone(void)
{
	if (rt_started || green_current() || green_start() < 0)
		return 2;
	return rt.nfibers == 1 && rt.ncarriers == 1 &&
			       fiber_tid(green_current()) == getpid() &&
			       rt.pid == getpid()
		       ? 0
		       : 1;
}

static int child_forks_again(void)
{
	int status;
	pid_t pid;

	if (!everything_works())
		return 1;
	pid = fork();
	if (pid == 0) {
		rt_fork_child();
		_exit(everything_works() ? 0 : 1);
	}
	while (waitpid(pid, &status, WNOHANG) == 0)
		nap(5);
	return status == 0 && everything_works() ? 0 : 2;
}

Test(fork, child_has_one_fiber)
{
	struct fiber *f;

	start();
	f = spawn(naps, (void *)200l);
	cr_assert(COMES_TRUE(is_parked(f)));
	cr_assert_eq(status_of_child(child_is_alone), 0);
	cr_assert_eq(rt.nfibers, 2);
	join(f);
}

Test(fork, child_works_and_so_does_the_parent)
{
	struct fiber *f;
	int p[2];

	start();
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, p), 0);
	f = spawn(receive_one, (void *)(long)p[0]);
	cr_assert(COMES_TRUE(is_parked(f)));
	cr_assert_eq(status_of_child(child_works), 0);
	/* The child must not have changed our epoll set. */
	io_write(p[1], "y", 1);
	cr_assert_eq(join(f), (void *)'y');
	cr_assert(everything_works());
}

static int inherited[2];

static int child_reads_what_it_inherited(void)
{
	struct fiber *f;
	void *result;

	green_spawn(&f, NULL, receive_one, (void *)(long)inherited[0]);
	nap(5);
	io_write(inherited[1], "z", 1);
	return green_join(f, &result, in_ms(2000)) == 0 && result == (void *)'z'
		       ? 0
		       : 1;
}

/* A descriptor in the parent's set is in none of the child's. */
Test(fork, descriptor_that_the_parent_waited_for)
{
	struct fiber *f;

	start();
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, inherited), 0);
	f = spawn(receive_one, (void *)(long)inherited[0]);
	cr_assert(COMES_TRUE(is_parked(f)));
	io_write(inherited[1], "y", 1);
	cr_assert_eq(join(f), (void *)'y');
	cr_assert_eq(status_of_child(child_reads_what_it_inherited), 0);
}

Test(fork, grandchild)
{
	start();
	cr_assert_eq(status_of_child(child_forks_again), 0);
}

static void *forks(void *arg)
{
	(void)arg;
	return (void *)(long)status_of_child(child_works);
}

Test(fork, from_another_fiber)
{
	struct fiber *f[5];
	int i;

	start();
	for (i = 0; i < 5; i++)
		f[i] = spawn(forks, NULL);
	for (i = 0; i < 5; i++)
		cr_assert_eq(join(f[i]), NULL);
}

static int descriptor_of_child(void)
{
	int fd = open("/dev/null", O_RDONLY);

	return fd < 120 ? fd : 120;
}

Test(fork, numbers_of_descriptors_stay_the_programs)
{
	int next;

	start();
	next = open("/dev/null", O_RDONLY);
	close(next);
	cr_assert_eq(status_of_child(descriptor_of_child), next);
}
