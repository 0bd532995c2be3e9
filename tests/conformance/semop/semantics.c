/*
 * semop(2), semtimedop(2): many threads at one semaphore, several operations
 * at once, waiting for zero, SEM_UNDO, timeouts, removal.
 */
#include "lib.h"
#include <sys/ipc.h>
#include <sys/sem.h>

#define THREADS 12
#define ROUNDS	50

static int set, inside, total;

static void change(int which, int by, int flags)
{
	struct sembuf op = { (unsigned short)which, (short)by, (short)flags };

	CHECK_INT(semop(set, &op, 1), 0);
}

static void *critical(void *argument)
{
	(void)argument;
	for (int i = 0; i < ROUNDS; i++) {
		change(0, -1, SEM_UNDO);
		CHECK_INT(__atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST), 1);
		if (i % 16 == 0)
			sched_yield();
		total++;
		__atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
		change(0, 1, SEM_UNDO);
	}
	return NULL;
}

static void mutual_exclusion(void)
{
	pthread_t threads[THREADS];
	int i;

	change(0, 1, 0);
	for (i = 0; i < THREADS; i++)
		threads[i] = start(critical, NULL);
	for (i = 0; i < THREADS; i++)
		join(threads[i]);
	CHECK_INT(total, THREADS * ROUNDS);
	CHECK_INT(semctl(set, 0, GETVAL), 1);
	CHECK_INT(semctl(set, 0, GETPID), getpid());
	change(0, -1, 0);
	ok("a semaphore of one lets one in");
}

static void *both(void *argument)
{
	struct sembuf ops[] = { { 0, -1, 0 }, { 1, -2, 0 } };

	(void)argument;
	CHECK_INT(semop(set, ops, 2), 0);
	return NULL;
}

static void *zero(void *argument)
{
	(void)argument;
	change(0, 0, 0);
	return NULL;
}

static void several(void)
{
	struct sembuf mixed[] = { { 0, -1, IPC_NOWAIT }, { 1, -1, 0 } };
	pthread_t thread = start(both, NULL);

	settle();
	change(0, 1, 0);
	settle();
	CHECK_INT(semctl(set, 0, GETVAL), 1);
	change(1, 2, 0);
	join(thread);
	CHECK_INT(semctl(set, 0, GETVAL), 0);
	CHECK_INT(semctl(set, 1, GETVAL), 0);
	CHECK_ERRNO(semop(set, mixed, 2), EAGAIN);
	CHECK_ERRNO(semop(set, mixed, 1), EAGAIN);
	ok("several operations at once, or none");

	change(0, 2, 0);
	thread = start(zero, NULL);
	settle();
	WAIT_UNTIL(semctl(set, 0, GETZCNT) == 1);
	change(0, -2, 0);
	join(thread);
	ok("waiting for zero");
}

static void undone(void)
{
	pthread_t thread;
	pid_t child;

	change(0, 1, 0);
	child = fork();
	if (child == 0) {
		change(0, -1, SEM_UNDO);
		_exit(0);
	}
	CHECK_INT(wait_for(child), 0);
	CHECK_INT(semctl(set, 0, GETVAL), 1);
	change(0, -1, 0);
	thread = start(both, NULL);
	change(1, 2, 0);
	child = fork();
	if (child == 0) {
		change(0, 1, 0);
		_exit(0);
	}
	CHECK_INT(wait_for(child), 0);
	join(thread);
	ok("SEM_UNDO at a process's end, and a turn given by another process");
}

static void timed(void)
{
	struct sembuf op = { 0, -1, 0 };
	struct timespec ts = { 0, 30000000 };
	long long from = now_ms();

	CHECK_ERRNO(semtimedop(set, &op, 1, &ts), EAGAIN);
	CHECK(now_ms() - from >= 29);
	ts.tv_nsec = 1000000000;
	CHECK_ERRNO(semtimedop(set, &op, 1, &ts), EINVAL);
	CHECK_ERRNO(semtimedop(set, &op, 1, (struct timespec *)1), EFAULT);
	CHECK_ERRNO(semop(set, NULL, 1), EFAULT);
	CHECK_ERRNO(semop(set, &op, 0), EINVAL);
	op.sem_num = 99;
	CHECK_ERRNO(semop(set, &op, 1), EFBIG);
	ok("timeouts and errors");
}

static void *removed(void *argument)
{
	struct sembuf op = { 0, -1, 0 };

	(void)argument;
	CHECK_ERRNO(semop(set, &op, 1), EIDRM);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	int i;

	set = semget(IPC_PRIVATE, 2, 0600);
	CHECK(set >= 0);
	be_threaded();
	mutual_exclusion();
	several();
	undone();
	timed();
	for (i = 0; i < THREADS; i++)
		threads[i] = start(removed, NULL);
	WAIT_UNTIL(semctl(set, 0, GETNCNT) == THREADS);
	CHECK_INT(semctl(set, 0, IPC_RMID), 0);
	for (i = 0; i < THREADS; i++)
		join(threads[i]);
	ok("its removal wakes all who wait");
	return 0;
}
