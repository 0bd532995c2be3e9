/*
 * All lock kinds, chosen at random, with waits within and around them: mutual
 * exclusion, counts conserved, timeouts that do not lose wake-ups.
 */
#include "stress.h"
#include <semaphore.h>

#define THREADS 60
#define OBJECTS 6

struct object {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	pthread_rwlock_t rwlock;
	sem_t sem;
	pthread_spinlock_t spin;
	int owner;	/* under mutex */
	long a, b;	/* under rwlock; equal outside */
	int sem_inside; /* at most SEM_VALUE */
	long tokens;	/* under mutex; for cond */
	long counted;	/* under spin */
};

#define SEM_VALUE 3

static struct object objects[OBJECTS];
static long produced, consumed, mutex_ops, counted;
static pthread_t threads[THREADS];
static int stop_consumers;

static void lock_mutex(struct object *object, struct random *random)
{
	struct timespec until;
	int error;

	do {
		switch (pick(random, 4)) {
		case 0:
			error = pthread_mutex_trylock(&object->mutex);
			break;
		case 1:
			until = in_ms(CLOCK_REALTIME, (int)pick(random, 3));
			error = pthread_mutex_timedlock(&object->mutex, &until);
			break;
		case 2:
			until = in_ms(CLOCK_MONOTONIC, (int)pick(random, 3));
			error = pthread_mutex_clocklock(&object->mutex,
							CLOCK_MONOTONIC,
							&until);
			break;
		default:
			error = pthread_mutex_lock(&object->mutex);
		}
		CHECK(error == 0 || error == EBUSY || error == ETIMEDOUT);
		if (error == EBUSY)
			sched_yield();
	} while (error);
	CHECK_INT(object->owner, 0);
	object->owner = 1;
}

static void unlock_mutex(struct object *object)
{
	CHECK_INT(object->owner, 1);
	object->owner = 0;
	CHECK_INT(pthread_mutex_unlock(&object->mutex), 0);
}

static void use_rwlock(struct object *object, struct random *random)
{
	struct timespec until = in_ms(CLOCK_REALTIME, (int)pick(random, 3));
	int write = pick(random, 5) == 0, error;

	if (pick(random, 2)) {
		error = write ? pthread_rwlock_wrlock(&object->rwlock)
			      : pthread_rwlock_rdlock(&object->rwlock);
		CHECK_INT(error, 0);
	} else {
		error = write ? pthread_rwlock_timedwrlock(&object->rwlock,
							   &until)
			      : pthread_rwlock_timedrdlock(&object->rwlock,
							   &until);
		CHECK(error == 0 || error == ETIMEDOUT);
		if (error)
			return;
	}
	if (write) {
		object->a++;
		jitter(random);
		object->b++;
	} else {
		long a = object->a;

		CHECK(a == object->b);
		jitter(random);
		CHECK(a == object->a && a == object->b);
	}
	CHECK_INT(pthread_rwlock_unlock(&object->rwlock), 0);
}

static void use_sem(struct object *object, struct random *random)
{
	struct timespec until = in_ms(CLOCK_REALTIME, (int)pick(random, 3));
	int got;

	if (pick(random, 2))
		got = sem_wait(&object->sem);
	else
		got = sem_timedwait(&object->sem, &until);
	if (got == -1) {
		CHECK(errno == ETIMEDOUT || errno == EINTR);
		return;
	}
	CHECK(__atomic_add_fetch(&object->sem_inside, 1, __ATOMIC_SEQ_CST) <=
	      SEM_VALUE);
	jitter(random);
	__atomic_sub_fetch(&object->sem_inside, 1, __ATOMIC_SEQ_CST);
	CHECK_INT(sem_post(&object->sem), 0);
}

static void produce(struct object *object, struct random *random)
{
	int count = (int)pick(random, 5) + 1, inside = (int)pick(random, 2);

	lock_mutex(object, random);
	object->tokens += count;
	__atomic_add_fetch(&produced, count, __ATOMIC_SEQ_CST);
	if (inside)
		pthread_cond_broadcast(&object->cond);
	unlock_mutex(object);
	if (!inside)
		for (int i = 0; i < count; i++)
			pthread_cond_signal(&object->cond);
}

