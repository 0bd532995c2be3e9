/*
 * Everything at once: threads that create, cancel, signal, fork, lock, time
 * out and close each other's descriptors, at random, in rounds.
 *
 *   mayhem SEED SECONDS [ROUND]
 *
 * Round N of a seed has the same deeds whenever it is played; ROUND begins
 * with that one.  At the end of each round all counts must agree, and there
 * must be no more descriptors, mappings and threads than at its beginning.
 * A watchdog, a process of its own, prints what each thread does when nothing
 * has moved for a minute, and ends the program.
 */
#include "mayhem/mayhem.h"
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define PLAYERS	     24
#define STUCK_AFTER  60 /* seconds */
#define WARM_UP	     30 /* rounds until memory is expected to have settled */
#define MORE_MAPS    400
#define MORE_KB	     (96 << 10)
#define DEEDS_FAMILY 7

struct shared *shared;
long threads_begun, threads_ended, values_set, values_destroyed;
long cleanups_pushed, cleanups_run;

static const struct deed *const families[DEEDS_FAMILY] = {
	lock_deeds, thread_deeds, signal_deeds, timer_deeds,
	io_deeds,   socket_deeds, child_deeds,
};
static pthread_t players[PLAYERS];
static int nplayers;
static pthread_barrier_t whistle;
static const char *only; /* MAYHEM_ONLY: deeds whose names contain this */
static pid_t watchdog;

/* ---- who does what ---- */

void player_begin(struct player *player, unsigned seed, int depth)
{
	player->random = random_for((int)seed);
	player->depth = depth;
	player->slot = NULL;
	for (int i = 0; i < SLOTS; i++) {
		int none = 0;

		if (!__atomic_compare_exchange_n(&shared->slots[i].used, &none,
						 getpid(), 0, __ATOMIC_SEQ_CST,
						 __ATOMIC_SEQ_CST))
			continue;
		player->slot = &shared->slots[i];
		player->slot->depth = depth;
		player->slot->count = 0;
		player->slot->doing = "begins";
		break;
	}
}

void player_end(struct player *player)
{
	if (player->slot)
		__atomic_store_n(&player->slot->used, 0, __ATOMIC_SEQ_CST);
	player->slot = NULL;
}

void doing(struct player *player, const char *what)
{
	__atomic_add_fetch(&shared->progress, 1, __ATOMIC_RELAXED);
	if (!player->slot)
		return;
	player->slot->doing = what;
	player->slot->count++;
}

void note_child(pid_t pid)
{
	for (int i = 0; i < CHILDREN; i++) {
		pid_t none = 0;

		if (__atomic_compare_exchange_n(&shared->children[i], &none,
						pid, 0, __ATOMIC_SEQ_CST,
						__ATOMIC_SEQ_CST))
			return;
	}
}

void forget_child(pid_t pid)
{
	for (int i = 0; i < CHILDREN; i++) {
		pid_t same = pid;

		if (__atomic_compare_exchange_n(&shared->children[i], &same, 0,
						0, __ATOMIC_SEQ_CST,
						__ATOMIC_SEQ_CST))
			break;
	}
	for (int i = 0; i < SLOTS; i++) {
		int same = pid;

		__atomic_compare_exchange_n(&shared->slots[i].used, &same, 0, 0,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	}
}

/* ---- the watchdog ---- */

static void print_state(void)
{
	fprintf(stderr, "mayhem: nothing moves: seed %u, round %d\n",
		stress_seed, shared->round);
	for (int i = 0; i < SLOTS; i++) {
		struct slot *slot = &shared->slots[i];

		if (slot->used)
			fprintf(stderr, "  process %d, depth %d: %s (%ld)\n",
				slot->used, slot->depth, slot->doing,
				slot->count);
	}
}

static void watch(pid_t parent)
{
	long last = -1;
	int quiet = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "mayhem-watchdog");
	if (getppid() != parent)
		_exit(0);
	for (;;) {
		sleep(1);
		if (shared->progress != last) {
			last = shared->progress;
			quiet = 0;
			continue;
		}
		if (++quiet < STUCK_AFTER)
			continue;
		print_state();
		if (greened()) {
			kill(parent, SIGUSR2);
			for (int i = 0; i < CHILDREN; i++)
				if (shared->children[i])
					kill(shared->children[i], SIGUSR2);
			sleep(3);
		}
		if (getenv("MAYHEM_STAY"))
			for (;;)
				pause();
		for (int i = 0; i < CHILDREN; i++)
			if (shared->children[i])
				kill(shared->children[i], SIGKILL);
		kill(parent, SIGABRT);
		_exit(1);
	}
}

static void watchdog_start(void)
{
	pid_t parent = getpid();

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(shared != MAP_FAILED);
	watchdog = fork();
	CHECK(watchdog >= 0);
	if (watchdog == 0)
		watch(parent);
}

/* ---- choosing deeds ---- */

