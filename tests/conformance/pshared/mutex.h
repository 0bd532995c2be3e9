/*
 * The clauses for a mutex shared between two processes; MUTEX_PROTOCOL and
 * MUTEX_ROBUST say of which kind it is.
 */
#include "peer.h"

struct shared {
	pthread_mutex_t mutex;
	long count;
};

enum { OWNS, WAITS, TIMES_OUT, OWNS_AND_DIES, INCREMENTS, WAITS_FOR_THE_DEAD };

#define MUTEX  (&shared->mutex)
#define ROUNDS 2000

static void owns(void)
{
	CHECK_INT(pthread_mutex_lock(MUTEX), 0);
	reach(1);
	await(2);
	sleep_ms(20);
	CHECK_INT(pthread_mutex_unlock(MUTEX), 0);
	reach(3);
}

static void waits(void)
{
	CHECK_INT(pthread_mutex_trylock(MUTEX), EBUSY);
	reach(1);
	CHECK_INT(pthread_mutex_lock(MUTEX), 0);
	reach(2);
	CHECK_INT(pthread_mutex_unlock(MUTEX), 0);
}

static void times_out(void)
{
	struct timespec until = in_ms(CLOCK_REALTIME, 30);

	CHECK_INT(pthread_mutex_timedlock(MUTEX, &until), ETIMEDOUT);
	until = in_ms(CLOCK_REALTIME, 20000);
	reach(1);
	CHECK_INT(pthread_mutex_timedlock(MUTEX, &until), 0);
	CHECK_INT(pthread_mutex_unlock(MUTEX), 0);
}

static void owns_and_dies(void)
{
	CHECK_INT(pthread_mutex_lock(MUTEX), 0);
	reach(1);
	pause();
}

static void increments(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		CHECK_INT(pthread_mutex_lock(MUTEX), 0);
		shared->count++;
		CHECK_INT(pthread_mutex_unlock(MUTEX), 0);
	}
}

static void waits_for_the_dead(void)
{
	reach(1);
	CHECK_INT(pthread_mutex_lock(MUTEX), EOWNERDEAD);
	CHECK_INT(pthread_mutex_consistent(MUTEX), 0);
	CHECK_INT(pthread_mutex_unlock(MUTEX), 0);
	CHECK_INT(pthread_mutex_lock(MUTEX), 0);
	CHECK_INT(pthread_mutex_unlock(MUTEX), 0);
}

static void (*const roles[])(void) = { owns,	   waits,
				       times_out,  owns_and_dies,
				       increments, waits_for_the_dead };

static void make(int type)
{
	pthread_mutexattr_t attr;

	CHECK_INT(pthread_mutexattr_init(&attr), 0);
	CHECK_INT(pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED),
		  0);
	CHECK_INT(pthread_mutexattr_settype(&attr, type), 0);
	CHECK_INT(pthread_mutexattr_setprotocol(&attr, MUTEX_PROTOCOL), 0);
	CHECK_INT(pthread_mutexattr_setrobust(&attr, MUTEX_ROBUST), 0);
	CHECK_INT(pthread_mutex_init(MUTEX, &attr), 0);
}

static void *lock_once(void *argument)
{
	CHECK_INT(pthread_mutex_lock(MUTEX), 0);
	CHECK_INT(pthread_mutex_unlock(MUTEX), 0);
	return argument;
}

/* The peer owns it. */
static void check_waiting(void)
{
	pid_t pid = run_peer(OWNS);
	struct timespec until;
	pthread_t ticker, threads[5];
	int before;

	await(1);
	tick_stop_ = 0;
	ticker = ticker_start();
	CHECK_INT(pthread_mutex_trylock(MUTEX), EBUSY);
	until = in_ms(CLOCK_REALTIME, 30);
	before = ticks();
	CHECK_INT(pthread_mutex_timedlock(MUTEX, &until), ETIMEDOUT);
	CHECK(ticks() > before);
	until = in_ms(CLOCK_MONOTONIC, 5);
	/* Older kernels have no priority inheritance with this clock. */
	if (MUTEX_PROTOCOL == PTHREAD_PRIO_NONE)
		CHECK_INT(pthread_mutex_clocklock(MUTEX, CLOCK_MONOTONIC,
						  &until),
			  ETIMEDOUT);
	for (int i = 0; i < 5; i++)
		threads[i] = start(lock_once, NULL);
	before = ticks();
	reach(2);
	CHECK_INT(pthread_mutex_lock(MUTEX), 0);
	CHECK(ticks() > before);
	CHECK_INT(pthread_mutex_unlock(MUTEX), 0);
	for (int i = 0; i < 5; i++)
		join(threads[i]);
	CHECK_INT(wait_for(pid), 0);
	ticker_stop(ticker);
}

