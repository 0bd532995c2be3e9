/*
 * For the test of the gdb script: threads that wait for known things in
 * functions of known names, then a trap.
 */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int fd[2];

/* The addition keeps read() from being a tail call. */
static int wait_for_byte(void)
{
	char c;

	return (int)read(fd[0], &c, 1) + 1;
}

static int wait_for_mutex(void)
{
	return pthread_mutex_lock(&mutex) + 1;
}

static void *reader(void *arg)
{
	pthread_setname_np(pthread_self(), "reader");
	return wait_for_byte() ? arg : NULL;
}

static void *locker(void *arg)
{
	pthread_setname_np(pthread_self(), "locker");
	return wait_for_mutex() ? arg : NULL;
}

static void *trapper(void *arg)
{
	pthread_setname_np(pthread_self(), "trapper");
	usleep(100000);
	__builtin_trap();
	return arg;
}

int main(void)
{
	void *(*start[])(void *) = { reader, locker, trapper };
	pthread_t id[3];
	int i;

	if (pipe(fd) < 0)
		return 1;
	pthread_mutex_lock(&mutex);
	for (i = 0; i < 3; i++)
		if (pthread_create(&id[i], NULL, start[i], NULL) != 0)
			return 1;
	pthread_join(id[0], NULL);
	return 0;
}
