/*
 * The deadlock report: printed when no fiber can ever run again, and only then.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "unit.h"

SUITE(deadlock);

static char said[4096];
static pthread_mutex_t a, b;
static uint32_t gate;

/* Mutexes as the shim has them: the lock word and the owner. */
static void take(pthread_mutex_t *m)
{
	m->__data.__lock = 2;
	m->__data.__owner = fiber_tid(green_current());
}

static void wait_for(pthread_mutex_t *m)
{
	green_futex_wait((uint32_t *)&m->__data.__lock, 2, GREEN_FOREVER, ~0u);
}

static void *a_then_b(void *arg)
{
	fiber_set_name(green_current(), "alice");
	take(&a);
	nap(20);
	wait_for(&b);
	return arg;
}

static void *b_then_a(void *arg)
{
	fiber_set_name(green_current(), "bob");
	take(&b);
	nap(20);
	wait_for(&a);
	return arg;
}

static void *a_twice(void *arg)
{
	take(&a);
	wait_for(&a);
	return arg;
}

static void *waits_at_gate(void *arg)
{
	green_futex_wait(&gate, 0,
			 arg ? in_ms((uint64_t)(long)arg) : GREEN_FOREVER, ~0u);
	return arg;
}

static void *waits_for_a_pipe(void *arg)
{
	int p[2];
	char c;

	if (pipe(p) < 0)
		return NULL;
	io_read(p[0], &c, 1);
	return arg;
}

static void *alien_waits(void *arg)
{
	for (;;)
		raw_syscall(SYS_pause);
	return arg;
}

static void on_signal(int sig)
{
	(void)sig;
}

static void catch_sigterm(void)
{
	struct action act = { (void *)on_signal, 0, NULL, 0 };

	signal_action(SIGTERM, &act, NULL);
}

static void join_two(void *(*f)(void *), void *(*g)(void *), void *arg)
{
	struct fiber *one, *two;

	green_spawn(&one, NULL, f, arg);
	green_spawn(&two, NULL, g, arg);
	green_join(one, NULL, GREEN_FOREVER);
	green_join(two, NULL, GREEN_FOREVER);
}

static void cycle(void)
{
	join_two(a_then_b, b_then_a, NULL);
}

static void cycle_with_handlers(void)
{
	catch_sigterm();
	cycle();
}

static pthread_rwlock_t rw;

/* As the shim has them: the state, and who writes. */
static void *writes_then_a(void *arg)
{
	fiber_set_name(green_current(), "carol");
	rw.__data.__readers = 3;
	rw.__data.__cur_writer = fiber_tid(green_current());
	nap(20);
	wait_for(&a);
	return arg;
}

static void *a_then_reads(void *arg)
{
	fiber_set_name(green_current(), "alice");
	take(&a);
	a.__data.__kind = 512; /* C11's: without elision */
	nap(20);
	green_futex_wait(&rw.__data.__readers, 3, GREEN_FOREVER, 1);
	return arg;
}

static void cycle_of_kinds(void)
{
	join_two(writes_then_a, a_then_reads, NULL);
}

static void catch_sigfpe(void)
{
	struct action act = { (void *)on_signal, 0, NULL, 0 };

	signal_action(SIGFPE, &act, NULL);
}

static void main_alone(void)
{
	green_futex_wait(&gate, 0, GREEN_FOREVER, ~0u);
}

static void itself(void)
{
	join_two(a_twice, a_twice, NULL);
}

static void gate_never_opens(void)
{
	join_two(waits_at_gate, waits_at_gate, NULL);
}

static void gate_and_handlers(void)
{
	catch_sigterm();
	gate_never_opens();
}

static void gate_and_fault_handler(void)
{
	catch_sigfpe();
	gate_never_opens();
}

static void gate_and_alien(void)
{
	pthread_t id;

	pthread_create(&id, NULL, alien_waits, NULL);
	gate_never_opens();
}

static void gate_and_stranger(void)
{
	futex_meet_strangers();
	gate_never_opens();
}

static void gate_with_deadline(void)
{
	join_two(waits_at_gate, waits_at_gate, (void *)60000l);
}

static void gate_and_pipe(void)
{
	join_two(waits_at_gate, waits_for_a_pipe, NULL);
}

/* What a process that runs this function prints within a second. */
static void listen_to(void (*fn)(void))
{
	uint64_t end = green_now() + NS_PER_SEC;
	size_t got = 0;
	int p[2], i;
	pid_t pid;

	cr_assert_eq(pipe2(p, O_NONBLOCK), 0);
	pid = fork();
	if (pid == 0) {
		dup2(p[1], 2);
		for (i = 1; i < 32; i++)
			signal(i, SIG_DFL);
		config_read();
		green_start();
		fn();
		_exit(0);
	}
	while (green_now() < end) {
		ssize_t n = read(p[0], said + got, sizeof(said) - 1 - got);

		got += n > 0 ? (size_t)n : 0;
		usleep(10000);
	}
	said[got] = 0;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static int times(const char *words)
{
	const char *at = said;
	int n = 0;

	while ((at = strstr(at, words)) != NULL) {
		at++;
		n++;
	}
	return n;
}

static void expect_cycle(void (*fn)(void))
{
	listen_to(fn);
	cr_assert_eq(times("deadlock: 2 threads wait for each other"), 1, "%s",
		     said);
	cr_assert_eq(times("\"alice\" waits for the mutex "), 1, "%s", said);
	cr_assert_eq(times("\"bob\" waits for the mutex "), 1, "%s", said);
}

static void expect_nothing(void (*fn)(void))
{
	listen_to(fn);
	cr_assert_str_empty(said);
}

Test(deadlock, cycle_of_two_mutexes)
{
	expect_cycle(cycle);
}

Test(deadlock, no_handler_opens_a_cycle)
{
	expect_cycle(cycle_with_handlers);
}

Test(deadlock, cycle_of_a_rwlock_and_a_c11_mutex)
{
	listen_to(cycle_of_kinds);
	cr_assert_eq(times("deadlock: 2 threads wait for each other"), 1, "%s",
		     said);
	cr_assert_eq(times("\"carol\" waits for the mutex "), 1, "%s", said);
	cr_assert_eq(times("\"alice\" waits for the read-write lock "), 1, "%s",
		     said);
}

Test(deadlock, handler_of_a_fault_might_wake_one)
{
	expect_nothing(gate_and_fault_handler);
}

Test(deadlock, the_only_thread)
{
	listen_to(main_alone);
	cr_assert_eq(times("deadlock: the only thread waits"), 1, "%s", said);
}

Test(deadlock, mutex_locked_twice)
{
	listen_to(itself);
	cr_assert_eq(times("deadlock: a thread waits for itself"), 1, "%s",
		     said);
}

Test(deadlock, nobody_left_to_wake_anybody)
{
	listen_to(gate_never_opens);
	cr_assert_eq(times("deadlock: all 3 threads wait"), 1, "%s", said);
}

Test(deadlock, handler_might_wake_one)
{
	expect_nothing(gate_and_handlers);
}

Test(deadlock, alien_might_wake_one)
{
	expect_nothing(gate_and_alien);
}

Test(deadlock, stranger_might_wake_one)
{
	expect_nothing(gate_and_stranger);
}

Test(deadlock, deadline_will_come)
{
	expect_nothing(gate_with_deadline);
}

Test(deadlock, somebody_may_write)
{
	expect_nothing(gate_and_pipe);
}
