/*
 * Deeds with locks: some are shared by all deeds, some belong to one.
 */
#include "mayhem.h"
#include <semaphore.h>
#include <threads.h>

#define OBJECTS	  8
#define SEM_VALUE 3

/* Everybody's, for the whole run. */
static struct object {
	pthread_mutex_t mutex;
	pthread_t owner; /* under mutex */
	long first, second;
	pthread_rwlock_t rwlock;
	long a, b; /* under rwlock: equal outside */
	int readers;
	sem_t sem;
	int inside;
	pthread_spinlock_t spin;
	long spun, spun_atomic;
	long locked; /* atomic: how often mutex was */
} objects[OBJECTS];

void locks_begin(void)
{
	static const int kinds[] = { PTHREAD_MUTEX_NORMAL,
				     PTHREAD_MUTEX_RECURSIVE,
				     PTHREAD_MUTEX_ERRORCHECK,
				     PTHREAD_MUTEX_ADAPTIVE_NP };

	for (int i = 0; i < OBJECTS; i++) {
		struct object *object = &objects[i];
		pthread_mutexattr_t attr;

		pthread_mutexattr_init(&attr);
		pthread_mutexattr_settype(&attr, kinds[i % 4]);
		if (i == 5)
			pthread_mutexattr_setprotocol(&attr,
						      PTHREAD_PRIO_INHERIT);
		if (i == 6)
			pthread_mutexattr_setrobust(&attr,
						    PTHREAD_MUTEX_ROBUST);
		if (i == 7)
			pthread_mutexattr_setpshared(&attr,
						     PTHREAD_PROCESS_SHARED);
		CHECK_INT(pthread_mutex_init(&object->mutex, &attr), 0);
		CHECK_INT(pthread_rwlock_init(&object->rwlock, NULL), 0);
		CHECK_INT(sem_init(&object->sem, i & 1, SEM_VALUE), 0);
		CHECK_INT(pthread_spin_init(&object->spin, 0), 0);
	}
}

void locks_round_over(void)
{
	for (int i = 0; i < OBJECTS; i++) {
		struct object *object = &objects[i];
		int value = -1;

		CHECK_INT(object->first, object->locked);
		CHECK_INT(object->second, object->locked);
		CHECK(object->a == object->b);
		CHECK_INT(object->spun, object->spun_atomic);
		CHECK_INT(object->inside, 0);
		sem_getvalue(&object->sem, &value);
		CHECK_INT(value, SEM_VALUE);
	}
}

static int lock_somehow(pthread_mutex_t *mutex, struct random *random)
{
	struct timespec until;
	int error;

	switch (pick(random, 6)) {
	case 0:
		error = pthread_mutex_trylock(mutex);
		CHECK(error == 0 || error == EBUSY);
		return error;
	case 1:
		until = in_ms(CLOCK_REALTIME, (int)pick(random, 4));
		error = pthread_mutex_timedlock(mutex, &until);
		CHECK(error == 0 || error == ETIMEDOUT);
		return error;
	case 2:
		until = in_ms(CLOCK_MONOTONIC, (int)pick(random, 4));
		error = pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &until);
		CHECK(error == 0 || error == ETIMEDOUT);
		return error;
	default:
		CHECK_INT(pthread_mutex_lock(mutex), 0);
		return 0;
	}
}

static void use_mutex(struct player *player)
{
	struct object *object = &objects[pick(&player->random, OBJECTS)];

	for (int i = (int)pick(&player->random, 30); i >= 0; i--) {
		/* A PI mutex knows no timeout on the monotonic clock before
		 * Linux 5.14: not asked for. */
		if (object == &objects[5])
			CHECK_INT(pthread_mutex_lock(&object->mutex), 0);
		else if (lock_somehow(&object->mutex, &player->random))
			continue;
		CHECK(object->owner == 0);
		object->owner = pthread_self();
		COUNT(object->locked);
		object->first++;
		jitter(&player->random);
		object->second++;
		CHECK(object->owner == pthread_self());
		object->owner = 0;
		CHECK_INT(pthread_mutex_unlock(&object->mutex), 0);
	}
}

