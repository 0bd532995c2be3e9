/*
 * A call that succeeds leaves errno alone. Greened, the first pthread_create
 * left ENOENT, and many programs look at errno where the return value does not
 * tell. The calls are those that the shim has a function for, once in a new
 * thread and once in the main one.
 */
#include "lib.h"
#include <mqueue.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <threads.h>

#define MARK 4095 /* no error number */

static int failed;

/* The call succeeds, and errno is what it was. */
#define KEEPS(call, succeeds)                                                  \
	do {                                                                   \
		errno = MARK;                                                  \
		long long got_ = (long long)(call);                            \
		int error_ = errno;                                            \
		if (!(got_ succeeds) || error_ != MARK) {                      \
			printf("%s: %lld, errno %d\n", #call, got_, error_);   \
			failed = 1;                                            \
		}                                                              \
	} while (0)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once;
static once_flag flag = ONCE_FLAG_INIT;
static pthread_key_t key;
static sem_t sem;

static void nothing(void)
{
}

static void on_signal(int sig)
{
	(void)sig;
}

static void *forever(void *argument)
{
	for (;;)
		pause();
	return argument;
}

static void *post(void *argument)
{
	sleep_ms(10);
	sem_post(&sem);
	return argument;
}

static void threads(void)
{
	struct timespec soon = in_ms(CLOCK_REALTIME, 20);
	pthread_attr_t attr;
	pthread_t thread;
	void *result;
	char name[16];
	cpu_set_t set;
	int old, policy;
	struct sched_param param;
	thrd_t c11;
	mtx_t mtx;

	KEEPS(pthread_create(&thread, NULL, nothing_, NULL), == 0);
	KEEPS(pthread_join(thread, &result), == 0);
	KEEPS(pthread_create(&thread, NULL, forever, NULL), == 0);
	KEEPS(pthread_setname_np(thread, "name"), == 0);
	KEEPS(pthread_getname_np(thread, name, sizeof(name)), == 0);
	KEEPS(pthread_getattr_np(thread, &attr), == 0);
	KEEPS(pthread_attr_destroy(&attr), == 0);
	KEEPS(pthread_tryjoin_np(thread, NULL), == EBUSY);
	KEEPS(pthread_timedjoin_np(thread, NULL, &soon), == ETIMEDOUT);
	KEEPS(pthread_getschedparam(thread, &policy, &param), == 0);
	KEEPS(pthread_getaffinity_np(thread, sizeof(set), &set), == 0);
	KEEPS(pthread_kill(thread, 0), == 0);
	KEEPS(pthread_kill(thread, SIGUSR1), == 0);
	KEEPS(pthread_cancel(thread), == 0);
	KEEPS(pthread_join(thread, &result), == 0);
	KEEPS(pthread_create(&thread, NULL, nothing_, NULL), == 0);
	KEEPS(pthread_detach(thread), == 0);
	KEEPS(thrd_create(&c11, (thrd_start_t)(void *)nothing_, NULL), == 0);
	KEEPS(thrd_join(c11, &old), == 0);
	KEEPS(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old), == 0);
	KEEPS(pthread_setcancelstate(old, NULL), == 0);
	KEEPS((pthread_testcancel(), 0), == 0);
	KEEPS(pthread_key_create(&key, free), == 0);
	KEEPS(pthread_setspecific(key, NULL), == 0);
	KEEPS(pthread_key_delete(key), == 0);
	KEEPS(pthread_once(&once, nothing), == 0);
	KEEPS((call_once(&flag, nothing), 0), == 0);
	KEEPS(mtx_init(&mtx, mtx_plain), == 0);
	KEEPS(mtx_lock(&mtx), == 0);
	KEEPS(mtx_unlock(&mtx), == 0);
	printf("threads\n");
}

