/*
 * Threads that are cancelled: in a call that waits, while CPU-bound, before they
 * have begun.  Each holds something that its cleanup handlers release.
 */
#include "mayhem.h"
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>

struct victim {
	struct random random;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	sem_t sem;
	int fds[2]; /* a pair of sockets in which nothing is */
	int begun;
	pthread_t other;
	pid_t child;
	int held; /* open file with a lock that is taken */
};

struct way {
	const char *name;
	void (*wait)(struct victim *);
	int asynchronous;
};

/* Every cleanup is counted, with something that only the cleanup releases. */
static void clean(void *block)
{
	CHECK_INT(*(int *)block, 4711);
	free(block);
	COUNT(cleanups_run);
}

static void clean_fd(void *fd)
{
	CHECK_INT(close((int)(intptr_t)fd), 0);
	COUNT(cleanups_run);
}

static int *something(void)
{
	int *block = malloc(sizeof(*block) + 100);

	CHECK(block != NULL);
	*block = 4711;
	COUNT(cleanups_pushed);
	return block;
}

/* ---- ways to wait ---- */

static void in_read(struct victim *v)
{
	char byte;

	CHECK_INT(read(v->fds[0], &byte, 1), -1);
}

static void in_recvmsg(struct victim *v)
{
	char byte;
	struct iovec vec = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &vec, .msg_iovlen = 1 };

	CHECK_INT(recvmsg(v->fds[0], &msg, 0), -1);
}

static void in_write(struct victim *v)
{
	static char much[4096];

	while (write(v->fds[0], much, sizeof(much)) > 0)
		;
}

static void in_poll(struct victim *v)
{
	struct pollfd pollfd = { v->fds[0], POLLIN, 0 };

	poll(&pollfd, 1, -1);
}

static void in_select(struct victim *v)
{
	struct timeval timeout = { 1000, 0 };
	fd_set set;

	FD_ZERO(&set);
	FD_SET(v->fds[0], &set);
	select(v->fds[0] + 1, &set, NULL, NULL, &timeout);
}

static void in_epoll(struct victim *v)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	CHECK(epoll >= 0);
	CHECK_INT(epoll_ctl(epoll, EPOLL_CTL_ADD, v->fds[0], &event), 0);
	COUNT(cleanups_pushed);
	pthread_cleanup_push(clean_fd, (void *)(intptr_t)epoll);
	for (;;)
		epoll_wait(epoll, &event, 1, -1);
	pthread_cleanup_pop(0);
}

static void in_sem(struct victim *v)
{
	struct timespec until = in_ms(CLOCK_REALTIME, 1000000);

	if (pick(&v->random, 2))
		sem_wait(&v->sem);
	else
		sem_timedwait(&v->sem, &until);
}

static void unlock(void *mutex)
{
	CHECK_INT(pthread_mutex_trylock(mutex), EBUSY); /* it is ours */
	CHECK_INT(pthread_mutex_unlock(mutex), 0);
	COUNT(cleanups_run);
}

static void in_cond(struct victim *v)
{
	struct timespec until = in_ms(CLOCK_REALTIME, 1000000);
	int timed = (int)pick(&v->random, 2);

	CHECK_INT(pthread_mutex_lock(&v->mutex), 0);
	COUNT(cleanups_pushed);
	pthread_cleanup_push(unlock, &v->mutex);
	for (;;) {
		if (timed)
			pthread_cond_timedwait(&v->cond, &v->mutex, &until);
		else
			pthread_cond_wait(&v->cond, &v->mutex);
	}
	pthread_cleanup_pop(0);
}

static void in_sleep(struct victim *v)
{
	struct timespec ts = { 1000, 0 };

	if (pick(&v->random, 2))
		nanosleep(&ts, NULL);
	else
		clock_nanosleep(CLOCK_REALTIME, 0, &ts, NULL);
}

static void *endless(void *argument)
{
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	AGAIN(sem_wait(&((struct victim *)argument)->sem));
	return NULL;
}

static void end_other(void *argument)
{
	struct victim *v = argument;

	CHECK_INT(sem_post(&v->sem), 0);
	CHECK_INT(pthread_join(v->other, NULL), 0);
	COUNT(cleanups_run);
}

static void in_join(struct victim *v)
{
	v->other = start(endless, v);
	COUNT(cleanups_pushed);
	pthread_cleanup_push(end_other, v);
	pthread_join(v->other, NULL);
	FAIL("joined a thread that goes on");
	pthread_cleanup_pop(0);
}

static void end_child(void *argument)
{
	struct victim *v = argument;

	CHECK_INT(kill(v->child, SIGKILL), 0);
	CHECK_INT(reap(v->child), SIGKILL);
	COUNT(cleanups_run);
}

static void in_waitpid(struct victim *v)
{
	v->child = fork_child();
	if (v->child == 0) {
		/* The request may have been there before the fork. */
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
		for (;;)
			pause();
	}
	note_child(v->child);
	COUNT(cleanups_pushed);
	pthread_cleanup_push(end_child, v);
	waitpid(v->child, NULL, 0);
	FAIL("waited for a child that goes on");
	pthread_cleanup_pop(0);
}

static void in_sigwait(struct victim *v)
{
	sigset_t set;
	int sig;

	(void)v;
	sigemptyset(&set);
	sigaddset(&set, SIGRTMAX); /* that nobody sends */
	sigwait(&set, &sig);
}

static void in_sigsuspend(struct victim *v)
{
	sigset_t set;

	sigfillset(&set);
	if (pick(&v->random, 2))
		sigsuspend(&set);
	else
		pause();
}