/* We own it. */
static void check_owning(void)
{
	pid_t pid;

	CHECK_INT(pthread_mutex_lock(MUTEX), 0);
	pid = run_peer(WAITS);
	await(1);
	await_sleep();
	CHECK_INT(step(), 1);
	sleep_ms(5);
	CHECK_INT(pthread_mutex_unlock(MUTEX), 0);
	CHECK_INT(wait_for(pid), 0);

	CHECK_INT(pthread_mutex_lock(MUTEX), 0);
	pid = run_peer(TIMES_OUT);
	await(1);
	await_sleep();
	CHECK_INT(pthread_mutex_unlock(MUTEX), 0);
	CHECK_INT(wait_for(pid), 0);
}

static void *increment(void *argument)
{
	increments();
	return argument;
}

static void check_counting(void)
{
	pthread_t threads[3];
	pid_t pid;

	shared->count = 0;
	pid = run_peer(INCREMENTS);
	for (int i = 0; i < 3; i++)
		threads[i] = start(increment, NULL);
	for (int i = 0; i < 3; i++)
		join(threads[i]);
	CHECK_INT(wait_for(pid), 0);
	CHECK_INT(shared->count, 4 * ROUNDS);
}

static void *not_the_owner(void *argument)
{
	int type = (int)(intptr_t)argument;

	if (type != PTHREAD_MUTEX_NORMAL ||
	    MUTEX_ROBUST == PTHREAD_MUTEX_ROBUST ||
	    MUTEX_PROTOCOL == PTHREAD_PRIO_INHERIT)
		CHECK_INT(pthread_mutex_unlock(MUTEX), EPERM);
	CHECK_INT(pthread_mutex_trylock(MUTEX), EBUSY);
	return argument;
}

static void check_type(int type)
{
	make(type);
	check_waiting();
	check_owning();
	check_counting();
	CHECK_INT(pthread_mutex_lock(MUTEX), 0);
	join(start(not_the_owner, (void *)(intptr_t)type));
	switch (type) {
	case PTHREAD_MUTEX_RECURSIVE:
		CHECK_INT(pthread_mutex_lock(MUTEX), 0);
		CHECK_INT(pthread_mutex_trylock(MUTEX), 0);
		CHECK_INT(pthread_mutex_unlock(MUTEX), 0);
		CHECK_INT(pthread_mutex_unlock(MUTEX), 0);
		join(start(not_the_owner, (void *)(intptr_t)type));
		break;
	case PTHREAD_MUTEX_ERRORCHECK:
		CHECK_INT(pthread_mutex_lock(MUTEX), EDEADLK);
		break;
	}
	CHECK_INT(pthread_mutex_unlock(MUTEX), 0);
	CHECK_INT(pthread_mutex_destroy(MUTEX), 0);
	ok("type %d", type);
}

UNUSED static void check_types(void)
{
	check_type(PTHREAD_MUTEX_NORMAL);
	check_type(PTHREAD_MUTEX_RECURSIVE);
	check_type(PTHREAD_MUTEX_ERRORCHECK);
}

/* ---- owners that die ---- */

#include "mutex_deaths.h"

/* The whole program, as the peer or as itself. */
static int check_mutexes(int argc, char **argv)
{
	peer_or_not(argc, argv, sizeof(*shared), roles);
	check_types();
	if (MUTEX_ROBUST == PTHREAD_MUTEX_ROBUST) {
		check_deaths(PTHREAD_MUTEX_NORMAL);
		check_deaths(PTHREAD_MUTEX_ERRORCHECK);
		check_deaths(PTHREAD_MUTEX_RECURSIVE);
	}
	return 0;
}