static void locks(void)
{
	struct timespec soon = in_ms(CLOCK_REALTIME, 20);
	pthread_barrier_t barrier;
	pthread_spinlock_t spin;
	pthread_t thread;

	KEEPS(pthread_mutex_lock(&mutex), == 0);
	KEEPS(pthread_mutex_trylock(&mutex), == EBUSY);
	KEEPS(pthread_mutex_timedlock(&mutex, &soon), == ETIMEDOUT);
	soon = in_ms(CLOCK_REALTIME, 20);
	KEEPS(pthread_cond_timedwait(&cond, &mutex, &soon), == ETIMEDOUT);
	KEEPS(pthread_cond_signal(&cond), == 0);
	KEEPS(pthread_cond_broadcast(&cond), == 0);
	KEEPS(pthread_mutex_unlock(&mutex), == 0);
	KEEPS(pthread_rwlock_rdlock(&rwlock), == 0);
	soon = in_ms(CLOCK_REALTIME, 20);
	KEEPS(pthread_rwlock_timedwrlock(&rwlock, &soon), == ETIMEDOUT);
	KEEPS(pthread_rwlock_unlock(&rwlock), == 0);
	KEEPS(pthread_rwlock_wrlock(&rwlock), == 0);
	KEEPS(pthread_rwlock_unlock(&rwlock), == 0);
	KEEPS(pthread_barrier_init(&barrier, NULL, 1), == 0);
	KEEPS(pthread_barrier_wait(&barrier), == PTHREAD_BARRIER_SERIAL_THREAD);
	KEEPS(pthread_barrier_destroy(&barrier), == 0);
	KEEPS(pthread_spin_init(&spin, 0), == 0);
	KEEPS(pthread_spin_lock(&spin), == 0);
	KEEPS(pthread_spin_unlock(&spin), == 0);
	KEEPS(sem_init(&sem, 0, 1), == 0);
	KEEPS(sem_wait(&sem), == 0);
	thread = start(post, NULL);
	KEEPS(sem_wait(&sem), == 0);
	join(thread);
	KEEPS(sem_post(&sem), == 0);
	KEEPS(sem_trywait(&sem), == 0);
	printf("locks\n");
}

static void *write_late(void *fd)
{
	sleep_ms(10);
	CHECK_INT(write(*(int *)fd, "xy", 2), 2);
	return NULL;
}

static void bytes(void)
{
	char buffer[4096] = "xy";
	struct iovec iov = { buffer, 2 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct mmsghdr mm = { .msg_hdr = m };
	struct timespec timeout = { 1, 0 };
	int fds[2], kind, file = scratch_file();
	pthread_t thread;
	off_t at = 0;

	for (kind = 0; kind < PAIR_KINDS; kind++) {
		open_pair(fds, kind);
		KEEPS(write(fds[1], buffer, 2), == 2);
		KEEPS(read(fds[0], buffer, 2), == 2);
		thread = start(write_late, &fds[1]);
		KEEPS(read(fds[0], buffer, 2), == 2);
		join(thread);
		KEEPS(writev(fds[1], &iov, 1), == 2);
		KEEPS(readv(fds[0], &iov, 1), == 2);
		KEEPS(fcntl(fds[0], F_GETFL), >= 0);
		KEEPS(fcntl(fds[0], F_SETFL, O_RDWR | O_NONBLOCK), == 0);
		KEEPS(close(fds[0]), == 0);
		KEEPS(close(fds[1]), == 0);
	}
	KEEPS(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), == 0);
	KEEPS(send(fds[1], buffer, 2, 0), == 2);
	KEEPS(recv(fds[0], buffer, 2, MSG_WAITALL), == 2);
	KEEPS(sendmsg(fds[1], &m, 0), == 2);
	KEEPS(recvmsg(fds[0], &m, 0), == 2);
	KEEPS(sendmmsg(fds[1], &mm, 1, 0), == 1);
	KEEPS(recvmmsg(fds[0], &mm, 1, 0, &timeout), == 1);
	KEEPS(write(file, buffer, sizeof(buffer)), == sizeof(buffer));
	KEEPS(pread(file, buffer, 2, 0), == 2);
	KEEPS(pwrite(file, buffer, 2, 0), == 2);
	KEEPS(preadv(file, &iov, 1, 0), == 2);
	KEEPS(pwritev(file, &iov, 1, 0), == 2);
	KEEPS(sendfile(fds[1], file, &at, 2), == 2);
	KEEPS(shutdown(fds[1], SHUT_WR), == 0);
	KEEPS(fsync(file), == 0);
	KEEPS(fdatasync(file), == 0);
	KEEPS(flock(file, LOCK_EX), == 0);
	KEEPS(lockf(file, F_LOCK, 1), == 0);
	KEEPS(posix_fallocate(file, 0, 8192), == 0);
	KEEPS(dup(file), > 2);
	KEEPS(dup2(file, 60), == 60);
	KEEPS(dup3(file, 61, O_CLOEXEC), == 61);
	KEEPS(close_range(60, 61, 0), == 0);
	close(file);
	close(fds[0]);
	close(fds[1]);
	printf("bytes\n");
}

