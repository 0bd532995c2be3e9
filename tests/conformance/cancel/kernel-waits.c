/*
 * Threads cancelled in calls that wait for queues, file locks and asynchronous
 * I/O; and in semop, which is not a cancellation point.
 */
#include "lib.h"
#include <aio.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

enum {
	MSGRCV,
	MSGSND,
	MQ_RECEIVE,
	MQ_SEND,
	MQ_TIMED,
	AIO_SUSPEND,
	OFD_SETLKW,
	LOCKF,
	SEMOP,
	KINDS
};

static int began, cleaned, queue, semaphores, file;
static mqd_t empty, full;
static struct aiocb request;

static void clean(void *argument)
{
	(void)argument;
	__atomic_add_fetch(&cleaned, 1, __ATOMIC_SEQ_CST);
}

static void *waiter(void *argument)
{
	const struct aiocb *list[] = { &request };
	struct timespec until = in_ms(CLOCK_REALTIME, 100000);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct sembuf op = { 0, -1, 0 };
	struct {
		long type;
		char data[8];
	} m = { 1, "" };
	char data[8];

	pthread_cleanup_push(clean, NULL);
	__atomic_add_fetch(&began, 1, __ATOMIC_SEQ_CST);
	switch ((intptr_t)argument) {
	case MSGRCV:
		msgrcv(queue, &m, 8, 2, 0);
		break;
	case MSGSND:
		msgsnd(queue, &m, 8, 0);
		break;
	case MQ_RECEIVE:
		mq_receive(empty, data, 8, NULL);
		break;
	case MQ_SEND:
		mq_send(full, data, 1, 0);
		break;
	case MQ_TIMED:
		mq_timedreceive(empty, data, 8, NULL, &until);
		break;
	case AIO_SUSPEND:
		aio_suspend(list, 1, NULL);
		break;
	case OFD_SETLKW:
		fcntl(file, F_OFD_SETLKW, &lock);
		break;
	case LOCKF:
		lockf(file, F_LOCK, 0);
		break;
	case SEMOP:
		/* Since glibc 2.41 the request interrupts the call. */
		while (semop(semaphores, &op, 1) != 0)
			CHECK_INT(errno, EINTR);
		pthread_testcancel();
	}
	FAIL("kind %d was not cancelled", (int)(intptr_t)argument);
	pthread_cleanup_pop(0);
	return NULL;
}

static void lock_elsewhere(const char *path)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDWR);

	CHECK_INT(fcntl(fd, F_OFD_SETLK, &lock), 0);
}

int main(void)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 8 };
	char path[] = "/tmp/conformance.XXXXXX", byte;
	struct sembuf op = { 0, 1, 0 };
	pthread_t threads[KINDS];
	long message[2] = { 1, 0 };
	int pipe_fds[2], i;

	be_threaded();
	file = mkstemp(path);
	lock_elsewhere(path);
	unlink(path);
	empty = mq_open("/conformance.cancel", O_RDWR | O_CREAT, 0600, &attr);
	mq_unlink("/conformance.cancel");
	full = mq_open("/conformance.cancel", O_RDWR | O_CREAT, 0600, &attr);
	mq_unlink("/conformance.cancel");
	CHECK(empty >= 0 && full >= 0);
	CHECK_INT(mq_send(full, "x", 1, 0), 0);
	queue = msgget(IPC_PRIVATE, 0600);
	semaphores = semget(IPC_PRIVATE, 1, 0600);
	CHECK(queue >= 0 && semaphores >= 0);
	while (msgsnd(queue, message, 8, IPC_NOWAIT) == 0)
		;
	CHECK_INT(pipe(pipe_fds), 0);
	request.aio_fildes = pipe_fds[0];
	request.aio_buf = &byte;
	request.aio_nbytes = 1;
	CHECK_INT(aio_read(&request), 0);

	for (i = 0; i < KINDS; i++)
		threads[i] = start(waiter, (void *)(intptr_t)i);
	WAIT_UNTIL(__atomic_load_n(&began, __ATOMIC_SEQ_CST) == KINDS);
	settle();
	for (i = 0; i < KINDS; i++)
		CHECK_INT(pthread_cancel(threads[i]), 0);
	for (i = 0; i < SEMOP; i++)
		CHECK(join(threads[i]) == PTHREAD_CANCELED);
	ok("cancellation points");
	CHECK_INT(__atomic_load_n(&cleaned, __ATOMIC_SEQ_CST), SEMOP);
	CHECK_INT(semop(semaphores, &op, 1), 0);
	CHECK(join(threads[SEMOP]) == PTHREAD_CANCELED);
	CHECK_INT(semctl(semaphores, 0, GETVAL), 0);
	ok("semop is none");
	CHECK_INT(write(pipe_fds[1], "x", 1), 1);
	msgctl(queue, IPC_RMID, NULL);
	semctl(semaphores, 0, IPC_RMID);
	return 0;
}