static void use_rwlock(struct player *player)
{
	struct object *object = &objects[pick(&player->random, OBJECTS)];

	for (int i = (int)pick(&player->random, 30); i >= 0; i--) {
		struct timespec until = in_ms(CLOCK_REALTIME,
					      (int)pick(&player->random, 4));
		int write = pick(&player->random, 4) == 0;
		int patient = (int)pick(&player->random, 2), error;
		pthread_rwlock_t *lock = &object->rwlock;

		if (patient)
			error = write ? pthread_rwlock_wrlock(lock)
				      : pthread_rwlock_rdlock(lock);
		else
			error = write ? pthread_rwlock_timedwrlock(lock, &until)
				      : pthread_rwlock_timedrdlock(lock,
								   &until);
		CHECK(error == 0 || (!patient && error == ETIMEDOUT));
		if (error)
			continue;
		if (write) {
			CHECK_INT(VALUE(object->readers), 0);
			object->a++;
			jitter(&player->random);
			object->b++;
		} else {
			COUNT(object->readers);
			CHECK(object->a == object->b);
			jitter(&player->random);
			CHECK(object->a == object->b);
			__atomic_sub_fetch(&object->readers, 1,
					   __ATOMIC_SEQ_CST);
		}
		CHECK_INT(pthread_rwlock_unlock(lock), 0);
	}
}

static void use_sem(struct player *player)
{
	struct object *object = &objects[pick(&player->random, OBJECTS)];

	for (int i = (int)pick(&player->random, 30); i >= 0; i--) {
		struct timespec until = in_ms(CLOCK_REALTIME,
					      (int)pick(&player->random, 4));
		int got = pick(&player->random, 3)
				  ? AGAIN(sem_wait(&object->sem))
				  : AGAIN(sem_timedwait(&object->sem, &until));

		if (got == -1) {
			CHECK_INT(errno, ETIMEDOUT);
			continue;
		}
		CHECK(COUNT(object->inside) <= SEM_VALUE);
		jitter(&player->random);
		__atomic_sub_fetch(&object->inside, 1, __ATOMIC_SEQ_CST);
		CHECK_INT(sem_post(&object->sem), 0);
	}
}

static void use_spin(struct player *player)
{
	struct object *object = &objects[pick(&player->random, OBJECTS)];

	for (int i = (int)pick(&player->random, 50); i >= 0; i--) {
		CHECK_INT(pthread_spin_lock(&object->spin), 0);
		object->spun++;
		CHECK_INT(pthread_spin_unlock(&object->spin), 0);
		COUNT(object->spun_atomic);
	}
}

/* ---- threads that wait for each other, without timeouts ---- */

#define PARTIES 6

struct meeting {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	pthread_barrier_t barrier;
	int turn, parties, laps, serials;
	once_flag once;
	int numbers; /* given to those who come */
};

/* Each waits for its turn; a lost wake-up is never made good. */
static void take_turns(struct player *player, struct meeting *m)
{
	int number = COUNT(m->numbers) - 1;

	for (int lap = 0; lap < m->laps; lap++) {
		CHECK_INT(pthread_mutex_lock(&m->mutex), 0);
		while (m->turn % m->parties != number)
			CHECK_INT(pthread_cond_wait(&m->cond, &m->mutex), 0);
		m->turn++;
		if (pick(&player->random, 4) == 0)
			CHECK_INT(pthread_cond_broadcast(&m->cond), 0);
		CHECK_INT(pthread_mutex_unlock(&m->mutex), 0);
		CHECK_INT(pthread_cond_broadcast(&m->cond), 0);
		jitter(&player->random);
	}
}

static void count_once(void)
{
}

static void meet(struct player *player, struct meeting *m)
{
	for (int lap = 0; lap < m->laps; lap++) {
		int result = pthread_barrier_wait(&m->barrier);

		CHECK(result == 0 || result == PTHREAD_BARRIER_SERIAL_THREAD);
		if (result)
			COUNT(m->serials);
		call_once(&m->once, count_once);
		jitter(&player->random);
	}
}

struct guest {
	struct meeting *meeting;
	void (*run)(struct player *, struct meeting *);
	struct random random;
};

