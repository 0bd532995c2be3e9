/*
 * mq_receive(3): a message goes straight to a receiver that waits, so the
 * queue has room for the next one at once, and mq_notify(3) notifies nobody.
 */
#include "lib.h"
#include <mqueue.h>

static mqd_t queue;
static int notified;

static void on_usr1(int signo)
{
	(void)signo;
	__atomic_add_fetch(&notified, 1, __ATOMIC_SEQ_CST);
}

static void *receiver(void *unused)
{
	char data[8];

	CHECK_INT(mq_receive(queue, data, 8, NULL), 1);
	CHECK_INT(data[0], 'a');
	return unused;
}

/* A receiver that does not wait yet proves nothing: try again. */
#define TRIES 200

static int room_at_once(int try)
{
	struct timespec past = { 0, 0 };
	pthread_t thread = start(receiver, NULL);
	char data[8];
	int r;

	sleep_ms(try < 100 ? try : 100);
	CHECK_INT(mq_timedsend(queue, "a", 1, 0, &past), 0);
	r = mq_timedsend(queue, "b", 1, 0, &past);
	if (r == 0)
		CHECK_ERRNO(mq_timedsend(queue, "c", 1, 0, &past), ETIMEDOUT);
	join(thread);
	if (r == 0)
		CHECK_INT(mq_receive(queue, data, 8, NULL), 1);
	return r == 0;
}

static int nobody_notified(int try)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGUSR1 };
	pthread_t thread;

	notified = 0;
	CHECK_INT(mq_notify(queue, &event), 0);
	thread = start(receiver, NULL);
	sleep_ms(try < 100 ? try : 100);
	CHECK_INT(mq_send(queue, "a", 1, 0), 0);
	join(thread);
	/* Still registered, so nobody was notified. */
	if (mq_notify(queue, &event) == 0) {
		CHECK_INT(mq_notify(queue, NULL), 0);
		return 0;
	}
	CHECK_INT(errno, EBUSY);
	CHECK_INT(notified, 0);
	CHECK_INT(mq_send(queue, "a", 1, 0), 0);
	WAIT_UNTIL(__atomic_load_n(&notified, __ATOMIC_SEQ_CST) == 1);
	return 1;
}

int main(void)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 8 };
	char name[64];
	int try;

	be_threaded();
	signal(SIGUSR1, on_usr1);
	snprintf(name, sizeof(name), "/conformance.%d", getpid());
	queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	CHECK(queue >= 0);
	mq_unlink(name);

	for (try = 1; !room_at_once(try); try++)
		CHECK(try < TRIES);
	ok("room for another message at once");

	for (try = 1; !nobody_notified(try); try++)
		CHECK(try < TRIES);
	ok("no notification of a message that somebody waited for");
	return 0;
}
