/*
 * Which functions are cancellation points: each is called, in a way that does
 * not wait, in a thread with a pending cancellation. POSIX names those that
 * must be and those that may be; the latter are libc's choice, which must be
 * the same here.
 */
#include "lib.h"
#include <aio.h>
#include <grp.h>
#include <mqueue.h>
#include <netdb.h>
#include <pwd.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/timerfd.h>
#include <termios.h>

static int pipe_fds[2], pair[2], file, epoll, listener, event;
static char data[64], path[] = "/tmp/conformance.XXXXXX";
static struct iovec iov = { data, 1 };
static struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
static struct mmsghdr messages = { .msg_hdr = { .msg_iov = &iov,
						.msg_iovlen = 1 } };
static struct timespec nothing;
static struct timeval no_time;
static sigset_t none, usr1;
static siginfo_t info;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t sem;
static struct sockaddr_in address;
static mqd_t mq;
static int queue, set;
static struct sembuf up = { 0, 1, 0 };
static struct aiocb request;
static const struct aiocb *requests[] = { &request };
static struct pollfd pollfd;
static struct epoll_event epoll_event;
static off_t zero;

#define POINTS(X)                                                              \
	X(accept, accept(listener, NULL, NULL))                                \
	X(accept4, accept4(listener, NULL, NULL, 0))                           \
	X(aio_suspend, aio_suspend(requests, 1, &nothing))                     \
	X(clock_nanosleep, clock_nanosleep(CLOCK_REALTIME, 0, &nothing, NULL)) \
	X(close, close(-1))                                                    \
	X(connect, connect(-1, (void *)&address, sizeof(address)))             \
	X(creat, creat(path, 0600))                                            \
	X(fcntl_SETLKW, fcntl(file, F_SETLKW, NULL))                           \
	X(fcntl_OFD_SETLKW, fcntl(file, F_OFD_SETLKW, NULL))                   \
	X(fdatasync, fdatasync(file))                                          \
	X(fsync, fsync(file))                                                  \
	X(lockf, lockf(file, F_LOCK, 0))                                       \
	X(mq_receive, mq_receive(mq, data, 8, NULL))                           \
	X(mq_send, mq_send(mq, data, 9, 0))                                    \
	X(mq_timedreceive, mq_timedreceive(mq, data, 8, NULL, &nothing))       \
	X(mq_timedsend, mq_timedsend(mq, data, 9, 0, &nothing))                \
	X(msgrcv, msgrcv(queue, data, 8, 0, IPC_NOWAIT))                       \
	X(msgsnd, msgsnd(-1, data, 8, IPC_NOWAIT))                             \
	X(msync, msync(NULL, 0, MS_SYNC))                                      \
	X(msync_ASYNC, msync(NULL, 0, MS_ASYNC))                               \
	X(nanosleep, nanosleep(&nothing, NULL))                                \
	X(open, open(path, O_RDONLY))                                          \
	X(openat, openat(AT_FDCWD, path, O_RDONLY))                            \
	X(poll, poll(&pollfd, 1, 0))                                           \
	X(ppoll, ppoll(&pollfd, 1, &nothing, NULL))                            \
	X(pread, pread(file, data, 1, 0))                                      \
	X(preadv, preadv(file, &iov, 1, 0))                                    \
	X(preadv2, preadv2(file, &iov, 1, 0, 0))                               \
	X(pselect, pselect(0, NULL, NULL, NULL, &nothing, NULL))               \
	X(cond_timedwait, (pthread_mutex_lock(&mutex),                         \
			   pthread_cond_timedwait(&cond, &mutex, &nothing)))   \
	X(pthread_testcancel, pthread_testcancel())                            \
	X(pwrite, pwrite(file, data, 1, 0))                                    \
	X(pwritev, pwritev(file, &iov, 1, 0))                                  \
	X(pwritev2, pwritev2(file, &iov, 1, 0, 0))                             \
	X(read, read(file, data, 1))                                           \
	X(readv, readv(file, &iov, 1))                                         \
	X(recv, recv(pair[0], data, 1, MSG_DONTWAIT))                          \
	X(recvfrom, recvfrom(pair[0], data, 1, MSG_DONTWAIT, NULL, NULL))      \
	X(recvmsg, recvmsg(pair[0], &message, MSG_DONTWAIT))                   \
	X(recvmmsg, recvmmsg(pair[0], &messages, 1, MSG_DONTWAIT, NULL))       \
	X(select, select(0, NULL, NULL, NULL, &no_time))                       \
	X(sem_wait, (sem_post(&sem), sem_wait(&sem)))                          \
	X(sem_timedwait, sem_timedwait(&sem, &nothing))                        \
	X(send, send(pair[0], data, 1, MSG_DONTWAIT))                          \
	X(sendmsg, sendmsg(pair[0], &message, MSG_DONTWAIT))                   \
	X(sendmmsg, sendmmsg(pair[0], &messages, 1, MSG_DONTWAIT))             \
	X(sendto, sendto(pair[0], data, 1, MSG_DONTWAIT, NULL, 0))             \
	X(sigtimedwait, sigtimedwait(&usr1, &info, &nothing))                  \
	X(sleep, sleep(0))                                                     \
	X(usleep, usleep(0))                                                   \
	X(system, system("exit 0"))                                            \
	X(tcdrain, tcdrain(-1))                                                \
	X(wait, wait(NULL))                                                    \
	X(wait3, wait3(NULL, WNOHANG, NULL))                                   \
	X(wait4, wait4(-1, NULL, WNOHANG, NULL))                               \
	X(waitid, waitid(P_ALL, 0, &info, WNOHANG | WEXITED))                  \
	X(waitpid, waitpid(-1, NULL, WNOHANG))                                 \
	X(write, write(file, data, 1))                                         \
	X(writev, writev(file, &iov, 1))                                       \
	X(copy_file_range, copy_file_range(-1, NULL, -1, NULL, 1, 0))          \
	X(epoll_wait, epoll_wait(epoll, &epoll_event, 1, 0))                   \
	X(epoll_pwait, epoll_pwait(epoll, &epoll_event, 1, 0, NULL))           \
	X(eventfd_read, eventfd_read(event, (eventfd_t *)data))                \
	X(eventfd_write, eventfd_write(event, 1))                              \
	X(fallocate, fallocate(-1, 0, 0, 1))                                   \
	X(getrandom, getrandom(data, 1, 0))                                    \
	X(splice, splice(-1, NULL, -1, NULL, 1, 0))                            \
	X(sync_file_range, sync_file_range(file, 0, 0, 0))                     \
	X(tee, tee(-1, -1, 1, 0))                                              \
	X(vmsplice, vmsplice(-1, &iov, 1, 0))                                  \
	X(ioctl, ioctl(file, FIONREAD, data))                                  \
	X(fcntl_SETLK, fcntl(file, F_SETLK, NULL))                             \
	X(fcntl_GETFL, fcntl(file, F_GETFL))                                   \
	X(flock, flock(file, LOCK_SH))                                         \
	X(getentropy, getentropy(data, 1))                                     \
	X(lio_listio,                                                          \
	  lio_listio(LIO_WAIT, UNSEEN((struct aiocb **)NULL), 0, NULL))        \
	X(lseek, lseek(file, 0, SEEK_SET))                                     \
	X(mq_notify, mq_notify(mq, NULL))                                      \
	X(mutex_lock,                                                          \
	  (pthread_mutex_lock(&mutex), pthread_mutex_unlock(&mutex)))          \
	X(cond_signal, pthread_cond_signal(&cond))                             \
	X(rwlock_rdlock,                                                       \
	  (pthread_rwlock_rdlock(&rwlock), pthread_rwlock_unlock(&rwlock)))    \
	X(pipe, pipe(UNSEEN((int *)1)))                                        \
	X(posix_fallocate, posix_fallocate(-1, 0, 1))                          \
	X(sched_yield, sched_yield())                                          \
	X(sem_post, sem_post(&sem))                                            \
	X(sem_trywait, sem_trywait(&sem))                                      \
	X(semop, semop(set, &up, 1))                                           \
	X(semtimedop, semtimedop(set, &up, 1, &nothing))                       \
	X(sendfile, sendfile(-1, file, &zero, 1))                              \
	X(shutdown, shutdown(-1, SHUT_RD))                                     \
	X(sigprocmask, sigprocmask(SIG_BLOCK, &none, NULL))                    \
	X(socket, close(socket(AF_UNIX, SOCK_STREAM, 0)) + 0)                  \
	X(stat, stat(path, UNSEEN((struct stat *)1)))                          \
	X(syncfs, syncfs(-1))                                                  \
	X(tcflow, tcflow(-1, TCOON))                                           \
	X(tcsetattr, tcsetattr(-1, TCSADRAIN, (struct termios *)data))         \
	X(timerfd_create, timerfd_create(99, 0))                               \
	X(dup2, dup2(-1, 5))