static void *guest_main(void *argument)
{
	struct guest *guest = argument;
	struct player player;

	player_begin(&player, 0, 1);
	player.random = guest->random;
	doing(&player, "meets others");
	guest->run(&player, guest->meeting);
	player_end(&player);
	return argument;
}

static void meeting_of(struct player *player,
		       void (*run)(struct player *, struct meeting *))
{
	struct meeting m = { .once = ONCE_FLAG_INIT };
	struct guest guests[PARTIES];
	pthread_t threads[PARTIES];

	m.parties = (int)pick(&player->random, PARTIES - 1) + 2;
	m.laps = (int)pick(&player->random, 10) + 1;
	CHECK_INT(pthread_mutex_init(&m.mutex, NULL), 0);
	CHECK_INT(pthread_cond_init(&m.cond, NULL), 0);
	CHECK_INT(pthread_barrier_init(&m.barrier, NULL, (unsigned)m.parties),
		  0);
	for (int i = 0; i < m.parties; i++) {
		guests[i] = (struct guest){ &m, run, player->random };
		guests[i].random.state ^= (uint64_t)(i + 1) << 40;
		threads[i] = start(guest_main, &guests[i]);
	}
	for (int i = 0; i < m.parties; i++)
		join(threads[i]);
	if (run == take_turns)
		CHECK_INT(m.turn, m.parties * m.laps);
	else
		CHECK_INT(m.serials, m.laps);
	CHECK_INT(pthread_barrier_destroy(&m.barrier), 0);
	CHECK_INT(pthread_cond_destroy(&m.cond), 0);
	CHECK_INT(pthread_mutex_destroy(&m.mutex), 0);
}

static void take_turns_of(struct player *player)
{
	meeting_of(player, take_turns);
}

static void meet_at_barrier(struct player *player)
{
	meeting_of(player, meet);
}

/* A wait that nothing ends: it lasts its full time. */
static void time_out(struct player *player)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
	int ms = (int)pick(&player->random, 6), error;
	struct timespec until = in_ms(CLOCK_MONOTONIC, ms);
	long long begun = now_ms();
	mtx_t mtx;
	sem_t sem;

	switch (pick(&player->random, 3)) {
	case 0:
		CHECK_INT(pthread_mutex_lock(&mutex), 0);
		do
			error = pthread_cond_clockwait(&cond, &mutex,
						       CLOCK_MONOTONIC, &until);
		while (error == 0); /* a handler ran */
		CHECK_INT(error, ETIMEDOUT);
		CHECK_INT(pthread_mutex_unlock(&mutex), 0);
		break;
	case 1:
		CHECK_INT(sem_init(&sem, 0, 0), 0);
		CHECK_INT(AGAIN(sem_clockwait(&sem, CLOCK_MONOTONIC, &until)),
			  -1);
		CHECK_INT(errno, ETIMEDOUT);
		CHECK_INT(sem_destroy(&sem), 0);
		break;
	default:
		CHECK_INT(mtx_init(&mtx, mtx_timed), thrd_success);
		CHECK_INT(mtx_lock(&mtx), thrd_success);
		until = in_ms(CLOCK_REALTIME, ms);
		CHECK_INT(mtx_timedlock(&mtx, &until), thrd_timedout);
		CHECK_INT(mtx_unlock(&mtx), thrd_success);
		mtx_destroy(&mtx);
	}
	CHECK(now_ms() >= begun + ms - 1);
}

static void sleep_a_while(struct player *player)
{
	long long begun = now_ns();
	struct timespec ts = { 0, (long)pick(&player->random, 3000000) };
	long long want = ts.tv_nsec;

	while (nanosleep(&ts, &ts) == -1)
		CHECK_INT(errno, EINTR);
	CHECK(now_ns() - begun >= want);
}

const struct deed lock_deeds[] = {
	{ "a mutex", use_mutex, 6 },
	{ "an rwlock", use_rwlock, 5 },
	{ "a semaphore", use_sem, 5 },
	{ "a spin lock", use_spin, 1 },
	{ "turns by condition", take_turns_of, 4 },
	{ "a barrier", meet_at_barrier, 4 },
	{ "a timeout", time_out, 5 },
	{ "a sleep", sleep_a_while, 3 },
	{ NULL, NULL, 0 },
};
