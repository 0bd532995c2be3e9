/*
 * What the conformance programs share.
 *
 * They are ordinary programs: each is run natively and greened, and what it
 * prints must be the same.  So nothing here may print what differs from run to
 * run.  A check that holds prints nothing; a clause that holds prints "ok ...";
 * the first check that fails prints "not ok" and ends the program.
 *
 * A program is green only from its first pthread_create on: run_both() and
 * be_threaded() see to it that there was one.
 */
#ifndef CONFORMANCE_LIB_H
#define CONFORMANCE_LIB_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))

/* How many kernel threads a greened program may have while its fibers wait. */
#define FEW_KERNEL_THREADS 12

/* Not exit(): the other threads may hold anything. */
UNUSED __attribute__((noreturn, format(printf, 3, 4))) static void fail_at(
	const char *file, int line, const char *format, ...)
{
	char text[512];
	va_list args;
	int len;
	const char *slash = strrchr(file, '/');

	fflush(stdout);
	len = snprintf(text, sizeof(text),
		       "not ok: %s:%d: ", slash ? slash + 1 : file, line);
	va_start(args, format);
	len += vsnprintf(text + len, sizeof(text) - len - 1, format, args);
	va_end(args);
	if (len > (int)sizeof(text) - 2)
		len = sizeof(text) - 2;
	text[len++] = '\n';
	if (syscall(SYS_write, STDOUT_FILENO, text, len) != len)
		_exit(98);
	_exit(99);
}

#define FAIL(...) fail_at(__FILE__, __LINE__, __VA_ARGS__)

/* The condition holds. */
#define CHECK(condition)                                                       \
	do {                                                                   \
		if (!(condition))                                              \
			FAIL("%s (errno %d)", #condition, errno);              \
	} while (0)

/* The expression has this value. */
#define CHECK_INT(expression, want)                                            \
	do {                                                                   \
		long long got_ = (long long)(expression);                      \
		long long want_ = (long long)(want);                           \
		if (got_ != want_)                                             \
			FAIL("%s is %lld, want %lld (errno %d)", #expression,  \
			     got_, want_, errno);                              \
	} while (0)

/* The call returns -1 and sets errno to this. */
#define CHECK_ERRNO(expression, want)                                          \
	do {                                                                   \
		errno = 0;                                                     \
		long long got_ = (long long)(expression);                      \
		int error_ = errno;                                            \
		if (got_ != -1 || error_ != (want))                            \
			FAIL("%s is %lld, errno %d; want -1, errno %d",        \
			     #expression, got_, error_, (want));               \
	} while (0)

UNUSED __attribute__((format(printf, 1, 2))) static void ok(const char *format,
							    ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	printf("ok %s\n", text);
	fflush(stdout);
}

UNUSED static int greened(void)
{
	return getenv("GREENSHIM_HUBS") != NULL;
}

UNUSED static long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

UNUSED static long long now_ms(void)
{
	return now_ns() / 1000000;
}

UNUSED static void sleep_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&ts, &ts) == -1 && errno == EINTR)
		;
}

/* An absolute time, so many milliseconds from now, on this clock. */
UNUSED static struct timespec in_ms(clockid_t clock, int ms)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	ts.tv_sec += ms / 1000;
	ts.tv_nsec += ms % 1000 * 1000000L;
	if (ts.tv_nsec >= 1000000000L) {
		ts.tv_sec++;
		ts.tv_nsec -= 1000000000L;
	}
	return ts;
}

/*
 * Long enough for threads that are about to wait to do so.  No program may
 * fail when it was not long enough: at worst it tests less.
 */
UNUSED static void settle(void)
{
	sleep_ms(30);
}

/* Spins politely until the condition holds. */
#define WAIT_UNTIL(condition)                                                  \
	do {                                                                   \
		long long give_up_ = now_ms() + 30000;                         \
		while (!(condition)) {                                         \
			if (now_ms() > give_up_)                               \
				FAIL("never: %s", #condition);                 \
			sleep_ms(1);                                           \
		}                                                              \
	} while (0)

UNUSED static pthread_t start(void *(*function)(void *), void *argument)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, function, argument);

	if (error)
		FAIL("pthread_create: %s", strerror(error));
	return thread;
}

/* A smaller stack, for programs that start very many threads. */
UNUSED static pthread_t start_small(void *(*function)(void *), void *argument)
{
	pthread_t thread;
	pthread_attr_t attr;
	int error;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 256 * 1024);
	error = pthread_create(&thread, &attr, function, argument);
	pthread_attr_destroy(&attr);
	if (error)
		FAIL("pthread_create: %s", strerror(error));
	return thread;
}

UNUSED static void *join(pthread_t thread)
{
	void *result = NULL;
	int error = pthread_join(thread, &result);

	if (error)
		FAIL("pthread_join: %s", strerror(error));
	return result;
}

UNUSED static void *nothing_(void *argument)
{
	return argument;
}

/* From here on the program is one that has made threads. */
UNUSED static void be_threaded(void)
{
	join(start(nothing_, NULL));
}

UNUSED static void *call_(void *function)
{
	(*(void (**)(void))function)();
	return NULL;
}

/* The same checks in a thread that was made, and in the main one. */
UNUSED static void run_both(void (*function)(void))
{
	printf("in a thread:\n");
	fflush(stdout);
	join(start(call_, &function));
	printf("in the main thread:\n");
	fflush(stdout);
	function();
}

