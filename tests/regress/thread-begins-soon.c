/*
 * A new thread begins within a moment, although its creator never has to wait.
 * It once began only when the creator waited: icecast's main thread served a
 * client before the thread that sets up its counters had run, and threads that
 * waited for a condition that is signalled only once waited for ever.
 */
#include "lib.h"
#include <semaphore.h>
#include <sys/epoll.h>

enum { TRIES = 20, MOST = 15, MANY = 2000 };

static int lock[2], set, listener, file;
static struct sockaddr_in addr;
static _Atomic int begun;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_t thread;

static void *begins(void *argument)
{
	begun++;
	return argument;
}

/* Longer than a new thread needs, shorter than any preemption takes. */
static void compute(void)
{
	long long end = now_ns() + 2000000;

	while (now_ns() < end)
		;
}

static void pipe_read(void)
{
	char byte;

	CHECK_INT(read(lock[0], &byte, 1), 1);
	CHECK_INT(write(lock[1], &byte, 1), 1);
}

static void file_write(void)
{
	CHECK_INT(pwrite(file, "x", 1, 0), 1);
	CHECK_INT(write(file, "x", 1), 1);
}

static void poll_ready(void)
{
	struct pollfd p = { lock[0], POLLIN, 0 };

	CHECK_INT(poll(&p, 1, -1), 1);
}

static void poll_nothing(void)
{
	struct pollfd p = { lock[1], POLLIN, 0 };

	CHECK_INT(poll(&p, 1, 0), 0);
}

static void select_ready(void)
{
	fd_set in;

	FD_ZERO(&in);
	FD_SET(lock[0], &in);
	CHECK_INT(select(lock[0] + 1, &in, NULL, NULL, NULL), 1);
}

static void epoll_ready(void)
{
	struct epoll_event event;

	CHECK_INT(epoll_wait(set, &event, 1, -1), 1);
}

static void accept_ready(void)
{
	int other = tcp_connect(&addr), fd = accept(listener, NULL, NULL);

	CHECK(fd >= 0);
	close(fd);
	close(other);
}

static void mutex_lock(void)
{
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
}

static void mutex_trylock(void)
{
	CHECK_INT(pthread_mutex_trylock(&mutex), 0);
	pthread_mutex_unlock(&mutex);
}

static void cond_signal(void)
{
	pthread_cond_signal(&cond);
}

static void cond_broadcast(void)
{
	pthread_cond_broadcast(&cond);
}

static void sem_trywait_empty(void)
{
	sem_t sem;

	sem_init(&sem, 0, 0);
	CHECK_ERRNO(sem_trywait(&sem), EAGAIN);
}

static void kill_nothing(void)
{
	CHECK_INT(pthread_kill(thread, 0), 0);
}

/* Natively a busy machine may take its time. */
static void check(const char *name, int in_time)
{
	if (greened() && in_time < MOST)
		FAIL("%s: %d of %d have begun", name, in_time, TRIES);
	ok("%s", name);
}

static void after(const char *name, void (*operation)(void))
{
	int in_time = 0;

	for (int i = 0; i < TRIES; i++) {
		begun = 0;
		thread = start(begins, NULL);
		compute();
		operation();
		in_time += begun;
		join(thread);
	}
	check(name, in_time);
}

static void *waits(void *argument)
{
	struct timespec end = in_ms(CLOCK_REALTIME, 200);

	pthread_mutex_lock(&mutex);
	*(int *)argument += pthread_cond_timedwait(&cond, &mutex, &end) == 0;
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void signalled_once(void)
{
	int in_time = 0;

	for (int i = 0; i < TRIES; i++) {
		thread = start(waits, &in_time);
		compute();
		pthread_mutex_lock(&mutex);
		pthread_cond_signal(&cond);
		pthread_mutex_unlock(&mutex);
		join(thread);
	}
	check("a condition signalled once", in_time);
}

static void many(void)
{
	static pthread_t threads[MANY];
	int in_time;

	begun = 0;
	for (int i = 0; i < MANY; i++)
		threads[i] = start_small(begins, NULL);
	in_time = begun;
	for (int i = 0; i < MANY; i++)
		join(threads[i]);
	if (greened() && in_time < MANY / 2)
		FAIL("many: %d of %d have begun", in_time, MANY);
	ok("many threads");
}

int main(void)
{
	struct epoll_event event = { EPOLLIN, { 0 } };

	CHECK_INT(pipe(lock), 0);
	CHECK_INT(write(lock[1], "x", 1), 1);
	set = epoll_create1(0);
	CHECK_INT(epoll_ctl(set, EPOLL_CTL_ADD, lock[0], &event), 0);
	listener = tcp_listen(&addr, 16);
	file = scratch_file();
	be_threaded();
	after("pipe", pipe_read);
	after("file", file_write);
	after("poll", poll_ready);
	after("poll of nothing", poll_nothing);
	after("select", select_ready);
	after("epoll", epoll_ready);
	after("accept", accept_ready);
	after("mutex", mutex_lock);
	after("trylock", mutex_trylock);
	after("signal", cond_signal);
	after("broadcast", cond_broadcast);
	after("trywait", sem_trywait_empty);
	after("kill", kill_nothing);
	signalled_once();
	many();
	return 0;
}