static const struct deed *choose(struct random *random)
{
	for (;;) {
		const struct deed *deeds = families[pick(random, DEEDS_FAMILY)];
		int sum = 0, at;

		for (at = 0; deeds[at].name; at++)
			sum += deeds[at].weight;
		sum = (int)pick(random, (unsigned)sum);
		for (at = 0; sum >= deeds[at].weight; at++)
			sum -= deeds[at].weight;
		if (!only || strstr(deeds[at].name, only))
			return &deeds[at];
	}
}

void play(struct player *player, int deeds)
{
	while (deeds-- > 0) {
		const struct deed *deed = choose(&player->random);

		doing(player, deed->name);
		deed->run(player);
		jitter(&player->random);
	}
	doing(player, "is through");
}

pthread_t random_player(struct random *random)
{
	int n = __atomic_load_n(&nplayers, __ATOMIC_SEQ_CST);

	return n ? players[pick(random, (unsigned)n)] : 0;
}

void block_storms(sigset_t *old)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGALRM);
	sigaddset(&set, SIGPROF);
	sigaddset(&set, SIGVTALRM);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIG_COUNTED);
	sigaddset(&set, SIG_TIMER);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, old), 0);
}

int random_status(struct random *random)
{
	return (int)pick(random, 90) + 1;
}

/* ---- rounds ---- */

static void *player_main(void *argument)
{
	int number = (int)(intptr_t)argument;
	struct player player;

	player_begin(&player,
		     (unsigned)(shared->round * PLAYERS + number) * 1000u, 0);
	pthread_barrier_wait(&whistle);
	play(&player, (int)pick(&player.random, 12) + 1);
	pthread_barrier_wait(&whistle); /* nobody sends any more */
	doing(&player, "waits for the end");
	pthread_barrier_wait(&whistle); /* everything has arrived */
	player_end(&player);
	return argument;
}

static int lines_of(const char *path, const char *start)
{
	FILE *file = fopen(path, "r");
	char line[4096];
	int count = 0;

	CHECK(file != NULL);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, start, strlen(start)))
			count += *start ? atoi(line + strlen(start)) : 1;
	fclose(file);
	return count;
}

static void expect_settled(void)
{
	static int descriptors, maps, kilobytes;
	int now, round = shared->round;

	/* A thread that was joined may be seen for a moment longer. */
	if (!greened())
		WAIT_UNTIL(lines_of("/proc/self/status", "Threads:") <= 2);
	now = open_descriptors();
	if (!descriptors)
		descriptors = now;
	if (now > descriptors)
		FAIL("round %d: %d descriptors, before %d", round, now,
		     descriptors);
	now = lines_of("/proc/self/maps", "");
	if (round <= WARM_UP || !maps)
		maps = now > maps ? now : maps;
	if (now > maps + MORE_MAPS)
		FAIL("round %d: %d mappings, before %d", round, now, maps);
	now = lines_of("/proc/self/status", "VmRSS:");
	if (round <= WARM_UP || !kilobytes)
		kilobytes = now > kilobytes ? now : kilobytes;
	if (now > kilobytes + MORE_KB)
		FAIL("round %d: %d kB, before %d", round, now, kilobytes);
}

static void play_round(void)
{
	struct random random = random_for(shared->round * 7919 + 13);
	int n = (int)pick(&random, PLAYERS - 1) + 2;

	CHECK_INT(pthread_barrier_init(&whistle, NULL, (unsigned)n + 1), 0);
	for (int i = 0; i < n; i++)
		players[i] = start(player_main, (void *)(intptr_t)i);
	__atomic_store_n(&nplayers, n, __ATOMIC_SEQ_CST);
	pthread_barrier_wait(&whistle);
	pthread_barrier_wait(&whistle);
	WAIT_UNTIL(VALUE(threads_ended) == VALUE(threads_begun));
	signals_round_over();
	__atomic_store_n(&nplayers, 0, __ATOMIC_SEQ_CST);
	pthread_barrier_wait(&whistle);
	for (int i = 0; i < n; i++)
		CHECK_INT((intptr_t)join(players[i]), i);
	CHECK_INT(pthread_barrier_destroy(&whistle), 0);
	WAIT_UNTIL(VALUE(values_destroyed) == VALUE(values_set));
	CHECK_INT(cleanups_run, cleanups_pushed);
	locks_round_over();
	expect_settled();
}

int main(int argc, char **argv)
{
	long rounds = 0;

	if (argc > 1 && !strncmp(argv[1], "--", 2))
		return children_main(argc, argv);
	stress_begin(argc, argv);
	only = getenv("MAYHEM_ONLY");
	watchdog_start();
	shared->round = argc > 3 ? atoi(argv[3]) : 0;
	children_begin(argv[0]);
	signals_begin();
	locks_begin();
	threads_begin();
	io_begin();
	be_threaded();
	while (!stress_over()) {
		play_round();
		shared->round++;
		rounds++;
	}
	io_end();
	kill(watchdog, SIGKILL);
	CHECK_INT(AGAIN(waitpid(watchdog, NULL, 0)), watchdog);
	fprintf(stderr, "%ld rounds, %ld deeds, %ld threads, %ld cleanups\n",
		rounds, shared->progress, threads_begun, cleanups_run);
	ok("mayhem");
	return 0;
}
