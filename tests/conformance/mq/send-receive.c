/*
 * mq_send(3), mq_receive(3) and their timed forms: many threads at both ends
 * of a short queue, priorities, O_NONBLOCK, timeouts, errors.
 */
#include "lib.h"
#include <mqueue.h>

#define THREADS	 6
#define MESSAGES 40

static mqd_t queue;
static char name[64];
static int seen[THREADS * MESSAGES];

static void *sender(void *argument)
{
	for (int i = 0; i < MESSAGES; i++) {
		int value = (int)(intptr_t)argument * MESSAGES + i;

		CHECK_INT(mq_send(queue, (char *)&value, sizeof(value), 1), 0);
	}
	return NULL;
}

static void *receiver(void *argument)
{
	(void)argument;
	for (int i = 0; i < MESSAGES; i++) {
		int value[2];
		unsigned int priority;

		CHECK_INT(mq_receive(queue, (char *)value, sizeof(value),
				     &priority),
			  sizeof(int));
		CHECK_INT(priority, 1);
		__atomic_add_fetch(&seen[*value], 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

static void many(void)
{
	pthread_t threads[2 * THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		threads[i] = start(receiver, NULL);
	settle();
	for (i = 0; i < THREADS; i++)
		threads[THREADS + i] = start(sender, (void *)(intptr_t)i);
	for (i = 0; i < 2 * THREADS; i++)
		join(threads[i]);
	for (i = 0; i < THREADS * MESSAGES; i++)
		CHECK_INT(seen[i], 1);
	ok("each message once, from many threads to many");
}

static void timed(void)
{
	struct timespec until = in_ms(CLOCK_REALTIME, 30);
	struct timespec bad = { 1, 1000000000 }, past = { 0, 0 };
	unsigned int priority;
	char data[8];

	CHECK_ERRNO(mq_timedreceive(queue, data, 8, NULL, &until), ETIMEDOUT);
	CHECK_ERRNO(mq_timedreceive(queue, data, 8, NULL, &bad), EINVAL);
	CHECK_ERRNO(mq_timedreceive(queue, data, 8, NULL, &past), ETIMEDOUT);
	CHECK_INT(mq_timedsend(queue, "a", 1, 1, &past), 0);
	CHECK_INT(mq_timedsend(queue, "b", 1, 9,
			       UNSEEN((struct timespec *)NULL)),
		  0);
	until = in_ms(CLOCK_REALTIME, 30);
	CHECK_ERRNO(mq_timedsend(queue, "c", 1, 1, &until), ETIMEDOUT);
	CHECK_ERRNO(mq_timedsend(queue, "c", 1, 1, &bad), EINVAL);
	CHECK_INT(mq_timedreceive(queue, data, 8, &priority, &past), 1);
	CHECK(data[0] == 'b' && priority == 9);
	CHECK_INT(mq_receive(queue, data, 8, &priority), 1);
	CHECK(data[0] == 'a' && priority == 1);
	CHECK_ERRNO(mq_receive(queue, data, 1, NULL), EMSGSIZE);
	CHECK_ERRNO(mq_send(queue, data, 9, 0), EMSGSIZE);
	CHECK_ERRNO(mq_send(-1, data, 1, 0), EBADF);
	ok("time-outs, priorities and errors");
}

static void nonblocking(void)
{
	struct mq_attr attr = { .mq_flags = O_NONBLOCK };
	char data[8];

	CHECK_INT(mq_setattr(queue, &attr, NULL), 0);
	CHECK_ERRNO(mq_receive(queue, data, 8, NULL), EAGAIN);
	CHECK_INT(mq_send(queue, "a", 1, 0), 0);
	CHECK_INT(mq_send(queue, "b", 1, 0), 0);
	CHECK_ERRNO(mq_send(queue, "c", 1, 0), EAGAIN);
	CHECK_INT(mq_getattr(queue, &attr), 0);
	CHECK_INT(attr.mq_curmsgs, 2);
	CHECK_INT(attr.mq_flags, O_NONBLOCK);
	ok("O_NONBLOCK");
}

int main(void)
{
	struct mq_attr attr = { .mq_maxmsg = 2, .mq_msgsize = 8 };
	int fds[2];

	be_threaded();
	snprintf(name, sizeof(name), "/conformance.%d", getpid());
	queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	CHECK(queue >= 0);
	CHECK_INT(mq_unlink(name), 0);
	many();
	timed();
	nonblocking();
	/* The number is free for a file of another kind. */
	CHECK_INT(mq_close(queue), 0);
	CHECK_ERRNO(mq_close(queue), EBADF);
	CHECK_INT(pipe(fds), 0);
	CHECK_INT(fds[0], queue);
	CHECK_INT(write(fds[1], "x", 1), 1);
	CHECK_INT(read(fds[0], name, 8), 1);
	ok("mq_close");
	return 0;
}