static void consume(struct object *object, struct random *random)
{
	struct timespec until = in_ms(CLOCK_REALTIME, (int)pick(random, 10));
	int error = 0, timed = (int)pick(random, 2);

	lock_mutex(object, random);
	while (object->tokens == 0 && !stop_consumers && error == 0) {
		object->owner = 0;
		if (timed)
			error = pthread_cond_timedwait(&object->cond,
						       &object->mutex, &until);
		else
			error = pthread_cond_wait(&object->cond,
						  &object->mutex);
		CHECK(error == 0 || error == ETIMEDOUT);
		CHECK_INT(object->owner, 0);
		object->owner = 1;
	}
	if (object->tokens > 0) {
		object->tokens--;
		__atomic_add_fetch(&consumed, 1, __ATOMIC_SEQ_CST);
	}
	unlock_mutex(object);
}

static void *worker(void *argument)
{
	int n = (int)(intptr_t)argument;
	struct random random = random_for(n);

	while (!stress_over()) {
		struct object *object = &objects[pick(&random, OBJECTS)];

		switch (pick(&random, 6)) {
		case 0:
			use_rwlock(object, &random);
			break;
		case 1:
			use_sem(object, &random);
			break;
		case 2:
			lock_mutex(object, &random);
			jitter(&random);
			__atomic_add_fetch(&mutex_ops, 1, __ATOMIC_SEQ_CST);
			unlock_mutex(object);
			break;
		case 3:
			/* Some only consume, so that there are waiters. */
			if (n % 2)
				consume(object, &random);
			else
				produce(object, &random);
			break;
		case 4:
			CHECK_INT(pthread_spin_lock(&object->spin), 0);
			object->counted++;
			CHECK_INT(pthread_spin_unlock(&object->spin), 0);
			__atomic_add_fetch(&counted, 1, __ATOMIC_SEQ_CST);
			break;
		default:
			produce(object, &random);
			consume(object, &random);
		}
		jitter(&random);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int kinds[] = { PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE,
			PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_ADAPTIVE_NP };
	long left = 0, spun = 0;

	stress_begin(argc, argv);
	for (int i = 0; i < OBJECTS; i++) {
		pthread_mutexattr_t attr;

		/* No thread tries to lock its own recursive mutex. */
		pthread_mutexattr_init(&attr);
		pthread_mutexattr_settype(&attr, kinds[i % 4]);
		pthread_mutex_init(&objects[i].mutex, &attr);
		pthread_cond_init(&objects[i].cond, NULL);
		pthread_rwlock_init(&objects[i].rwlock, NULL);
		pthread_spin_init(&objects[i].spin, 0);
		sem_init(&objects[i].sem, 0, SEM_VALUE);
	}
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(worker, (void *)(intptr_t)i);
	while (!stress_over())
		sleep_ms(20);
	/* Threads that wait for tokens would wait for ever. */
	for (int i = 0; i < OBJECTS; i++) {
		pthread_mutex_lock(&objects[i].mutex);
		stop_consumers = 1;
		pthread_cond_broadcast(&objects[i].cond);
		pthread_mutex_unlock(&objects[i].mutex);
	}
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	for (int i = 0; i < OBJECTS; i++) {
		int value;

		left += objects[i].tokens;
		spun += objects[i].counted;
		CHECK_INT(sem_getvalue(&objects[i].sem, &value), 0);
		CHECK_INT(value, SEM_VALUE);
		CHECK(objects[i].a == objects[i].b);
		CHECK_INT(pthread_mutex_destroy(&objects[i].mutex), 0);
		CHECK_INT(pthread_cond_destroy(&objects[i].cond), 0);
		CHECK_INT(pthread_rwlock_destroy(&objects[i].rwlock), 0);
	}
	CHECK_INT(produced, consumed + left);
	CHECK_INT(spun, counted);
	fprintf(stderr, "%ld mutex operations\n", mutex_ops);
	ok("locks");
	return 0;
}
