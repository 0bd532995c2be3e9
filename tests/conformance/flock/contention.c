/*
 * flock(2), lockf(3), F_OFD_SETLKW: threads of two processes, each with an
 * open file of its own, take turns at a counter in the file. (Traditional
 * fcntl locks and lockf's belong to the process, so one thread of each process
 * takes part.)
 */
#include "lib.h"
#include <sys/file.h>

#define THREADS 5
#define ROUNDS	30

enum { FLOCK, OFD, LOCKF, KINDS };

static char path[] = "/tmp/conformance.XXXXXX";
static int kind;

static int lock(int fd, int on)
{
	struct flock range = { .l_type = (short)(on ? F_WRLCK : F_UNLCK),
			       .l_whence = SEEK_SET };

	switch (kind) {
	case FLOCK:
		return flock(fd, on ? LOCK_EX : LOCK_UN);
	case OFD:
		return fcntl(fd, F_OFD_SETLKW, &range);
	default:
		lseek(fd, 0, SEEK_SET);
		return lockf(fd, on ? F_LOCK : F_ULOCK, 0);
	}
}

static void *counter(void *argument)
{
	int fd = open(path, O_RDWR), value;

	CHECK(fd >= 0);
	for (int i = 0; i < ROUNDS; i++) {
		CHECK_INT(lock(fd, 1), 0);
		CHECK_INT(pread(fd, &value, sizeof(value), 0), sizeof(value));
		if (i % 8 == 0)
			sched_yield();
		value++;
		CHECK_INT(pwrite(fd, &value, sizeof(value), 0), sizeof(value));
		CHECK_INT(lock(fd, 0), 0);
	}
	/*
	 * Closing unlocks; with lockf, everything that the process has locked.
	 */
	if (kind != LOCKF)
		CHECK_INT(lock(fd, 1), 0);
	close(fd);
	return argument;
}

static void count(void)
{
	pthread_t threads[THREADS];
	int n = kind == LOCKF ? 1 : THREADS;

	for (int i = 0; i < n; i++)
		threads[i] = start(counter, NULL);
	for (int i = 0; i < n; i++)
		join(threads[i]);
}

int main(void)
{
	static const char *names[] = { "flock", "F_OFD_SETLKW", "lockf" };
	int fd = mkstemp(path), value;

	be_threaded();
	for (kind = 0; kind < KINDS; kind++) {
		pid_t child;

		value = 0;
		CHECK_INT(pwrite(fd, &value, sizeof(value), 0), sizeof(value));
		child = fork();
		if (child == 0) {
			count();
			_exit(0);
		}
		count();
		CHECK_INT(wait_for(child), 0);
		CHECK_INT(pread(fd, &value, sizeof(value), 0), sizeof(value));
		CHECK_INT(value, 2 * ROUNDS * (kind == LOCKF ? 1 : THREADS));
		ok("%s", names[kind]);
	}
	unlink(path);
	return 0;
}
