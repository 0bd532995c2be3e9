/*
 * signal(7), for waits that only the kernel can make: which of them continue
 * after a handler with SA_RESTART; each ends with EINTR after a handler
 * without it. The signals go to the thread, and to the process.
 */
#include "lib.h"
#include <aio.h>
#include <mqueue.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

enum {
	MQ_RECEIVE,
	MQ_SEND,
	SETLKW,
	OFD_SETLKW,
	LOCKF,
	FIFO,
	AIO,
	LIO,
	WAIT,
	WAITID,
	RESTARTED
};
enum { MSGRCV = RESTARTED, MSGSND, SEMOP, SEMTIMEDOP, AIO_TIMED, KINDS };

static const char *names[] = {
	[MQ_RECEIVE] = "mq_receive",
	[MQ_SEND] = "mq_send",
	[SETLKW] = "F_SETLKW",
	[OFD_SETLKW] = "F_OFD_SETLKW",
	[LOCKF] = "lockf",
	[FIFO] = "open",
	[AIO] = "aio_suspend",
	[LIO] = "lio_listio",
	[WAIT] = "wait",
	[WAITID] = "waitid",
	[MSGRCV] = "msgrcv",
	[MSGSND] = "msgsnd",
	[SEMOP] = "semop",
	[SEMTIMEDOP] = "semtimedop",
	[AIO_TIMED] = "aio_suspend with a time-out",
};

struct message {
	long type;
	char data[8];
};

static int kind, before, handled, queue, semaphores, file, pipe_fds[2];
static int locked_by[2];
static mqd_t empty, full;
static char path[] = "/tmp/conformance.XXXXXX", fifo[64], got;
static struct aiocb request;
static pid_t holder;

static void handler(int signo)
{
	(void)signo;
	__atomic_add_fetch(&handled, 1, __ATOMIC_SEQ_CST);
}

static long wait_in(void)
{
	const struct aiocb *list[] = { &request };
	struct timespec long_time = { 100, 0 };
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct flock none = { .l_type = F_UNLCK, .l_whence = SEEK_SET };
	struct sembuf op = { 0, -1, 0 };
	struct message m = { 1, "" };
	siginfo_t info;
	char data[8];
	int fd;

	switch (kind) {
	case MQ_RECEIVE:
		return mq_receive(empty, data, 8, NULL) == 1 ? 0 : -1;
	case MQ_SEND:
		return mq_send(full, "x", 1, 0);
	case SETLKW:
		return fcntl(file, F_SETLKW, &lock) < 0
			       ? -1
			       : fcntl(file, F_SETLK, &none);
	case OFD_SETLKW:
		return fcntl(file, F_OFD_SETLKW, &lock) < 0
			       ? -1
			       : fcntl(file, F_OFD_SETLK, &none);
	case LOCKF:
		return lockf(file, F_LOCK, 0) < 0 ? -1
						  : lockf(file, F_ULOCK, 0);
	case FIFO:
		fd = open(fifo, O_WRONLY);
		return fd < 0 ? -1 : close(fd);
	case AIO:
		return aio_suspend(list, 1, NULL);
	case LIO:
		return lio_listio(LIO_WAIT, (struct aiocb **)list, 1, NULL);
	case WAIT:
		return wait(NULL) == holder ? 0 : -1;
	case WAITID:
		return waitid(P_ALL, 0, &info, WEXITED);
	case AIO_TIMED:
		return aio_suspend(list, 1, &long_time);
	case MSGRCV:
		return msgrcv(queue, &m, 8, 2, 0) == 8 ? 0 : -1;
	case MSGSND:
		return msgsnd(queue, &m, 8, 0);
	case SEMOP:
		return semop(semaphores, &op, 1);
	case SEMTIMEDOP:
		return semtimedop(semaphores, &op, 1, &long_time);
	}
	return -2;
}

static void *waiter(void *argument)
{
	sigset_t set;
	long r;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	__atomic_store_n(&before, 1, __ATOMIC_SEQ_CST);
	errno = 0;
	r = wait_in();
	return r == 0 ? argument : (void *)(long)errno;
}

static int is_child(void)
{
	return kind == WAIT || kind == WAITID;
}

static int is_lock(void)
{
	return kind == SETLKW || kind == OFD_SETLKW || kind == LOCKF;
}

static int is_request(void)
{
	return kind == AIO || kind == AIO_TIMED || kind == LIO;
}

/* Another process holds the lock until it is told to release it. */
static void hold(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int ready[2], go[2];
	char byte;

	CHECK_INT(pipe(ready), 0);
	CHECK_INT(pipe(go), 0);
	holder = fork();
	if (holder == 0) {
		int fd = open(path, O_RDWR);

		if (fcntl(fd, F_SETLKW, &lock) || write(ready[1], "x", 1) != 1)
			_exit(1);
		close(go[1]);
		_exit((int)read(go[0], &byte, 1));
	}
	read_all(ready[0], &byte, 1);
	close(ready[0]);
	close(ready[1]);
	close(go[0]);
	locked_by[1] = go[1];
}

