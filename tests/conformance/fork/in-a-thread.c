/*
 * fork(2) in a program with threads: the child has only the calling thread,
 * with its identity, thread-local values and mutexes. It can create threads
 * and do I/O again, and what it does to its descriptors does not affect the
 * parent.
 */
#include "lib.h"

static __thread int mine = 1;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int pairs[50][2], parked;

static void *parked_reader(void *argument)
{
	char byte;

	__atomic_add_fetch(&parked, 1, __ATOMIC_SEQ_CST);
	CHECK_INT(read(pairs[(intptr_t)argument][0], &byte, 1), 1);
	CHECK_INT(byte, 'p');
	return NULL;
}

static void *adds(void *argument)
{
	char byte;
	int fds[2];

	stream_pair(fds);
	CHECK_INT(write(fds[0], "x", 1), 1);
	CHECK_INT(read(fds[1], &byte, 1), 1);
	sleep_ms(5);
	CHECK_INT(pthread_mutex_lock(&mutex), 0);
	*(int *)argument += 1;
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	close(fds[0]);
	close(fds[1]);
	return NULL;
}

static int in_child(pthread_t self)
{
	pthread_t threads[20];
	int sum = 0;
	char byte;

	CHECK(pthread_equal(self, pthread_self()));
	CHECK_INT(gettid(), getpid());
	CHECK_INT(mine, 77);
	/* The descriptors on which the parent's threads wait. */
	for (int i = 0; i < 50; i++) {
		if (i % 2)
			close(pairs[i][0]);
		else
			CHECK_ERRNO(recv(pairs[i][0], &byte, 1, MSG_DONTWAIT),
				    EAGAIN);
	}
	for (int i = 0; i < 20; i++)
		threads[i] = start(adds, &sum);
	for (int i = 0; i < 20; i++)
		join(threads[i]);
	CHECK_INT(sum, 20);
	/* Once more, in a grandchild. */
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		join(start(adds, &sum));
		_exit(sum);
	}
	CHECK_INT(wait_for(pid), 21 << 8);
	return sum;
}

static void checks(void)
{
	pthread_t self = pthread_self();
	pid_t pid;

	mine = 77;
	for (int round = 0; round < 3; round++) {
		CHECK_INT(pthread_mutex_lock(&mutex), 0);
		pid = fork();
		CHECK(pid >= 0);
		CHECK_INT(pthread_mutex_unlock(&mutex), 0);
		if (pid == 0)
			_exit(in_child(self));
		CHECK_INT(wait_for(pid), 20 << 8);
	}
	ok("children");
}

int main(void)
{
	pthread_t threads[50];

	for (int i = 0; i < 50; i++) {
		stream_pair(pairs[i]);
		threads[i] = start(parked_reader, (void *)(intptr_t)i);
	}
	WAIT_UNTIL(__atomic_load_n(&parked, __ATOMIC_SEQ_CST) == 50);
	settle();
	run_both(checks);
	for (int i = 0; i < 50; i++)
		CHECK_INT(write(pairs[i][1], "p", 1), 1);
	for (int i = 0; i < 50; i++)
		join(threads[i]);
	ok("the parent's threads");
	return 0;
}
