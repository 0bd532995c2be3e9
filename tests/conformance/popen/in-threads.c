/*
 * popen(3), pclose(3), system(3) in threads: output is read while the child
 * runs, the status is returned, children run in parallel; no end of a closed
 * pipe stays open in the next child.
 */
#include "lib.h"

#define THREADS 20

static void *reads_from(void *argument)
{
	char command[128], line[64], want[64];
	FILE *stream;
	int n = (int)(intptr_t)argument;

	snprintf(command, sizeof(command),
		 "echo one %d; sleep 0.1; echo two %d; exit %d", n, n, n);
	stream = popen(command, n % 2 ? "r" : "re");
	CHECK(stream != NULL);
	for (int i = 0; i < 2; i++) {
		snprintf(want, sizeof(want), "%s %d\n", i ? "two" : "one", n);
		CHECK(fgets(line, sizeof(line), stream) == line);
		CHECK(strcmp(line, want) == 0);
	}
	CHECK(fgets(line, sizeof(line), stream) == NULL);
	CHECK_INT(pclose(stream), n << 8);
	return NULL;
}

static void *writes_to(void *argument)
{
	char path[] = "/tmp/conformance.XXXXXX", command[128], data[32];
	int fd = mkstemp(path);
	FILE *stream;

	snprintf(command, sizeof(command), "sleep 0.05; cat > %s", path);
	stream = popen(command, "w");
	CHECK(stream != NULL);
	CHECK(fprintf(stream, "number %d", (int)(intptr_t)argument) > 0);
	CHECK_INT(pclose(stream), 0);
	memset(data, 0, sizeof(data));
	CHECK(read(fd, data, sizeof(data) - 1) > 0);
	CHECK_INT(atoi(data + 7), (intptr_t)argument);
	close(fd);
	unlink(path);
	return NULL;
}

static void *runs(void *argument)
{
	char command[64];
	int n = (int)(intptr_t)argument;

	snprintf(command, sizeof(command), "sleep 0.1; exit %d", n);
	CHECK_INT(system(command), n << 8);
	return NULL;
}

int main(void)
{
	pthread_t threads[3 * THREADS];

	for (int i = 0; i < THREADS; i++) {
		threads[3 * i] = start(reads_from, (void *)(intptr_t)i);
		threads[3 * i + 1] = start(writes_to, (void *)(intptr_t)i);
		threads[3 * i + 2] = start(runs, (void *)(intptr_t)i);
	}
	for (int i = 0; i < 3 * THREADS; i++)
		join(threads[i]);
	ok("in threads");
	reads_from((void *)3);
	writes_to((void *)4);
	runs((void *)5);
	CHECK_INT(system("kill -9 $$"), SIGKILL);
	CHECK_INT(system("/nonexistent-command 2>/dev/null"), 127 << 8);
	CHECK(system(NULL) != 0);
	ok("in main");
	return 0;
}