static void release(void)
{
	close(locked_by[1]);
	CHECK_INT(wait_for(holder), 0);
}

static void prepare(void)
{
	if (is_lock() || is_child())
		hold();
	if (is_request()) {
		memset(&request, 0, sizeof(request));
		request.aio_fildes = pipe_fds[0];
		request.aio_buf = &got;
		request.aio_nbytes = 1;
		request.aio_lio_opcode = LIO_READ;
		if (kind != LIO)
			CHECK_INT(aio_read(&request), 0);
	}
}

/* Ends what has been started even if nobody waits for it any more. */
static void finish(void)
{
	if (is_lock() || is_child())
		release();
	if (is_request()) {
		CHECK_INT(write(pipe_fds[1], "x", 1), 1);
		while (aio_error(&request) == EINPROGRESS)
			sleep_ms(1);
		CHECK_INT(aio_return(&request), 1);
	}
}

/* Causes the event that the wait is for. */
static void fulfil(void)
{
	char data[8];
	int fd;

	if (is_child()) {
		close(locked_by[1]);
		return;
	}
	finish();
	if (kind == MQ_RECEIVE)
		CHECK_INT(mq_send(empty, "x", 1, 0), 0);
	if (kind == MQ_SEND)
		CHECK_INT(mq_receive(full, data, 8, NULL), 1);
	if (kind == FIFO) {
		fd = open(fifo, O_RDONLY);
		CHECK(fd >= 0);
		close(fd);
	}
}

static long interrupt(int flags, int to_process)
{
	struct sigaction act = { .sa_handler = handler, .sa_flags = flags };
	int restarts = (flags & SA_RESTART) && kind < RESTARTED;
	pthread_t thread;
	void *result;

	CHECK_INT(sigaction(SIGUSR1, &act, NULL), 0);
	before = handled = 0;
	prepare();
	thread = start(waiter, NULL);
	WAIT_UNTIL(__atomic_load_n(&before, __ATOMIC_SEQ_CST));
	sleep_ms(3);
	/* If one signal comes too early, the next makes up for it. */
	for (int i = 1; pthread_tryjoin_np(thread, &result) == EBUSY; i++) {
		if (restarts && i > 3) {
			fulfil();
			return (long)(intptr_t)join(thread);
		}
		if (to_process)
			CHECK_INT(kill(getpid(), SIGUSR1), 0);
		else
			CHECK_INT(pthread_kill(thread, SIGUSR1), 0);
		WAIT_UNTIL(__atomic_load_n(&handled, __ATOMIC_SEQ_CST) >= i);
		sleep_ms(2);
	}
	finish();
	return (long)(intptr_t)result;
}

int main(void)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 8 };
	struct message m = { 1, "" };
	struct msqid_ds about;
	sigset_t set;

	be_threaded();
	/* The process's signals are for the waiters. */
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	file = mkstemp(path);
	snprintf(fifo, sizeof(fifo), "%s.fifo", path);
	CHECK_INT(mkfifo(fifo, 0600), 0);
	CHECK_INT(pipe(pipe_fds), 0);
	empty = mq_open("/conformance.restarts", O_RDWR | O_CREAT, 0600, &attr);
	mq_unlink("/conformance.restarts");
	full = mq_open("/conformance.restarts", O_RDWR | O_CREAT, 0600, &attr);
	mq_unlink("/conformance.restarts");
	CHECK(empty >= 0 && full >= 0);
	CHECK_INT(mq_send(full, "x", 1, 0), 0);
	queue = msgget(IPC_PRIVATE, 0600);
	semaphores = semget(IPC_PRIVATE, 1, 0600);
	CHECK(queue >= 0 && semaphores >= 0);
	CHECK_INT(msgctl(queue, IPC_STAT, &about), 0);
	about.msg_qbytes = 16;
	CHECK_INT(msgctl(queue, IPC_SET, &about), 0);

	for (kind = 0; kind < KINDS; kind++) {
		if (kind == MSGSND)
			while (msgsnd(queue, &m, 8, IPC_NOWAIT) == 0)
				;
		for (int way = 0; way < 2; way++) {
			/*
			 * libc keeps its list on the stack, which does not
			 * survive EINTR.
			 */
			if (kind != LIO)
				CHECK_INT(interrupt(0, way), EINTR);
			CHECK_INT(interrupt(SA_RESTART, way),
				  kind < RESTARTED ? 0 : EINTR);
		}
		ok("%s: %s", names[kind],
		   kind < RESTARTED ? "goes on" : "ends");
	}
	msgctl(queue, IPC_RMID, NULL);
	semctl(semaphores, 0, IPC_RMID);
	unlink(path);
	unlink(fifo);
	return 0;
}
