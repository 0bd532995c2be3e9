/*
 * micro: what the thread operations cost, each by itself.
 *
 * An ordinary pthread program: run it as it is for the kernel's threads, and
 * under greenrun for green ones. Prints "name=nanoseconds", the median of some
 * rounds, as clocks and neighbours make any single round worth little.
 *
 *   yield        hand-over between two threads that sched_yield to each other
 *   sem          hand-over by semaphore: unpark the other, park
 *   cond         hand-over by mutex and condition variable
 *   create_join  pthread_create and pthread_join of a thread that does nothing
 *   mutex        lock and unlock, uncontended
 *   sem_pair     post and wait, uncontended
 *   rdlock       read lock and unlock, uncontended
 *   wrlock       write lock and unlock, uncontended
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_ROUNDS 101

struct bench {
	const char *name;
	/* Does the operation about `count` times; returns ns for one. */
	double (*run)(unsigned long count);
};

static int rounds = 5;
static double round_ns = 50e6;

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void check(int error, const char *what)
{
	if (!error)
		return;
	fprintf(stderr, "micro: %s: %s\n", what, strerror(error));
	exit(1);
}

/* --- hand-overs ---------------------------------------------------------- */

/*
 * Two threads take turns: `turn` says whose it is. Each kind of hand-over has a
 * function that plays one side for `count` turns.
 */
static struct game {
	unsigned long count;
	void (*play)(int side, unsigned long count);
	atomic_int turn;
	sem_t sem[2];
	pthread_mutex_t lock;
	pthread_cond_t changed[2];
} game = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = { PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER },
};

static void play_yield(int side, unsigned long count)
{
	while (count--) {
		while (atomic_load(&game.turn) != side)
			sched_yield();
		atomic_store(&game.turn, !side);
	}
}

static void play_sem(int side, unsigned long count)
{
	while (count--) {
		sem_wait(&game.sem[side]);
		sem_post(&game.sem[!side]);
	}
}

static void play_cond(int side, unsigned long count)
{
	pthread_mutex_lock(&game.lock);
	while (count--) {
		while (game.turn != side)
			pthread_cond_wait(&game.changed[side], &game.lock);
		game.turn = !side;
		pthread_cond_signal(&game.changed[!side]);
	}
	pthread_mutex_unlock(&game.lock);
}

static void *other_side(void *arg)
{
	(void)arg;
	game.play(1, game.count);
	return NULL;
}

static double run_game(void (*play)(int, unsigned long), unsigned long count)
{
	pthread_t other;
	double start;

	game.play = play;
	game.count = count / 2 + 1;
	game.turn = 0;
	sem_init(&game.sem[0], 0, 1);
	sem_init(&game.sem[1], 0, 0);
	check(pthread_create(&other, NULL, other_side, NULL), "create");
	start = now_ns();
	play(0, game.count);
	/* The join waits for the last hand-over. */
	check(pthread_join(other, NULL), "join");
	return (now_ns() - start) / (2.0 * (double)game.count);
}

static double bench_yield(unsigned long count)
{
	return run_game(play_yield, count);
}

static double bench_sem(unsigned long count)
{
	return run_game(play_sem, count);
}

static double bench_cond(unsigned long count)
{
	return run_game(play_cond, count);
}

/* --- threads ------------------------------------------------------------- */

static void *nothing(void *arg)
{
	return arg;
}

static double bench_create_join(unsigned long count)
{
	double start = now_ns();
	unsigned long i;
	pthread_t t;

	for (i = 0; i < count; i++) {
		check(pthread_create(&t, NULL, nothing, NULL), "create");
		check(pthread_join(t, NULL), "join");
	}
	return (now_ns() - start) / (double)count;
}

/* --- uncontended locks --------------------------------------------------- */

static double bench_mutex(unsigned long count)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	double start = now_ns();
	unsigned long i;

	for (i = 0; i < count; i++) {
		pthread_mutex_lock(&lock);
		pthread_mutex_unlock(&lock);
	}
	return (now_ns() - start) / (double)count;
}

