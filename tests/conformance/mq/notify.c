/*
 * mq_notify(3): by a signal, and by a thread, which may use the queue and the
 * program's locks.
 */
#include "lib.h"
#include <mqueue.h>
#include <semaphore.h>

static mqd_t queue;
static volatile int value, handled;
static sem_t done;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int received;

static void on_signal(int signo, siginfo_t *info, void *context)
{
	(void)signo, (void)context;
	if (info->si_code == SI_MESGQ && info->si_pid == getpid())
		value = info->si_value.sival_int;
	handled = 1;
}

static void run(union sigval v)
{
	char data[8];

	CHECK_INT(mq_receive(queue, data, 8, NULL), 1);
	pthread_mutex_lock(&mutex);
	received += data[0] * v.sival_int;
	pthread_mutex_unlock(&mutex);
	sem_post(&done);
}

int main(void)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 8 };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGRTMIN,
				  .sigev_value.sival_int = 1234 };
	struct sigaction act = { .sa_sigaction = on_signal,
				 .sa_flags = SA_SIGINFO | SA_RESTART };
	char name[64], data[8];

	be_threaded();
	sigaction(SIGRTMIN, &act, NULL);
	sem_init(&done, 0, 0);
	snprintf(name, sizeof(name), "/conformance.%d", getpid());
	queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	CHECK(queue >= 0);
	mq_unlink(name);

	CHECK_INT(mq_notify(queue, &event), 0);
	CHECK_ERRNO(mq_notify(queue, &event), EBUSY);
	CHECK_INT(mq_send(queue, "a", 1, 0), 0);
	WAIT_UNTIL(handled);
	CHECK_INT(value, 1234);
	CHECK_INT(mq_receive(queue, data, 8, NULL), 1);
	ok("a signal");

	event.sigev_notify = SIGEV_THREAD;
	event.sigev_notify_function = run;
	event.sigev_notify_attributes = NULL;
	event.sigev_value.sival_int = 2;
	for (int i = 1; i <= 10; i++) {
		CHECK_INT(mq_notify(queue, &event), 0);
		pthread_mutex_lock(&mutex);
		CHECK_INT(mq_send(queue, &(char){ (char)i }, 1, 0), 0);
		sched_yield();
		pthread_mutex_unlock(&mutex);
		CHECK_INT(sem_wait(&done), 0);
	}
	CHECK_INT(received, 110);
	ok("a thread");

	CHECK_INT(mq_notify(queue, &event), 0);
	CHECK_INT(mq_notify(queue, NULL), 0);
	CHECK_INT(mq_send(queue, "a", 1, 0), 0);
	settle();
	CHECK_INT(received, 110);
	ok("taken back");
	return 0;
}
