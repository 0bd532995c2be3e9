/*
 * Very many timeouts, most of which are cancelled before they fire: sleeps,
 * timed waits of all kinds; none ends too early, and none is lost.
 */
#include "stress.h"
#include <semaphore.h>
#include <sys/epoll.h>

#define PAIRS 40

struct pair {
	int number;
	int fds[2];
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	sem_t sem;
	int flag;
};

static struct pair pairs[PAIRS];
static long fired, cancelled;

/* The time a wait took is not below what it was to be. */
static void timed_out(long long begun, long long want_ns)
{
	long long took = now_ns() - begun;

	if (took < want_ns)
		FAIL("woke after %lld ns, asked for %lld", took, want_ns);
	__atomic_add_fetch(&fired, 1, __ATOMIC_SEQ_CST);
}

static void *sleeper(void *argument)
{
	struct pair *pair = argument;
	struct random random = random_for(pair->number);

	while (!stress_over()) {
		/* Mostly long, so that the other thread comes in time. */
		int ms = pick(&random, 4) ? 5000 + (int)pick(&random, 5000)
					  : (int)pick(&random, 4);
		long long begun = now_ns(), want = ms * 1000000LL;
		struct pollfd pollfd = { pair->fds[0], POLLIN, 0 };
		struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };
		struct timespec until = in_ms(CLOCK_MONOTONIC, ms);
		struct timespec real = in_ms(CLOCK_REALTIME, ms);
		struct timeval tv = { ms / 1000, ms % 1000 * 1000 };
		char byte;
		int got;

		switch (pick(&random, 6)) {
		case 0:
			got = poll(&pollfd, 1, ms);
			break;
		case 1:
			got = ppoll(&pollfd, 1, &ts, NULL);
			break;
		case 2:
			/* Zero would mean no timeout. */
			tv.tv_usec += !ms;
			CHECK_INT(setsockopt(pair->fds[0], SOL_SOCKET,
					     SO_RCVTIMEO, &tv, sizeof(tv)),
				  0);
			got = (int)recv(pair->fds[0], &byte, 1, MSG_PEEK);
			if (got == -1) {
				CHECK_INT(errno, EAGAIN);
				/* The kernel counts ticks: up to one less. */
				want -= 1000000 * (greened() ? 0 : 1);
				got = 0;
			}
			/* What is taken back below may be a while coming. */
			tv = (struct timeval){ 0, 0 };
			CHECK_INT(setsockopt(pair->fds[0], SOL_SOCKET,
					     SO_RCVTIMEO, &tv, sizeof(tv)),
				  0);
			break;
		case 3:
			pthread_mutex_lock(&pair->mutex);
			got = 1;
			while (!pair->flag && got == 1)
				if (pthread_cond_clockwait(&pair->cond,
							   &pair->mutex,
							   CLOCK_MONOTONIC,
							   &until))
					got = 0;
			pthread_mutex_unlock(&pair->mutex);
			break;
		case 4:
			got = sem_timedwait(&pair->sem, &real) == 0;
			if (got)
				sem_post(&pair->sem);
			/* Another clock may be set meanwhile. */
			else
				want = 0;
			break;
		default:
			usleep(ms > 5 ? 5 : ms * 1000);
			timed_out(begun, ms > 5 ? 5000 : ms * 1000000LL);
			continue;
		}
		CHECK(got >= 0);
		if (got == 0) {
			timed_out(begun, want);
			continue;
		}
		__atomic_add_fetch(&cancelled, 1, __ATOMIC_SEQ_CST);
		/* Take back all three that the other thread gave. */
		CHECK_INT(read(pair->fds[0], &byte, 1), 1);
		CHECK_INT(sem_wait(&pair->sem), 0);
		pthread_mutex_lock(&pair->mutex);
		while (!pair->flag)
			pthread_cond_wait(&pair->cond, &pair->mutex);
		pair->flag = 0;
		pthread_cond_broadcast(&pair->cond);
		pthread_mutex_unlock(&pair->mutex);
	}
	return NULL;
}

static void *waker(void *argument)
{
	struct pair *pair = argument;
	struct random random = random_for(pair->number + 1000);

	/* A little longer, so that none waits for its long timeout. */
	while (now_ms() < stress_end + 300) {
		struct timespec until;

		usleep(pick(&random, 2000));
		CHECK_INT(sem_post(&pair->sem), 0);
		CHECK_INT(write(pair->fds[1], "x", 1), 1);
		pthread_mutex_lock(&pair->mutex);
		pair->flag = 1;
		pthread_cond_broadcast(&pair->cond);
		until = in_ms(CLOCK_MONOTONIC, 200);
		while (pair->flag &&
		       pthread_cond_clockwait(&pair->cond, &pair->mutex,
					      CLOCK_MONOTONIC, &until) == 0)
			;
		int gone = pair->flag;
		pthread_mutex_unlock(&pair->mutex);
		if (gone && stress_over())
			break;
		if (gone) {
			/*
			 * Slow, not gone: wait until it has taken everything.
			 */
			pthread_mutex_lock(&pair->mutex);
			while (pair->flag && !stress_over()) {
				until = in_ms(CLOCK_MONOTONIC, 10);
				pthread_cond_clockwait(&pair->cond,
						       &pair->mutex,
						       CLOCK_MONOTONIC, &until);
			}
			pthread_mutex_unlock(&pair->mutex);
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[PAIRS][2];

	stress_begin(argc, argv);
	for (int i = 0; i < PAIRS; i++) {
		pairs[i].number = i;
		stream_pair(pairs[i].fds);
		pthread_mutex_init(&pairs[i].mutex, NULL);
		pthread_cond_init(&pairs[i].cond, NULL);
		sem_init(&pairs[i].sem, 0, 0);
		threads[i][0] = start(sleeper, &pairs[i]);
		threads[i][1] = start(waker, &pairs[i]);
	}
	for (int i = 0; i < PAIRS; i++) {
		join(threads[i][0]);
		join(threads[i][1]);
	}
	if (now_ms() > stress_end + 20000)
		FAIL("a timeout came %lld ms late", now_ms() - stress_end);
	fprintf(stderr, "%ld fired, %ld cancelled\n", fired, cancelled);
	CHECK(fired > 0 && cancelled > 0);
	ok("timers");
	return 0;
}