static void made(void)
{
	int fds[2], fd, queue, one = 1;
	socklen_t size = sizeof(one);
	struct sockaddr_in addr;
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 8 };
	struct timespec timeout = { 1, 0 };
	struct sembuf give = { 0, 1, 0 }, take = { 0, -1, 0 };
	struct {
		long type;
		char text[8];
	} message = { 1, "text" };
	sigset_t set;
	mqd_t mq;
	char name[32], text[8];

	KEEPS(fd = open("/dev/null", O_RDWR), > 2);
	KEEPS(ioctl(fd, FIOCLEX), == 0);
	close(fd);
	KEEPS(pipe(fds), == 0);
	close(fds[0]), close(fds[1]);
	KEEPS(pipe2(fds, O_CLOEXEC), == 0);
	close(fds[0]), close(fds[1]);
	KEEPS(fd = eventfd(1, 0), > 2);
	close(fd);
	KEEPS(fd = timerfd_create(CLOCK_MONOTONIC, 0), > 2);
	close(fd);
	KEEPS(fd = inotify_init1(0), > 2);
	close(fd);
	KEEPS(fd = memfd_create("memory", 0), > 2);
	close(fd);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	KEEPS(fd = signalfd(-1, &set, 0), > 2);
	close(fd);
	fd = tcp_listen(&addr, 1);
	KEEPS(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)),
	      == 0);
	KEEPS(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, &size), == 0);
	KEEPS(fds[0] = socket(AF_INET, SOCK_STREAM, 0), > 2);
	KEEPS(connect(fds[0], (struct sockaddr *)&addr, sizeof(addr)), == 0);
	KEEPS(fds[1] = accept(fd, NULL, NULL), > 2);
	close(fd), close(fds[0]), close(fds[1]);
	KEEPS(queue = msgget(IPC_PRIVATE, 0600), >= 0);
	KEEPS(msgsnd(queue, &message, 5, 0), == 0);
	KEEPS(msgrcv(queue, &message, 8, 0, 0), == 5);
	msgctl(queue, IPC_RMID, NULL);
	KEEPS(queue = semget(IPC_PRIVATE, 1, 0600), >= 0);
	KEEPS(semop(queue, &give, 1), == 0);
	KEEPS(semtimedop(queue, &take, 1, &timeout), == 0);
	semctl(queue, 0, IPC_RMID);
	snprintf(name, sizeof(name), "/errno-kept.%d", getpid());
	mq = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	CHECK(mq >= 0);
	mq_unlink(name);
	timeout = in_ms(CLOCK_REALTIME, 1000);
	KEEPS(mq_send(mq, "text", 5, 1), == 0);
	KEEPS(mq_timedreceive(mq, text, 8, NULL, &timeout), == 5);
	KEEPS(mq_close(mq), == 0);
	printf("made\n");
}

