/*
 * msgsnd(2), msgrcv(2): threads wait for messages of their type and for room
 * while the other threads keep running; removing the queue wakes all of them.
 */
#include "lib.h"
#include <sys/ipc.h>
#include <sys/msg.h>

#define THREADS	 12
#define MESSAGES 20

struct message {
	long type;
	int value;
};

static int queue, got[THREADS + 1];

static void *taker(void *argument)
{
	long type = (intptr_t)argument;
	struct message m;
	int i;

	for (i = 0; i < MESSAGES; i++) {
		CHECK_INT(msgrcv(queue, &m, sizeof(m.value), type, 0),
			  sizeof(m.value));
		CHECK_INT(m.type, type);
		CHECK_INT(m.value, i);
		got[type]++;
	}
	return NULL;
}

static void many_takers(void)
{
	pthread_t threads[THREADS];
	struct message m;
	int i;

	for (i = 0; i < THREADS; i++)
		threads[i] = start(taker, (void *)(intptr_t)(i + 1));
	settle();
	for (m.value = 0; m.value < MESSAGES; m.value++)
		for (m.type = THREADS; m.type > 0; m.type--)
			CHECK_INT(msgsnd(queue, &m, sizeof(m.value), 0), 0);
	for (i = 0; i < THREADS; i++)
		join(threads[i]);
	for (i = 1; i <= THREADS; i++)
		CHECK_INT(got[i], MESSAGES);
	ok("each of many threads has the messages of its type, in order");
}

static void *filler(void *argument)
{
	static char big[64] = { 1 };

	(void)argument;
	((struct message *)big)->type = 1;
	for (int i = 0; i < 200; i++)
		CHECK_INT(msgsnd(queue, big, sizeof(big) - sizeof(long), 0), 0);
	return NULL;
}

static void full_queue(void)
{
	struct msqid_ds about;
	char big[64];
	pthread_t thread;

	CHECK_INT(msgctl(queue, IPC_STAT, &about), 0);
	about.msg_qbytes = 1024;
	CHECK_INT(msgctl(queue, IPC_SET, &about), 0);
	thread = start(filler, NULL);
	settle();
	((struct message *)big)->type = 2;
	CHECK_ERRNO(msgsnd(queue, big, sizeof(big) - sizeof(long), IPC_NOWAIT),
		    EAGAIN);
	for (int i = 0; i < 200; i++)
		CHECK_INT(msgrcv(queue, big, sizeof(big) - sizeof(long), 0, 0),
			  sizeof(big) - sizeof(long));
	join(thread);
	CHECK_ERRNO(msgrcv(queue, big, sizeof(big) - sizeof(long), 0,
			   IPC_NOWAIT),
		    ENOMSG);
	ok("a full queue holds its writer back");
}

static void *removed(void *argument)
{
	struct message m;

	CHECK_ERRNO(msgrcv(queue, &m, sizeof(m.value), (long)(intptr_t)argument,
			   0),
		    EIDRM);
	return NULL;
}

static void errors(void)
{
	struct message m = { 1, 2 };

	CHECK_ERRNO(msgsnd(queue, NULL, 4, 0), EFAULT);
	CHECK_ERRNO(msgsnd(queue, &m, 1 << 30, 0), EINVAL);
	CHECK_ERRNO(msgrcv(queue, &m, -1, 0, 0), EINVAL);
	CHECK_ERRNO(msgrcv(queue, &m, sizeof(m.value), 0, MSG_COPY), EINVAL);
	m.type = 0;
	CHECK_ERRNO(msgsnd(queue, &m, sizeof(m.value), 0), EINVAL);
	m.type = 1;
	CHECK_INT(msgsnd(queue, &m, sizeof(m.value), 0), 0);
	CHECK_ERRNO(msgrcv(queue, &m, 1, 0, 0), E2BIG);
	CHECK_INT(msgrcv(queue, &m, 1, 0, MSG_NOERROR), 1);
	ok("errors");
}

int main(void)
{
	pthread_t threads[THREADS];
	int i;

	queue = msgget(IPC_PRIVATE, 0600);
	CHECK(queue >= 0);
	be_threaded();
	many_takers();
	full_queue();
	errors();
	for (i = 0; i < THREADS; i++)
		threads[i] = start(removed, (void *)(intptr_t)i);
	settle();
	CHECK_INT(msgctl(queue, IPC_RMID, NULL), 0);
	for (i = 0; i < THREADS; i++)
		join(threads[i]);
	ok("its removal wakes all who wait");
	return 0;
}
