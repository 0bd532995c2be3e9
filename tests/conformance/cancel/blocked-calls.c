/*
 * Threads cancelled in calls that wait for files, locks, children and signals;
 * and in pthread_mutex_lock, which is not a cancellation point.
 */
#include "lib.h"
#include <sys/file.h>

enum {
	SETLKW,
	WAITPID,
	SIGWAIT,
	SIGSUSPEND,
	PAUSE,
	OPEN_FIFO,
	TCDRAIN_LIKE,
	KINDS
};

static int began, file, cleaned;
static pid_t child;
static char fifo[64];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void clean(void *argument)
{
	(void)argument;
	__atomic_add_fetch(&cleaned, 1, __ATOMIC_SEQ_CST);
}

static void *waiter(void *argument)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	sigset_t set;
	int signo;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_cleanup_push(clean, NULL);
	__atomic_add_fetch(&began, 1, __ATOMIC_SEQ_CST);
	switch ((intptr_t)argument) {
	case SETLKW:
		fcntl(file, F_SETLKW, &lock);
		break;
	case WAITPID:
		waitpid(child, &signo, 0);
		break;
	case SIGWAIT:
		sigwait(&set, &signo);
		break;
	case SIGSUSPEND:
		sigsuspend(&set);
		break;
	case PAUSE:
		pause();
		break;
	case OPEN_FIFO:
		open(fifo, O_RDONLY);
		break;
	default:
		pthread_mutex_lock(&mutex);
		pthread_mutex_unlock(&mutex);
		pthread_testcancel();
	}
	FAIL("kind %d was not cancelled", (int)(intptr_t)argument);
	pthread_cleanup_pop(0);
	return NULL;
}

int main(void)
{
	pthread_t threads[KINDS];
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int ready[2];
	char byte;

	be_threaded();
	file = scratch_file();
	snprintf(fifo, sizeof(fifo), "/tmp/conformance-fifo.%d", getpid());
	unlink(fifo);
	CHECK_INT(mkfifo(fifo, 0600), 0);
	CHECK_INT(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		CHECK_INT(fcntl(file, F_SETLK, &lock), 0);
		CHECK_INT(write(ready[1], "r", 1), 1);
		for (;;)
			pause();
	}
	CHECK_INT(read(ready[0], &byte, 1), 1);
	CHECK_INT(pthread_mutex_lock(&mutex), 0);
	for (int i = 0; i < KINDS; i++)
		threads[i] = start(waiter, (void *)(intptr_t)i);
	WAIT_UNTIL(__atomic_load_n(&began, __ATOMIC_SEQ_CST) == KINDS);
	settle();
	for (int i = 0; i < KINDS; i++)
		CHECK_INT(pthread_cancel(threads[i]), 0);
	for (int i = 0; i < KINDS - 1; i++)
		CHECK(join(threads[i]) == PTHREAD_CANCELED);
	CHECK_INT(cleaned, KINDS - 1);
	CHECK_INT(pthread_tryjoin_np(threads[KINDS - 1], NULL), EBUSY);
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	CHECK(join(threads[KINDS - 1]) == PTHREAD_CANCELED);
	ok("%d kinds", KINDS);
	unlink(fifo);
	kill(child, SIGKILL);
	wait_for(child);
	return 0;
}