static void waits(void)
{
	int fds[2], set, status;
	struct pollfd p;
	struct epoll_event event = { EPOLLIN, { 0 } };
	struct timespec ts = { 0, 1000000 };
	struct timeval tv = { 0, 1000 };
	fd_set in;
	pid_t child;
	char byte;

	CHECK_INT(pipe(fds), 0);
	p = (struct pollfd){ fds[0], POLLIN, 0 };
	KEEPS(poll(&p, 1, 1), == 0);
	KEEPS(ppoll(&p, 1, &ts, NULL), == 0);
	FD_ZERO(&in);
	FD_SET(fds[0], &in);
	KEEPS(select(fds[0] + 1, &in, NULL, NULL, &tv), == 0);
	KEEPS(pselect(fds[0] + 1, &in, NULL, NULL, &ts, NULL), == 0);
	KEEPS(set = epoll_create1(0), > 2);
	KEEPS(epoll_ctl(set, EPOLL_CTL_ADD, fds[0], &event), == 0);
	KEEPS(epoll_wait(set, &event, 1, 1), == 0);
	CHECK_INT(write(fds[1], "x", 1), 1);
	KEEPS(epoll_wait(set, &event, 1, -1), == 1);
	close(set), close(fds[0]), close(fds[1]);
	KEEPS(nanosleep(&ts, NULL), == 0);
	KEEPS(usleep(1000), == 0);
	KEEPS(sleep(0), == 0);
	KEEPS(clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL), == 0);
	KEEPS(sched_yield(), == 0);
	KEEPS(getrandom(&byte, 1, 0), == 1);
	child = fork();
	if (child == 0)
		_exit(0);
	KEEPS(waitpid(child, &status, 0), == child);
	errno = MARK;
	child = fork();
	if (child == 0)
		_exit(errno != MARK);
	KEEPS(child, > 0);
	KEEPS(wait(&status), == child);
	CHECK_INT(status, 0);
	KEEPS(system("true"), == 0);
	printf("waits\n");
}

static void signals(void)
{
	struct sigaction act = { .sa_handler = on_signal }, old;
	struct itimerval value = { { 0, 0 }, { 0, 0 } };
	struct itimerspec spec = { { 0, 0 }, { 0, 0 } };
	struct timespec none = { 0, 0 };
	sigset_t set, was;
	timer_t timer;
	stack_t stack;
	cpu_set_t cpus;

	KEEPS(sigaction(SIGUSR1, &act, &old), == 0);
	KEEPS((intptr_t)signal(SIGUSR1, on_signal), == (intptr_t)on_signal);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	KEEPS(sigprocmask(SIG_BLOCK, &set, &was), == 0);
	KEEPS(raise(SIGUSR1), == 0);
	KEEPS(raise(SIGUSR2), == 0);
	KEEPS(sigpending(&was), == 0);
	KEEPS(sigtimedwait(&set, NULL, &none), == SIGUSR2);
	KEEPS(kill(getpid(), SIGUSR1), == 0);
	KEEPS(pthread_sigmask(SIG_UNBLOCK, &set, NULL), == 0);
	KEEPS(sigaltstack(NULL, &stack), == 0);
	KEEPS(setitimer(ITIMER_REAL, &value, NULL), == 0);
	KEEPS(timer_create(CLOCK_MONOTONIC, NULL, &timer), == 0);
	KEEPS(timer_settime(timer, 0, &spec, NULL), == 0);
	KEEPS(timer_getoverrun(timer), == 0);
	KEEPS(timer_delete(timer), == 0);
	KEEPS(sched_getaffinity(0, sizeof(cpus), &cpus), == 0);
	KEEPS(sched_setaffinity(0, sizeof(cpus), &cpus), == 0);
	KEEPS(sched_getscheduler(0), == 0);
	KEEPS(getpriority(PRIO_PROCESS, 0), < 40);
	KEEPS(prctl(PR_SET_NAME, "name"), == 0);
	KEEPS(gettid(), > 0);
	KEEPS(syscall(SYS_gettid), > 0);
	printf("signals\n");
}

/* The last: it pins the thread. */
static void pins(void)
{
	KEEPS(prctl(PR_SET_TIMERSLACK, 50000), == 0);
	KEEPS(nice(1), >= 1);
	KEEPS(sched_yield(), == 0);
	printf("pinned\n");
}

static void checks(void)
{
	/* First of all, the pthread_create that starts the runtime. */
	threads();
	locks();
	bytes();
	made();
	waits();
	signals();
	pins();
}

int main(void)
{
	struct sigaction act = { .sa_handler = on_signal };

	printf("at first: %d\n", errno);
	CHECK_INT(sigaction(SIGUSR1, &act, NULL), 0);
	checks();
	run_both(checks);
	return failed;
}
