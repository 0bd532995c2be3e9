/* Assertions: what a failure says, and that it ends the process. */
#include <fcntl.h>
#include <sys/wait.h>

#include "base/assert.h"
#include "unit.h"

SUITE(assertions);

static char said[1 << 16];

/* fn in a process of its own, which is to die of it; what it said on stderr. */
static void dies_in(void (*fn)(void))
{
	char name[] = "/tmp/green-assert-XXXXXX";
	int status, file = mkstemp(name);
	ssize_t n;
	pid_t pid;

	cr_assert_geq(file, 0);
	unlink(name);
	pid = fork();
	if (pid == 0) {
		dup2(file, 2);
		fn();
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT,
		  "status %#x", status);
	n = pread(file, said, sizeof(said) - 1, 0);
	said[n > 0 ? n : 0] = 0;
	close(file);
}

static void expect(const char *words)
{
	cr_assert_not_null(strstr(said, words), "no '%s' in: %s", words, said);
}

static void breaks_an_invariant(void)
{
	INVARIANT(1 + 1 == 3);
}

/* In every build. */
Test(assertions, invariant_names_place_and_condition)
{
	dies_in(breaks_an_invariant);
	expect("test_assert.c:");
	expect("assertion failed: 1 + 1 == 3");
	expect("please report");
}

static void *fails(void *arg)
{
	uintptr_t a = 0x17, b = 0x2a;

	assert_failed("place.c", 12, "a == b", &a, &b);
	return arg;
}

static void fails_in_a_fiber(void)
{
	config_read();
	green_start();
	join(spawn(fails, NULL));
}

Test(assertions, failure_tells_values_and_dumps_all_fibers)
{
	dies_in(fails_in_a_fiber);
	expect("place.c:12: assertion failed: a == b (0x17, 0x2a)");
	expect("greenshim: end of dump");
}

#ifdef GREEN_ASSERT
static void *leaves_twice(void *arg)
{
	struct fiber *f = green_current();
	struct hub *h = sched_enter(f);

	sched_leave(f, h);
	sched_leave(f, h);
	return arg;
}

static void leaves_the_scheduler_twice(void)
{
	config_read();
	green_start();
	join(spawn(leaves_twice, NULL));
}

Test(assertions, scheduler_left_twice_is_caught)
{
	dies_in(leaves_the_scheduler_twice);
	expect("park.h:");
	expect("f->carrier->state ==");
}
#endif