#include "points.h"

static void unlock(void *argument)
{
	if (pthread_mutex_trylock(&mutex) == 0 || argument)
		pthread_mutex_unlock(&mutex);
}

static void *asked(void *argument)
{
	intptr_t which = (intptr_t)argument;

	pthread_cleanup_push(unlock, which == N_cond_timedwait ? "" : NULL);
	call_cancelled(argument);
	pthread_cleanup_pop(which == N_cond_timedwait);
	return NULL;
}

int main(void)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 8 };

	be_threaded();
	sigemptyset(&none);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	CHECK_INT(pipe(pipe_fds), 0);
	stream_pair(pair);
	file = mkstemp(path);
	epoll = epoll_create1(0);
	event = eventfd(1, EFD_NONBLOCK);
	listener = tcp_listen(&address, 1);
	CHECK_INT(fcntl(listener, F_SETFL, O_NONBLOCK), 0);
	pollfd = (struct pollfd){ pair[0], POLLIN, 0 };
	sem_init(&sem, 0, 0);
	mq = mq_open("/conformance.points",
		     O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0600, &attr);
	CHECK(mq >= 0);
	mq_unlink("/conformance.points");
	queue = msgget(IPC_PRIVATE, 0600);
	set = semget(IPC_PRIVATE, 1, 0600);
	CHECK(queue >= 0 && set >= 0);
	for (intptr_t i = 0; i < COUNT; i++)
		ok("%s %s", names[i],
		   join(start(asked, (void *)i)) == PTHREAD_CANCELED
			   ? "is a cancellation point"
			   : "is none");
	msgctl(queue, IPC_RMID, NULL);
	semctl(set, 0, IPC_RMID);
	unlink(path);
	return 0;
}