static double bench_sem_pair(unsigned long count)
{
	unsigned long i;
	double start;
	sem_t sem;

	sem_init(&sem, 0, 0);
	start = now_ns();
	for (i = 0; i < count; i++) {
		sem_post(&sem);
		sem_wait(&sem);
	}
	return (now_ns() - start) / (double)count;
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;

static double bench_rdlock(unsigned long count)
{
	double start = now_ns();
	unsigned long i;

	for (i = 0; i < count; i++) {
		pthread_rwlock_rdlock(&rwlock);
		pthread_rwlock_unlock(&rwlock);
	}
	return (now_ns() - start) / (double)count;
}

static double bench_wrlock(unsigned long count)
{
	double start = now_ns();
	unsigned long i;

	for (i = 0; i < count; i++) {
		pthread_rwlock_wrlock(&rwlock);
		pthread_rwlock_unlock(&rwlock);
	}
	return (now_ns() - start) / (double)count;
}

/* --- rounds -------------------------------------------------------------- */

static const struct bench benches[] = {
	{ "yield", bench_yield },   { "sem", bench_sem },
	{ "cond", bench_cond },	    { "create_join", bench_create_join },
	{ "mutex", bench_mutex },   { "sem_pair", bench_sem_pair },
	{ "rdlock", bench_rdlock }, { "wrlock", bench_wrlock },
};

#define BENCHES (sizeof(benches) / sizeof(*benches))

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(const struct bench *b)
{
	double result[MAX_ROUNDS];
	unsigned long count = 16;
	double cost = b->run(count);
	int i;

	/* Find how many operations fill a round; this also warms everything up. */
	while (cost * (double)count < round_ns / 4 && count < 1ul << 30) {
		count *= 4;
		cost = b->run(count);
	}
	count = (unsigned long)(round_ns / cost) + 1;
	for (i = 0; i < rounds; i++)
		result[i] = b->run(count);
	qsort(result, (size_t)rounds, sizeof(*result), by_value);
	printf("%s=%.1f\n", b->name, result[rounds / 2]);
	fflush(stdout);
}

static const struct bench *find(const char *name)
{
	size_t i;

	for (i = 0; i < BENCHES; i++) {
		if (!strcmp(benches[i].name, name))
			return &benches[i];
	}
	fprintf(stderr, "micro: no benchmark %s\n", name);
	exit(2);
}

static struct plan {
	char **names;
	int count;
	sem_t end; /* the bystander may go */
} plan;

/*
 * libc leaves out atomic instructions while a process has one thread.  One more
 * thread waits at all times, so that the cost in a threaded program is
 * measured.
 */
static void *bystander(void *arg)
{
	(void)arg;
	while (sem_wait(&plan.end) < 0)
		;
	return NULL;
}

/* Most work is done by threads other than the main one, so measure there. */
static void *measure_all(void *arg)
{
	size_t i;

	(void)arg;
	if (plan.count == 0) {
		for (i = 0; i < BENCHES; i++)
			measure(&benches[i]);
	}
	for (i = 0; i < (size_t)plan.count; i++)
		measure(find(plan.names[i]));
	return NULL;
}

static void usage(FILE *to)
{
	fputs("usage: micro [-r ROUNDS] [-t MILLISECONDS] [NAME...]\n"
	      "Print what thread operations cost, as name=nanoseconds.\n"
	      "  -r ROUNDS        of which the median counts (5)\n"
	      "  -t MILLISECONDS  length of a round (50)\n",
	      to);
}

int main(int argc, char **argv)
{
	pthread_t watcher, worker;
	int o;

	while ((o = getopt(argc, argv, "r:t:h")) != -1) {
		switch (o) {
		case 'r':
			rounds = atoi(optarg);
			break;
		case 't':
			round_ns = atof(optarg) * 1e6;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (rounds < 1 || rounds > MAX_ROUNDS || !(round_ns > 0)) {
		usage(stderr);
		return 2;
	}
	plan.names = argv + optind;
	plan.count = argc - optind;
	sem_init(&plan.end, 0, 0);
	check(pthread_create(&watcher, NULL, bystander, NULL), "create");
	check(pthread_create(&worker, NULL, measure_all, NULL), "create");
	check(pthread_join(worker, NULL), "join");
	sem_post(&plan.end);
	check(pthread_join(watcher, NULL), "join");
	return 0;
}
