/*
 * Threads create threads that create threads; joined, detached, left by
 * pthread_exit, with stacks of many sizes and depths of use, thread-local
 * variables and keys: each begins fresh, and each exits once.
 */
#include "stress.h"

#define ROOTS 8
#define DEPTH 3

static __thread int fresh = 1;
static __thread char pages[3][4096];
static pthread_key_t key;
static long begun, ended, destroyed;

static void destroy(void *value)
{
	free(value);
	__atomic_add_fetch(&destroyed, 1, __ATOMIC_SEQ_CST);
}

static void *node(void *argument)
{
	unsigned number = (unsigned)(uintptr_t)argument >> 2;
	unsigned depth = (unsigned)(uintptr_t)argument & 3;
	struct random random = random_for((int)number);
	pthread_t children[4];
	int detached[4];
	unsigned count;

	CHECK_INT(fresh, 1);
	CHECK(pages[0][0] == 0 && pages[2][4095] == 0);
	CHECK(pthread_getspecific(key) == NULL);
	CHECK_INT(errno, 0);
	fresh = 0;
	memset(pages, 1, sizeof(pages));
	CHECK_INT(pthread_setspecific(key, malloc(pick(&random, 500) + 1)), 0);
	deep(pick(&random, pick(&random, 10) ? 5000 : 100000));
	jitter(&random);

	count = depth < DEPTH ? pick(&random, 4) + 1 : 0;
	for (unsigned i = 0; i < count; i++) {
		pthread_attr_t attr;
		uintptr_t name = (uintptr_t)(number * 5 + i + 1) << 2 |
				 (depth + 1);

		detached[i] = pick(&random, 3) == 0;
		pthread_attr_init(&attr);
		if (pick(&random, 2))
			pthread_attr_setstacksize(&attr, (pick(&random, 20) + 8)
								 << 16);
		if (detached[i] && pick(&random, 2)) {
			pthread_attr_setdetachstate(&attr,
						    PTHREAD_CREATE_DETACHED);
			detached[i] = 2;
		}
		__atomic_add_fetch(&begun, 1, __ATOMIC_SEQ_CST);
		CHECK_INT(pthread_create(&children[i], &attr, node,
					 (void *)name),
			  0);
		pthread_attr_destroy(&attr);
		if (detached[i] == 1)
			CHECK_INT(pthread_detach(children[i]), 0);
		jitter(&random);
	}
	for (unsigned i = 0; i < count; i++) {
		void *result;

		if (detached[i])
			continue;
		if (pick(&random, 3) == 0)
			while (pthread_tryjoin_np(children[i], &result) ==
			       EBUSY)
				usleep(100);
		else
			CHECK_INT(pthread_join(children[i], &result), 0);
	}
	__atomic_add_fetch(&ended, 1, __ATOMIC_SEQ_CST);
	errno = 55;
	if (pick(&random, 2))
		pthread_exit(argument);
	return argument;
}

static void *root(void *argument)
{
	unsigned round = 0;

	while (!stress_over()) {
		uintptr_t name = ((uintptr_t)argument * 1000003 + round++) << 2;

		__atomic_add_fetch(&begun, 1, __ATOMIC_SEQ_CST);
		CHECK((uintptr_t)join(start(node, (void *)name)) == name);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[ROOTS];

	stress_begin(argc, argv);
	CHECK_INT(pthread_key_create(&key, destroy), 0);
	for (int i = 0; i < ROOTS; i++)
		threads[i] = start(root, (void *)(intptr_t)(i + 1));
	for (int i = 0; i < ROOTS; i++)
		join(threads[i]);
	WAIT_UNTIL(__atomic_load_n(&destroyed, __ATOMIC_SEQ_CST) == begun);
	CHECK_INT(ended, begun);
	fprintf(stderr, "%ld threads\n", begun);
	ok("churn");
	return 0;
}
