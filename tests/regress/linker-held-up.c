// LIBS: -ldl
/*
 * A thread waits inside dlopen, holding the dynamic linker's locks, until
 * another thread wakes it; a third needs a kernel thread, whose creation needs
 * one of these locks; others are CPU-bound. The monitor once waited for that
 * lock as well, and so never took the hubs of the CPU-bound threads.
 */
#include "lib.h"
#include <sys/stat.h>
#include <dlfcn.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/prctl.h>

#define SPINNERS 2
#define OPENERS	 4

static char directory[] = "/tmp/regress.XXXXXX", library[64], door[64];
static int makes[2], spins[2];
static atomic_int done, making;

static void *loads(void *argument)
{
	(void)argument;
	return dlopen(library, RTLD_NOW);
}

static void *opens(void *argument)
{
	int fd = open(door, O_RDONLY);

	CHECK(fd >= 0);
	close(fd);
	return argument;
}

/*
 * A pinned thread, from whose kernel thread no other may inherit: the monitor
 * has to create the next one.
 */
static void *makes_another(void *argument)
{
	pthread_attr_t attr;
	pthread_t thread;
	char byte;

	CHECK_INT(prctl(PR_SET_TIMERSLACK, 77777, 0, 0, 0), 0);
	one_cpu(&attr);
	read_all(makes[0], &byte, 1);
	making = 1;
	CHECK_INT(pthread_create(&thread, &attr, nothing_, NULL), 0);
	join(thread);
	return argument;
}

static void *computes(void *argument)
{
	char byte;

	read_all(spins[0], &byte, 1);
	while (!done)
		;
	return argument;
}

/* From now on there are spare kernel threads. */
static void have_spares(void)
{
	pthread_t threads[OPENERS];
	int fd;

	for (int i = 0; i < OPENERS; i++)
		threads[i] = start(opens, NULL);
	settle();
	fd = open(door, O_WRONLY);
	CHECK(fd >= 0);
	for (int i = 0; i < OPENERS; i++)
		join(threads[i]);
	close(fd);
}

int main(void)
{
	pthread_t threads[SPINNERS], maker, loader;
	int fd;

	CHECK(mkdtemp(directory) != NULL);
	snprintf(library, sizeof(library), "%s/library.so", directory);
	snprintf(door, sizeof(door), "%s/door", directory);
	CHECK_INT(mkfifo(library, 0600), 0);
	CHECK_INT(mkfifo(door, 0600), 0);
	CHECK_INT(pipe(makes), 0);
	CHECK_INT(pipe(spins), 0);
	have_spares();
	for (int i = 0; i < SPINNERS; i++)
		threads[i] = start(computes, NULL);
	maker = start(makes_another, NULL);
	settle();

	loader = start(loads, NULL);
	settle();
	write_all(makes[1], "x", 1);
	WAIT_UNTIL(making);
	settle();
	write_all(spins[1], "xx", SPINNERS);
	settle();
	fd = open(library, O_WRONLY);
	CHECK(fd >= 0);
	close(fd);
	CHECK(join(loader) == NULL);
	ok("loaded no library");
	join(maker);
	done = 1;
	for (int i = 0; i < SPINNERS; i++)
		join(threads[i]);
	unlink(library);
	unlink(door);
	rmdir(directory);
	ok("done");
	return 0;
}
