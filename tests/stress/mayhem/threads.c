/*
 * Deeds that make threads: joined, detached, on stacks of all sizes, on stacks
 * of the program's; keys and their destructors.  Those that cancel are in
 * victims.c.
 */
#include "mayhem.h"
#include <sys/mman.h>
#include <threads.h>

static pthread_key_t key;
static __thread int fresh = 1;
static __thread char block[4096];

static void destroy(void *value)
{
	CHECK_INT(*(int *)value, 77);
	free(value);
	COUNT(values_destroyed);
}

void threads_begin(void)
{
	CHECK_INT(pthread_key_create(&key, destroy), 0);
}

static void set_value(void)
{
	int *value = malloc(sizeof(*value));

	CHECK(value != NULL);
	*value = 77;
	COUNT(values_set);
	CHECK_INT(pthread_setspecific(key, value), 0);
}

struct birth {
	struct random random;
	int depth;
	size_t stack; /* how much there is to use; 0: do not */
	int deeds;
};

static void *child_main(void *argument)
{
	struct birth birth = *(struct birth *)argument;
	struct player player;

	free(argument);
	CHECK_INT(fresh, 1);
	CHECK(block[0] == 0 && block[4095] == 0);
	CHECK(pthread_getspecific(key) == NULL);
	fresh = 0;
	memset(block, 1, sizeof(block));
	player_begin(&player, 0, birth.depth);
	player.random = birth.random;
	if (pick(&player.random, 2))
		set_value();
	if (birth.stack)
		deep((unsigned)birth.stack);
	play(&player, birth.deeds);
	player_end(&player);
	COUNT(threads_ended);
	if (pick(&birth.random, 4) == 0)
		pthread_exit(&key);
	return &key;
}

static struct birth *birth_of(struct player *player)
{
	struct birth *birth = malloc(sizeof(*birth));

	CHECK(birth != NULL);
	*birth = (struct birth){ .random = player->random,
				 .depth = player->depth + 1 };
	birth->random.state ^= (uint64_t)pick(&player->random, 1 << 30) << 20;
	birth->deeds = player->depth < 2 ? (int)pick(&player->random, 4) : 0;
	COUNT(threads_begun);
	return birth;
}

static void join_somehow(pthread_t thread, struct random *random)
{
	void *result = NULL;
	struct timespec until;
	int error;

	switch (pick(random, 3)) {
	case 0:
		while ((error = pthread_tryjoin_np(thread, &result)) == EBUSY)
			usleep(200);
		break;
	case 1:
		do {
			until = in_ms(CLOCK_REALTIME, (int)pick(random, 5));
			error = pthread_timedjoin_np(thread, &result, &until);
		} while (error == ETIMEDOUT);
		break;
	default:
		error = pthread_join(thread, &result);
	}
	CHECK_INT(error, 0);
	CHECK(result == &key);
}

static void make_some(struct player *player)
{
	struct random *random = &player->random;
	int count = (int)pick(random, 4) + 1;
	pthread_t threads[4];

	for (int i = 0; i < count; i++) {
		struct birth *birth = birth_of(player);
		size_t stack = 0;
		pthread_attr_t attr;

		pthread_attr_init(&attr);
		switch (pick(random, 4)) {
		case 0: /* the least that there is: do nothing on it */
			stack = PTHREAD_STACK_MIN;
			birth->deeds = 0;
			break;
		case 1:
			stack = (pick(random, 100) + 64) << 13;
			birth->stack = pick(random, (unsigned)stack / 2);
			break;
		case 2:
			birth->stack = pick(random, 1 << 20);
			break;
		}
		if (stack)
			CHECK_INT(pthread_attr_setstacksize(&attr, stack), 0);
		if (pick(random, 8) == 0)
			pthread_attr_setguardsize(&attr, 0);
		CHECK_INT(pthread_create(&threads[i], &attr, child_main, birth),
			  0);
		pthread_attr_destroy(&attr);
		jitter(random);
	}
	for (int i = 0; i < count; i++) {
		doing(player, "joins what it made");
		join_somehow(threads[i], random);
	}
}

