/*
 * fcntl(2) with F_SETLKW and F_OFD_SETLKW, and flock(2), wait for a lock that
 * another process holds; the other threads keep running.
 */
#include "lib.h"
#include <sys/file.h>

static char path[] = "/tmp/conformance.XXXXXX";
static int ticks, stop;

static void *ticker(void *argument)
{
	(void)argument;
	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
		sleep_ms(1);
		__atomic_add_fetch(&ticks, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

static int lock(int fd, int how, int wait)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (how == 0)
		return fcntl(fd, wait ? F_SETLKW : F_SETLK, &whole);
	if (how == 1)
		return fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &whole);
	return flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB);
}

static void *locker(void *argument)
{
	int fd = open(path, O_RDWR);

	CHECK(fd >= 0);
	CHECK_INT(lock(fd, (int)(intptr_t)argument, 1), 0);
	close(fd);
	return NULL;
}

int main(void)
{
	pthread_t tick, thread;

	close(mkstemp(path));
	tick = start(ticker, NULL);
	for (int how = 0; how < 3; how++) {
		int ready[2], fd, before;
		char byte;
		pid_t pid;

		CHECK_INT(pipe(ready), 0);
		pid = fork();
		CHECK(pid >= 0);
		if (pid == 0) {
			struct timespec ts = { 0, 200000000 };

			fd = open(path, O_RDWR);
			if (lock(fd, how, 0) || write(ready[1], "x", 1) != 1)
				_exit(1);
			nanosleep(&ts, NULL);
			_exit(0);
		}
		CHECK_INT(read(ready[0], &byte, 1), 1);
		fd = open(path, O_RDWR);
		errno = 0;
		CHECK_INT(lock(fd, how, 0), -1);
		CHECK(errno == EAGAIN || errno == EACCES);
		close(fd);
		before = __atomic_load_n(&ticks, __ATOMIC_SEQ_CST);
		thread = start(locker, (void *)(intptr_t)how);
		join(thread);
		CHECK(__atomic_load_n(&ticks, __ATOMIC_SEQ_CST) > before + 5);
		CHECK_INT(wait_for(pid), 0);
		close(ready[0]);
		close(ready[1]);
		ok(how == 0 ? "F_SETLKW" : how == 1 ? "F_OFD_SETLKW" : "flock");
	}
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	join(tick);
	unlink(path);
	return 0;
}
