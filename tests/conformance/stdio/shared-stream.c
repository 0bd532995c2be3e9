/*
 * stdio(3), flockfile(3): calls on one FILE by many threads are atomic,
 * although the pipe beneath is full and the owner of the FILE's lock waits in
 * write; flockfile spans several calls; threads that wait for the lock park.
 */
#include "lib.h"

#define THREADS 60
#define LINES	100

static FILE *stream;
static int fds[2];

static void *printer(void *argument)
{
	int n = (int)(intptr_t)argument;

	for (int i = 0; i < LINES; i++) {
		if (n % 3 == 0) {
			flockfile(stream);
			fprintf(stream, "thread %03d ", n);
			fputs_unlocked("line ", stream);
			fprintf(stream, "%03d ", i);
			for (int j = 0; j < 30; j++)
				putc_unlocked('a' + n % 26, stream);
			putc_unlocked('\n', stream);
			funlockfile(stream);
		} else {
			char letters[31];

			memset(letters, 'a' + n % 26, 30);
			letters[30] = '\0';
			fprintf(stream, "thread %03d line %03d %s\n", n, i,
				letters);
		}
	}
	return NULL;
}

static void *closer(void *argument)
{
	pthread_t *threads = argument;

	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	CHECK_INT(fclose(stream), 0);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS], last;
	int next[THREADS] = { 0 }, count = 0;
	char line[200];
	FILE *in;

	CHECK_INT(pipe(fds), 0);
	stream = fdopen(fds[1], "w");
	in = fdopen(fds[0], "r");
	setvbuf(stream, NULL, _IOFBF, 200);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(printer, (void *)(intptr_t)i);
	last = start(closer, threads);
	/* The pipe is full by now and the lock contended. */
	settle();
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	while (fgets(line, sizeof(line), in)) {
		int n, i;
		char letters[64];

		CHECK_INT(sscanf(line, "thread %d line %d %63s", &n, &i,
				 letters),
			  3);
		CHECK(n >= 0 && n < THREADS);
		CHECK_INT(i, next[n]++);
		CHECK_INT(strlen(letters), 30);
		CHECK_INT(strspn(letters, (char[2]){ 'a' + n % 26, 0 }), 30);
		if (++count % 500 == 0)
			sleep_ms(2);
	}
	join(last);
	CHECK_INT(count, THREADS * LINES);
	ok("no line torn");
	return 0;
}
