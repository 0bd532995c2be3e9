/*
 * syscall(2) with the numbers of calls that wait: for message queues, file
 * locks, children and futexes.
 */
#include "lib.h"
#include <linux/futex.h>
#include <mqueue.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

enum { MSGRCV, SEMOP, SEMTIMED, MQ, FLOCK, WAITID, WAITV, PREADV2, KINDS };

struct message {
	long type;
	char data[8];
};

/* The kernel's structure, which older headers lack. */
struct waiter {
	uint64_t value, address;
	uint32_t flags, unused;
};

static int queue, set, locked, other;
static mqd_t mq;
static pid_t child;
static uint32_t words[2];
static char path[] = "/tmp/conformance.XXXXXX";

static void *waits(void *argument)
{
	struct sembuf op = { 0, -1, 0 };
	struct timespec long_time = { 100, 0 };
	struct waiter w[2] = {
		{ 0, (uintptr_t)&words[0], 2 | FUTEX_PRIVATE_FLAG, 0 },
		{ 0, (uintptr_t)&words[1], 2 | FUTEX_PRIVATE_FLAG, 0 },
	};
	struct message m;
	struct iovec iov = { &m, 4 };
	siginfo_t info;
	char data[8];
	long r;

	switch ((intptr_t)argument) {
	case MSGRCV:
		CHECK_INT(syscall(SYS_msgrcv, queue, &m, 8l, 1l, 0), 8);
		break;
	case SEMOP:
		CHECK_INT(syscall(SYS_semop, set, &op, 1l), 0);
		break;
	case SEMTIMED:
		CHECK_INT(syscall(SYS_semtimedop, set, &op, 1l, &long_time), 0);
		break;
	case MQ:
		CHECK_INT(syscall(SYS_mq_timedreceive, mq, data, 8l, NULL,
				  NULL),
			  1);
		break;
	case FLOCK:
		CHECK_INT(syscall(SYS_flock, other, LOCK_EX), 0);
		break;
	case WAITID:
		CHECK_INT(syscall(SYS_waitid, P_PID, child, &info, WEXITED,
				  NULL),
			  0);
		CHECK_INT(info.si_status, 5);
		break;
	case WAITV:
		r = syscall(449, w, 2l, 0l, NULL, 0l);
		CHECK(r == 1 || (r == -1 && errno == ENOSYS) ||
		      (r == -1 && errno == EAGAIN && words[1]));
		break;
	case PREADV2:
		CHECK_INT(syscall(SYS_preadv2, locked, &iov, 1l, 1l, 0l, 0l),
			  3);
		CHECK(!memcmp(&m, "bcd", 3));
	}
	return NULL;
}

int main(void)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 8 };
	struct sembuf op = { 0, 2, 0 };
	struct message m = { 1, "" };
	pthread_t threads[KINDS];
	int go[2], i;

	be_threaded();
	locked = mkstemp(path);
	other = open(path, O_RDWR);
	unlink(path);
	CHECK_INT(write(locked, "abcd", 4), 4);
	CHECK_INT(flock(locked, LOCK_EX), 0);
	mq = mq_open("/conformance.number", O_RDWR | O_CREAT, 0600, &attr);
	CHECK(mq >= 0);
	mq_unlink("/conformance.number");
	queue = msgget(IPC_PRIVATE, 0600);
	set = semget(IPC_PRIVATE, 1, 0600);
	CHECK_INT(pipe(go), 0);
	child = fork();
	if (child == 0) {
		char byte;

		close(go[1]);
		_exit(5 + (int)read(go[0], &byte, 1));
	}

	for (i = 0; i < KINDS; i++)
		threads[i] = start(waits, (void *)(intptr_t)i);
	join(threads[PREADV2]);
	settle();
	for (i = 0; i < PREADV2; i++)
		if (i != WAITV)
			CHECK_INT(pthread_tryjoin_np(threads[i], NULL), EBUSY);
	CHECK_INT(syscall(SYS_msgsnd, queue, &m, 8l, 0), 0);
	CHECK_INT(syscall(SYS_semop, set, &op, 1l), 0);
	CHECK_INT(syscall(SYS_mq_timedsend, mq, "x", 1l, 0, NULL), 0);
	CHECK_INT(syscall(SYS_flock, locked, LOCK_UN), 0);
	close(go[1]);
	__atomic_store_n(&words[1], 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &words[1], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	for (i = 0; i < PREADV2; i++)
		join(threads[i]);
	CHECK_INT(syscall(SYS_fsync, locked), 0);
	CHECK_ERRNO(syscall(SYS_fdatasync, -1), EBADF);
	msgctl(queue, IPC_RMID, NULL);
	semctl(set, 0, IPC_RMID);
	ok("each came to its end");
	return 0;
}
