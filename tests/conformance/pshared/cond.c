/*
 * A condition variable shared between processes, one of which is native, with
 * each kind of mutex that can be shared too.
 */
#include "peer.h"

struct shared {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	int flag, waiting;
};

#define THREADS 5
#define MUTEX	(&shared->mutex)
#define COND	(&shared->cond)

enum { WAITS, BROADCASTS, TIMES_OUT, WAKES_AND_DIES, PLAYS };

static void wait_for_flag(int n)
{
	CHECK_INT(pthread_mutex_lock(MUTEX), 0);
	shared->waiting++;
	while (shared->flag < n)
		CHECK_INT(pthread_cond_wait(COND, MUTEX), 0);
	CHECK_INT(pthread_mutex_unlock(MUTEX), 0);
}

static void set_flag(int n)
{
	CHECK_INT(pthread_mutex_lock(MUTEX), 0);
	shared->flag = n;
	CHECK_INT(pthread_cond_broadcast(COND), 0);
	CHECK_INT(pthread_mutex_unlock(MUTEX), 0);
}

static int waiting(void)
{
	int n;

	CHECK_INT(pthread_mutex_lock(MUTEX), 0);
	n = shared->waiting;
	CHECK_INT(pthread_mutex_unlock(MUTEX), 0);
	return n;
}

static void waits(void)
{
	wait_for_flag(1);
}

static void broadcasts(void)
{
	WAIT_UNTIL(waiting() == THREADS);
	sleep_ms(20);
	set_flag(1);
}

static void times_out(void)
{
	struct timespec until = in_ms(CLOCK_REALTIME, 20);

	CHECK_INT(pthread_mutex_lock(MUTEX), 0);
	CHECK_INT(pthread_cond_timedwait(COND, MUTEX, &until), ETIMEDOUT);
	CHECK_INT(pthread_mutex_unlock(MUTEX), 0);
}

static void wakes_and_dies(void)
{
	WAIT_UNTIL(waiting() == 1);
	CHECK_INT(pthread_mutex_lock(MUTEX), 0);
	CHECK_INT(pthread_cond_signal(COND), 0);
	sleep_ms(5);
	kill(getpid(), SIGKILL);
}

/* They take turns: the even ones are the peer's. */
static void play(int mine)
{
	for (int i = mine; i < 400; i += 2) {
		CHECK_INT(pthread_mutex_lock(MUTEX), 0);
		while (shared->flag != i)
			CHECK_INT(pthread_cond_wait(COND, MUTEX), 0);
		shared->flag++;
		CHECK_INT(pthread_cond_signal(COND), 0);
		CHECK_INT(pthread_mutex_unlock(MUTEX), 0);
	}
}

static void plays(void)
{
	play(0);
}

static void (*const roles[])(void) = { waits, broadcasts, times_out,
				       wakes_and_dies, plays };

static void *wait_one(void *argument)
{
	wait_for_flag((int)(intptr_t)argument);
	return NULL;
}

static void *play_one(void *argument)
{
	play(1);
	return argument;
}

static void check_with(int protocol, int robust)
{
	pthread_mutexattr_t mutex_attr;
	pthread_condattr_t attr;
	pthread_t threads[THREADS], ticker;
	struct timespec until;
	int before;
	pid_t pid;

	pthread_mutexattr_init(&mutex_attr);
	pthread_mutexattr_setpshared(&mutex_attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setprotocol(&mutex_attr, protocol);
	pthread_mutexattr_setrobust(&mutex_attr, robust);
	CHECK_INT(pthread_mutex_init(MUTEX, &mutex_attr), 0);
	pthread_condattr_init(&attr);
	CHECK_INT(pthread_condattr_setpshared(&attr, PTHREAD_PROCESS_SHARED),
		  0);
	CHECK_INT(pthread_cond_init(COND, &attr), 0);

	shared->flag = shared->waiting = 0;
	pid = run_peer(WAITS);
	WAIT_UNTIL(waiting() == 1);
	await_sleep();
	set_flag(1);
	CHECK_INT(wait_for(pid), 0);
	ok("the peer waits");

	shared->flag = shared->waiting = tick_stop_ = 0;
	ticker = ticker_start();
	before = ticks();
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(wait_one, (void *)1);
	pid = run_peer(BROADCASTS);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	CHECK(ticks() > before);
	CHECK_INT(wait_for(pid), 0);
	ok("we wait");

	until = in_ms(CLOCK_REALTIME, 20);
	CHECK_INT(pthread_mutex_lock(MUTEX), 0);
	CHECK_INT(pthread_cond_timedwait(COND, MUTEX, &until), ETIMEDOUT);
	until = in_ms(CLOCK_MONOTONIC, 10);
	CHECK_INT(pthread_cond_clockwait(COND, MUTEX, CLOCK_MONOTONIC, &until),
		  ETIMEDOUT);
	CHECK_INT(pthread_mutex_unlock(MUTEX), 0);
	CHECK_INT(wait_for(run_peer(TIMES_OUT)), 0);
	ok("nobody signals");

	shared->flag = 0;
	pid = run_peer(PLAYS);
	join(start(play_one, NULL));
	CHECK_INT(wait_for(pid), 0);
	CHECK_INT(shared->flag, 400);
	ok("in turns");

	if (robust == PTHREAD_MUTEX_ROBUST) {
		shared->waiting = 0;
		pid = run_peer(WAKES_AND_DIES);
		CHECK_INT(pthread_mutex_lock(MUTEX), 0);
		shared->waiting = 1;
		CHECK_INT(pthread_cond_wait(COND, MUTEX), EOWNERDEAD);
		CHECK_INT(wait_for(pid), SIGKILL);
		CHECK_INT(pthread_mutex_consistent(MUTEX), 0);
		CHECK_INT(pthread_mutex_unlock(MUTEX), 0);
		ok("the owner dies");
	}
	if (robust == PTHREAD_MUTEX_ROBUST)
		CHECK_INT(pthread_cond_wait(COND, MUTEX), EPERM);
	ticker_stop(ticker);
	CHECK_INT(pthread_cond_destroy(COND), 0);
	CHECK_INT(pthread_mutex_destroy(MUTEX), 0);
}

int main(int argc, char **argv)
{
	peer_or_not(argc, argv, sizeof(*shared), roles);
	check_with(PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
	check_with(PTHREAD_PRIO_NONE, PTHREAD_MUTEX_ROBUST);
	return 0;
}