/* In the kernel, where the runtime does not see it. */
static void in_flock(struct victim *v)
{
	char path[64];
	int fd, old;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", v->held);
	/* Cancelled as it returns, libc's open leaves the file open. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	fd = open(path, O_RDWR | O_CLOEXEC);
	CHECK(fd >= 0);
	pthread_setcancelstate(old, NULL);
	COUNT(cleanups_pushed);
	pthread_cleanup_push(clean_fd, (void *)(intptr_t)fd);
	/*
	 * flock(2) is not a cancellation point; waiting for a record lock is.
	 */
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	for (;;)
		fcntl(fd, F_OFD_SETLKW, &lock);
	pthread_cleanup_pop(0);
}

static void in_testcancel(struct victim *v)
{
	for (;;) {
		pthread_testcancel();
		jitter(&v->random);
	}
}

static void disabled(struct victim *v)
{
	int old;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	CHECK_INT(old, PTHREAD_CANCEL_ENABLE);
	usleep(pick(&v->random, 2000));
	pthread_setcancelstate(old, NULL);
	in_sleep(v);
}

static void in_system(struct victim *v)
{
	(void)v;
	for (;;)
		system("exec sleep 1000");
}

static void computing(struct victim *v)
{
	(void)v;
	for (volatile long i = 0;; i++)
		;
}

/* POSIX allows little else in a thread that can be cancelled anywhere. */
static void computing_by_turns(struct victim *v)
{
	for (;;) {
		int old;

		pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &old);
		sched_yield();
		if (pick(&v->random, 4) == 0)
			usleep(10);
		pthread_setcanceltype(old, NULL);
		for (volatile int i = 0; i < 1000; i++)
			;
	}
}

static const struct way ways[] = {
	{ "cancels a read", in_read, 0 },
	{ "cancels a recvmsg", in_recvmsg, 0 },
	{ "cancels a write", in_write, 0 },
	{ "cancels a poll", in_poll, 0 },
	{ "cancels a select", in_select, 0 },
	{ "cancels an epoll_wait", in_epoll, 0 },
	{ "cancels a sem_wait", in_sem, 0 },
	{ "cancels a condition wait", in_cond, 0 },
	{ "cancels a sleep", in_sleep, 0 },
	{ "cancels a join", in_join, 0 },
	{ "cancels a waitpid", in_waitpid, 0 },
	{ "cancels a sigwait", in_sigwait, 0 },
	{ "cancels a sigsuspend", in_sigsuspend, 0 },
	{ "cancels a record lock", in_flock, 0 },
	{ "cancels a loop of tests", in_testcancel, 0 },
	{ "cancels the disabled", disabled, 0 },
	{ "cancels system", in_system, 0 },
	{ "cancels a computation", computing, 1 },
	{ "cancels a computation by turns", computing_by_turns, 1 },
};

#define WAYS ((unsigned)(sizeof(ways) / sizeof(ways[0])))

struct sentence {
	struct victim *victim;
	const struct way *way;
};

static void *victim_main(void *argument)
{
	struct sentence *sentence = argument;
	struct victim *v = sentence->victim;

	/* Before anything is held: it may be cancelled from here on. */
	pthread_cleanup_push(clean, something());
	__atomic_store_n(&v->begun, 1, __ATOMIC_SEQ_CST);
	if (sentence->way->asynchronous)
		pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	for (;;)
		sentence->way->wait(v);
	pthread_cleanup_pop(1);
	return NULL;
}

void cancel_somebody(struct player *player)
{
	const struct way *way = &ways[pick(&player->random, WAYS)];
	struct victim v = { .random = player->random, .held = -1 };
	struct sentence sentence = { .victim = &v };
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	pthread_t thread;
	sigset_t old;

	/* libc's lock over system() may be held for ever in a child. */
	if (player->depth == IN_CHILD && way->wait == in_system)
		way = ways;
	sentence.way = way;
	doing(player, way->name);
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, v.fds), 0);
	CHECK_INT(pthread_mutex_init(&v.mutex, NULL), 0);
	CHECK_INT(pthread_cond_init(&v.cond, NULL), 0);
	CHECK_INT(sem_init(&v.sem, 0, 0), 0);
	if (way->wait == in_flock) {
		v.held = scratch_file();
		CHECK_INT(fcntl(v.held, F_OFD_SETLK, &lock), 0);
	}
	/* What is sent to the process may hit a victim, and be lost when it is
	 * cancelled in the handler: natively too. */
	block_storms(&old);
	thread = start(victim_main, &sentence);
	CHECK_INT(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
	/* Mostly while it waits, sometimes sooner. */
	switch (pick(&player->random, 4)) {
	case 0:
		break;
	case 1:
		WAIT_UNTIL(VALUE(v.begun));
		break;
	default:
		usleep(pick(&player->random, 2000));
	}
	CHECK_INT(pthread_cancel(thread), 0);
	jitter(&player->random);
	CHECK(join(thread) == PTHREAD_CANCELED);
	CHECK_INT(pthread_cond_destroy(&v.cond), 0);
	CHECK_INT(pthread_mutex_trylock(&v.mutex), 0); /* nobody holds it */
	CHECK_INT(pthread_mutex_unlock(&v.mutex), 0);
	CHECK_INT(pthread_mutex_destroy(&v.mutex), 0);
	CHECK_INT(sem_destroy(&v.sem), 0);
	CHECK_INT(close(v.fds[0]), 0);
	CHECK_INT(close(v.fds[1]), 0);
	if (v.held >= 0)
		CHECK_INT(close(v.held), 0);
}
