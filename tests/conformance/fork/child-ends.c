/*
 * fork(2) in a thread: the child's only thread may end like any thread, with
 * its handlers and destructors. The process then exits, with 0 or as its
 * atexit functions decide.
 */
#include "lib.h"

static pthread_key_t key;
static int report[2], makes_threads;

static void say(char c)
{
	CHECK_INT(write(report[1], &c, 1), 1);
}

static void on_key(void *value)
{
	say(*(char *)value);
}

static void on_exit_(void)
{
	say('x');
}

static void on_cleanup(void *unused)
{
	(void)unused;
	say('c');
}

static void *nothing(void *argument)
{
	return argument;
}

/* In the child, how it exits; in the parent, what the child did. */
static int forks(void)
{
	pid_t pid = fork();
	char text[16] = "";
	ssize_t got;

	CHECK(pid >= 0);
	if (pid == 0) {
		atexit(on_exit_);
		CHECK_INT(pthread_setspecific(key, "k"), 0);
		if (makes_threads)
			join(start(nothing, NULL));
		return 1;
	}
	CHECK_INT(wait_for(pid), 0);
	got = read(report[0], text, sizeof(text) - 1);
	CHECK(got > 0);
	printf("%s\n", text);
	fflush(stdout);
	return 0;
}

static void *returns(void *unused)
{
	(void)unused;
	forks();
	return NULL;
}

static void leaves(void)
{
	pthread_cleanup_push(on_cleanup, NULL);
	if (forks())
		pthread_exit(NULL);
	pthread_cleanup_pop(0);
}

static void *exits(void *unused)
{
	(void)unused;
	leaves();
	return NULL;
}

static void cancels(void)
{
	pthread_cleanup_push(on_cleanup, NULL);
	if (forks()) {
		CHECK_INT(pthread_cancel(pthread_self()), 0);
		pthread_testcancel();
		FAIL("was not cancelled");
	}
	pthread_cleanup_pop(0);
}

static void *is_cancelled(void *unused)
{
	(void)unused;
	cancels();
	return NULL;
}

int main(void)
{
	CHECK_INT(pipe(report), 0);
	CHECK_INT(pthread_key_create(&key, on_key), 0);
	for (makes_threads = 0; makes_threads < 2; makes_threads++) {
		printf("returns: ");
		join(start(returns, NULL));
		printf("pthread_exit: ");
		join(start(exits, NULL));
		printf("cancelled: ");
		join(start(is_cancelled, NULL));
		printf("in the main thread: ");
		leaves();
	}
	return 0;
}