static void make_detached(struct player *player)
{
	struct birth *birth = birth_of(player);
	pthread_attr_t attr;
	pthread_t thread;

	if (pick(&player->random, 2)) {
		pthread_attr_init(&attr);
		pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
		CHECK_INT(pthread_create(&thread, &attr, child_main, birth), 0);
		pthread_attr_destroy(&attr);
	} else {
		CHECK_INT(pthread_create(&thread, NULL, child_main, birth), 0);
		jitter(&player->random);
		CHECK_INT(pthread_detach(thread), 0);
	}
}

/* On the program's own memory, which it takes back after the join. */
static void make_on_own_stack(struct player *player)
{
	size_t size = (pick(&player->random, 8) + 16) << 14;
	struct birth *birth = birth_of(player);
	pthread_attr_t attr;
	pthread_t thread;
	void *stack = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(stack != MAP_FAILED);
	pthread_attr_init(&attr);
	CHECK_INT(pthread_attr_setstack(&attr, stack, size), 0);
	CHECK_INT(pthread_create(&thread, &attr, child_main, birth), 0);
	pthread_attr_destroy(&attr);
	join_somehow(thread, &player->random);
	CHECK_INT(munmap(stack, size), 0);
}

/* ---- a key of its own ---- */

static void count_down(void *value)
{
	__atomic_sub_fetch((int *)value, 1, __ATOMIC_SEQ_CST);
}

struct holder {
	pthread_key_t key;
	int *count;
};

static void *hold_value(void *argument)
{
	struct holder *holder = argument;

	CHECK(pthread_getspecific(holder->key) == NULL);
	COUNT(*holder->count);
	CHECK_INT(pthread_setspecific(holder->key, holder->count), 0);
	return NULL;
}

static void use_key(struct player *player)
{
	int count = 0;
	struct holder holder = { .count = &count };
	pthread_t threads[3];

	CHECK_INT(pthread_key_create(&holder.key, count_down), 0);
	for (int i = 0; i < 3; i++)
		threads[i] = start(hold_value, &holder);
	jitter(&player->random);
	for (int i = 0; i < 3; i++)
		join(threads[i]);
	CHECK_INT(count, 0);
	CHECK_INT(pthread_key_delete(holder.key), 0);
}

/* ---- memory ---- */

static void use_memory(struct player *player)
{
	enum { BLOCKS = 40 };
	unsigned char *blocks[BLOCKS] = { NULL };
	size_t sizes[BLOCKS];

	for (int i = (int)pick(&player->random, 200); i >= 0; i--) {
		unsigned at = pick(&player->random, BLOCKS);

		if (blocks[at]) {
			CHECK(is_pattern(blocks[at], sizes[at], at));
			free(blocks[at]);
		}
		sizes[at] = pick(&player->random, 3)
				    ? pick(&player->random, 600) + 1
				    : pick(&player->random, 200000) + 1;
		blocks[at] = malloc(sizes[at]);
		CHECK(blocks[at] != NULL);
		fill_pattern(blocks[at], sizes[at], at);
		jitter(&player->random);
	}
	for (int i = 0; i < BLOCKS; i++)
		free(blocks[i]);
}

/* ---- C11 ---- */

static int c11_main(void *argument)
{
	if (*(int *)argument % 2)
		thrd_exit(*(int *)argument);
	return *(int *)argument;
}

static void make_c11(struct player *player)
{
	int value = (int)pick(&player->random, 1000), result = -1;
	thrd_t thread;

	CHECK_INT(thrd_create(&thread, c11_main, &value), thrd_success);
	jitter(&player->random);
	CHECK_INT(thrd_join(thread, &result), thrd_success);
	CHECK_INT(result, value);
}

const struct deed thread_deeds[] = {
	{ "threads", make_some, 6 },
	{ "a detached thread", make_detached, 3 },
	{ "a thread on its stack", make_on_own_stack, 2 },
	{ "a key", use_key, 2 },
	{ "memory", use_memory, 2 },
	{ "a C11 thread", make_c11, 2 },
	{ "a cancellation", cancel_somebody, 10 },
	{ NULL, NULL, 0 },
};
