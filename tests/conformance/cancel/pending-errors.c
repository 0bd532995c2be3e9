// LIBS: -lrt
/*
 * A cancellation point acts on a pending cancellation even when the call
 * fails; the output names the calls that do.
 */
#include "lib.h"
#include <mqueue.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <termios.h>

static char buffer[16];
static struct iovec iov = { buffer, sizeof(buffer) };
static struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
static struct timespec invalid = { 0, -1 };
static sem_t sem;
static pthread_t nobody;
/* Volatile, or the compiler would warn about these arguments. */
static struct pollfd *volatile nowhere = (struct pollfd *)1;
static volatile int negative = -1;

/* With an invalid time it returns at once since glibc 2.41. */
#if __GLIBC_PREREQ(2, 41)
#define JOIN(X)
#else
#define JOIN(X) X(pthread_timedjoin_np(nobody, NULL, &invalid))
#endif

#define EACH(X)                                                                \
	X(accept(-1, NULL, NULL))                                              \
	X(accept4(0, NULL, NULL, -1))                                          \
	X(clock_nanosleep(CLOCK_MONOTONIC, 0, &invalid, NULL))                 \
	X(clock_nanosleep(77, 0, &invalid, NULL))                              \
	X(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &invalid, NULL))         \
	X(close(-1))                                                           \
	X(connect(-1, NULL, 0))                                                \
	X(creat("/nowhere/at/all", 0600))                                      \
	X(epoll_pwait(-1, NULL, 0, 0, NULL))                                   \
	X(epoll_wait(-1, NULL, 0, 0))                                          \
	X(fcntl(-1, F_SETLKW, NULL))                                           \
	X(fdatasync(-1))                                                       \
	X(fsync(-1))                                                           \
	X(lockf(-1, F_LOCK, 1))                                                \
	X(mq_receive(-1, buffer, 1, NULL))                                     \
	X(mq_send(-1, buffer, 1, 0))                                           \
	X(mq_timedreceive(-1, buffer, 1, NULL, &invalid))                      \
	X(mq_timedsend(-1, buffer, 1, 0, &invalid))                            \
	X(msgrcv(-1, buffer, 1, 0, 0))                                         \
	X(msgsnd(-1, buffer, 1, 0))                                            \
	X(msync(buffer + 1, 1, -1))                                            \
	X(nanosleep(&invalid, NULL))                                           \
	X(nanosleep(NULL, NULL))                                               \
	X(open("/nowhere/at/all", O_RDONLY))                                   \
	X(openat(-1, "nowhere", O_RDONLY))                                     \
	X(poll(nowhere, 1, 0))                                                 \
	X(ppoll(nowhere, 1, &invalid, NULL))                                   \
	X(pread(-1, buffer, 1, 0))                                             \
	X(pread(-1, buffer, 1, -1))                                            \
	X(preadv2(-1, &iov, 1, 0, -1))                                         \
	X(pselect(-1, NULL, NULL, NULL, &invalid, NULL))                       \
	X(pwrite(-1, buffer, 1, -1))                                           \
	X(read(-1, buffer, 1))                                                 \
	X(readv(-1, &iov, negative))                                           \
	X(recv(-1, buffer, 1, 0))                                              \
	X(recvfrom(-1, buffer, 1, 0, NULL, NULL))                              \
	X(recvmsg(-1, &message, 0))                                            \
	X(select(-1, NULL, NULL, NULL, NULL))                                  \
	X(sem_timedwait(&sem, &invalid))                                       \
	X(sem_wait(&sem))                                                      \
	X(send(-1, buffer, 1, 0))                                              \
	X(sendmsg(-1, &message, 0))                                            \
	X(sendto(-1, buffer, 1, 0, NULL, 0))                                   \
	X(sigtimedwait(&(sigset_t){ 0 }, NULL, &invalid))                      \
	X(tcdrain(-1))                                                         \
	X(usleep(0))                                                           \
	X(sleep(0))                                                            \
	X(wait(NULL))                                                          \
	X(waitid(77, 0, NULL, 0))                                              \
	X(waitpid(-1, NULL, -1))                                               \
	X(write(-1, buffer, 1))                                                \
	X(writev(-1, &iov, negative))                                          \
	JOIN(X)                                                                \
	X(open_memory())                                                       \
	X(dup2(-1, 0))                                                         \
	X(fflush(stdout))

static int open_memory(void)
{
	FILE *file = fopen("/nowhere/at/all", "r");

	return file ? fclose(file) : -1;
}

#define DEFINE(call)                                                           \
	{                                                                      \
		pthread_cancel(pthread_self());                                \
		(void)!(call);                                                 \
		return NULL;                                                   \
	}
#define NAME(call) #call,

static const char *const names[] = { EACH(NAME) };

static void *calls(void *argument)
{
	int at = 0, which = (int)(intptr_t)argument;

#define CALL(call)                                                             \
	if (at++ == which)                                                     \
	DEFINE(call)
	EACH(CALL)
	return argument;
}

static void all(void)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		void *result;

		CHECK_INT(sem_init(&sem, 0, 1), 0);
		result = join(start(calls, (void *)i));
		printf("%s %s\n", names[i],
		       result == PTHREAD_CANCELED ? "is cancelled" : "returns");
	}
}

static void *sleeps(void *argument)
{
	pause();
	return argument;
}

int main(void)
{
	nobody = start(sleeps, NULL);
	all();
	pthread_cancel(nobody);
	join(nobody);
	return 0;
}
