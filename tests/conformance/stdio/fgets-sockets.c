/*
 * stdio on sockets and pipes: 200 threads wait in fgets, fread, getline and
 * fscanf on their own streams without a kernel thread for each, although libc
 * makes those reads inside.
 */
#include "lib.h"

#define THREADS 200

static int near[THREADS], far[THREADS];
static int waiting;

static void *thread(void *argument)
{
	int n = (int)(intptr_t)argument, number;
	FILE *stream = fdopen(near[n], "r");
	char line[100], *got = NULL, want[100];
	size_t size = 0;

	CHECK(stream != NULL);
	__atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
	snprintf(want, sizeof(want), "line for %d\n", n);
	CHECK(fgets(line, sizeof(line), stream) == line);
	CHECK(strcmp(line, want) == 0);
	CHECK_INT(getline(&got, &size, stream), strlen(want));
	CHECK(strcmp(got, want) == 0);
	CHECK_INT(fscanf(stream, "line for %d\n", &number), 1);
	CHECK_INT(number, n);
	CHECK_INT(fread(line, 1, 5, stream), 5);
	CHECK(memcmp(line, "line ", 5) == 0);
	CHECK_INT(getc(stream), 'f');
	CHECK(fgets(line, sizeof(line), stream) == line);
	CHECK(fgets(line, sizeof(line), stream) == NULL);
	CHECK(feof(stream) && !ferror(stream));
	free(got);
	fclose(stream);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	int fds[2];

	for (int i = 0; i < THREADS; i++) {
		open_pair(fds, i % PAIR_KINDS);
		near[i] = fds[0];
		far[i] = fds[1];
		threads[i] = start(thread, (void *)(intptr_t)i);
	}
	WAIT_UNTIL(__atomic_load_n(&waiting, __ATOMIC_SEQ_CST) == THREADS);
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	ok("all wait");
	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < THREADS; i++) {
			/* In two pieces, so that stdio asks twice. */
			write_all(far[i], "line ", 5);
			if (i % 50 == 0)
				settle();
			dprintf(far[i], "for %d\n", i);
		}
	}
	for (int i = 0; i < THREADS; i++) {
		close(far[i]);
		join(threads[i]);
	}
	ok("each its lines");
	return 0;
}