/*
 * Greened only: waiting fibers hold no kernel threads.  A call that blocks
 * where the shim does not see it is caught by this.
 */
#define check_kernel_threads_at_most(limit)                                    \
	check_kernel_threads_at(__FILE__, __LINE__, limit)

UNUSED static void check_kernel_threads_at(const char *file, int at, int limit)
{
	char line[256];
	int threads = -1;
	FILE *status;

	if (!greened())
		return;
	status = fopen("/proc/self/status", "r");
	if (status == NULL)
		fail_at(file, at, "/proc/self/status: errno %d", errno);
	while (fgets(line, sizeof(line), status))
		sscanf(line, "Threads: %d", &threads);
	fclose(status);
	if (threads < 1 || threads > limit)
		fail_at(file, at, "%d kernel threads, at most %d expected",
			threads, limit);
}

/* For threads that may use one CPU only, the first that the caller may. */
UNUSED static void one_cpu(pthread_attr_t *attr)
{
	cpu_set_t set;
	int cpu = 0;

	CHECK_INT(sched_getaffinity(0, sizeof(set), &set), 0);
	while (!CPU_ISSET(cpu, &set))
		cpu++;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	CHECK_INT(pthread_attr_init(attr), 0);
	CHECK_INT(pthread_attr_setaffinity_np(attr, sizeof(set), &set), 0);
}

#ifndef LISTEN_ADDRESS
#define LISTEN_ADDRESS INADDR_LOOPBACK
#endif

/* A listening TCP socket on the loopback interface; its address in *addr. */
UNUSED static int tcp_listen(struct sockaddr_in *addr, int backlog)
{
	socklen_t len = sizeof(*addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	memset(addr, 0, sizeof(*addr));
	addr->sin_family = AF_INET;
	addr->sin_addr.s_addr = htonl(LISTEN_ADDRESS);
	CHECK_INT(bind(fd, (struct sockaddr *)addr, sizeof(*addr)), 0);
	CHECK_INT(getsockname(fd, (struct sockaddr *)addr, &len), 0);
	CHECK_INT(listen(fd, backlog), 0);
	return fd;
}

UNUSED static int tcp_connect(const struct sockaddr_in *addr)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	CHECK_INT(connect(fd, (const struct sockaddr *)addr, sizeof(*addr)), 0);
	return fd;
}

/* Two ends of one TCP connection. */
UNUSED static void tcp_pair(int fds[2])
{
	struct sockaddr_in addr;
	int listener = tcp_listen(&addr, 1);

	fds[0] = tcp_connect(&addr);
	fds[1] = accept(listener, NULL, NULL);
	CHECK(fds[1] >= 0);
	close(listener);
}

UNUSED static void stream_pair(int fds[2])
{
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
}

/* A UDP socket bound to the loopback interface. */
UNUSED static int udp_socket(struct sockaddr_in *addr)
{
	socklen_t len = sizeof(*addr);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	memset(addr, 0, sizeof(*addr));
	addr->sin_family = AF_INET;
	addr->sin_addr.s_addr = htonl(LISTEN_ADDRESS);
	CHECK_INT(bind(fd, (struct sockaddr *)addr, sizeof(*addr)), 0);
	CHECK_INT(getsockname(fd, (struct sockaddr *)addr, &len), 0);
	return fd;
}

/* Reads so many bytes, or fails. */
UNUSED static void read_all(int fd, void *buffer, size_t size)
{
	char *at = (char *)buffer;

	while (size > 0) {
		ssize_t got = read(fd, at, size);

		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			FAIL("read_all: read is %zd, errno %d", got, errno);
		at += got;
		size -= got;
	}
}

UNUSED static void write_all(int fd, const void *buffer, size_t size)
{
	const char *at = (const char *)buffer;

	while (size > 0) {
		ssize_t put = write(fd, at, size);

		if (put == -1 && errno == EINTR)
			continue;
		if (put <= 0)
			FAIL("write_all: write is %zd, errno %d", put, errno);
		at += put;
		size -= put;
	}
}

/* The byte at this place of a test pattern with a long period. */
UNUSED static unsigned char pattern_at(size_t place)
{
	return (unsigned char)(place * 131 + (place >> 8) * 7 + (place >> 16));
}

UNUSED static void fill_pattern(void *buffer, size_t size, size_t from)
{
	unsigned char *at = (unsigned char *)buffer;

	for (size_t i = 0; i < size; i++)
		at[i] = pattern_at(from + i);
}

UNUSED static int is_pattern(const void *buffer, size_t size, size_t from)
{
	const unsigned char *at = (const unsigned char *)buffer;

	for (size_t i = 0; i < size; i++)
		if (at[i] != pattern_at(from + i))
			return 0;
	return 1;
}

/* Waits for a child; its wait status. */
UNUSED static int wait_for(pid_t pid)
{
	int status;
	pid_t got;

	do
		got = waitpid(pid, &status, 0);
	while (got == -1 && errno == EINTR);
	CHECK_INT(got, pid);
	return status;
}

/* An open, unlinked, empty regular file. */
UNUSED static int scratch_file(void)
{
	char name[] = "/tmp/conformance.XXXXXX";
	int fd = mkstemp(name);

	CHECK(fd >= 0);
	unlink(name);
	return fd;
}

#endif
