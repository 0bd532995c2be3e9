/* Messages to the user, on stderr, without stdio: usable in every context. */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "base/common.h"
#include "base/log.h"
#include "base/map.h"
#include "base/now.h"

#define PATIENCE_NS (2 * NS_PER_SEC) /* without any progress */
#define PIECE	    4096 /* PIPE_BUF: written whole, or not at all */
#define KEPT_MAX    (16ul << 20)

/* ---- writing without waiting ---- */

static bool plainly;

void log_plainly(void)
{
	plainly = true;
}

static bool has_room(int fd, uint64_t timeout_ns)
{
	struct pollfd p = { fd, POLLOUT, 0 };
	struct timespec ts = { (time_t)(timeout_ns / NS_PER_SEC),
			       (long)(timeout_ns % NS_PER_SEC) };

	return raw_syscall(SYS_ppoll, &p, 1, &ts, 0, 8) > 0;
}

/*
 * One write that does not wait; the file's flags, which other processes share,
 * stay as they are.  Another writer may take the room that poll() saw: for
 * pipes and sockets the call itself says that it must not wait.
 */
static long write_some(int fd, const char *text, size_t n)
{
	struct iovec iov = { (void *)text, n < PIECE ? n : PIECE };
	struct stat st;
	long r;

	if (UNLIKELY(plainly))
		return raw_syscall(SYS_write, fd, text, n);
	if (!has_room(fd, 0))
		return -EAGAIN;
	r = raw_syscall(SYS_fstat, fd, &st);
	if (r < 0)
		return r;
	if (S_ISSOCK(st.st_mode))
		return raw_syscall(SYS_sendto, fd, iov.iov_base, iov.iov_len,
				   MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0);
	if (S_ISFIFO(st.st_mode)) {
		r = raw_syscall(SYS_pwritev2, fd, &iov, 1, -1l, -1l,
				RWF_NOWAIT);
		if (r != -EOPNOTSUPP && r != -ENOSYS)
			return r;
	}
	return raw_syscall(SYS_write, fd, iov.iov_base, iov.iov_len);
}

/* ---- what the monitor keeps ---- */

static __thread bool on_monitor __attribute__((tls_model("initial-exec")));

static struct {
	char *map; /* NULL: nothing is kept */
	size_t done, length;
	int fd;
	uint64_t since_ns; /* when the latest bytes were written */
} kept;

static void drop_kept(void)
{
	raw_syscall(SYS_munmap, kept.map, KEPT_MAX);
	kept.map = NULL;
}

static int keep(int fd, const char *text, size_t n)
{
	if (!kept.map) {
		kept.map = rt_map(KEPT_MAX);
		if (!kept.map)
			return -ENOMEM;
		kept.done = kept.length = 0;
		kept.fd = fd;
		kept.since_ns = now_ns();
	}
	if (kept.fd != fd || n > KEPT_MAX - kept.length)
		return -EAGAIN;
	memcpy(kept.map + kept.length, text, n);
	kept.length += n;
	return 0;
}

void log_on_monitor(void)
{
	on_monitor = true;
}

bool log_tick(void)
{
	long r = 1;

	if (LIKELY(!kept.map))
		return false;
	while (kept.done < kept.length && r > 0) {
		r = write_some(kept.fd, kept.map + kept.done,
			       kept.length - kept.done);
		if (r > 0) {
			kept.done += (size_t)r;
			kept.since_ns = now_ns();
		}
	}
	if (kept.done == kept.length || (r != -EAGAIN && r != -EINTR) ||
	    now_ns() - kept.since_ns > PATIENCE_NS)
		drop_kept();
	return kept.map != NULL;
}

void log_fork_child(void)
{
	if (kept.map)
		drop_kept();
}

int log_write(int fd, const char *text, size_t n)
{
	if (on_monitor && kept.map)
		return keep(fd, text, n);
	while (n) {
		long r = write_some(fd, text, n);

		if (r == -EAGAIN && on_monitor)
			return keep(fd, text, n);
		if (r == -EAGAIN && (plainly || !has_room(fd, PATIENCE_NS)))
			return -EAGAIN;
		if (r < 0 && r != -EAGAIN && r != -EINTR)
			return (int)r;
		if (r > 0) {
			text += r;
			n -= (size_t)r;
		}
	}
	return 0;
}

/* ---- messages ---- */

static void say(const char *fmt, va_list ap)
{
	char line[1024];
	int n = snprintf(line, sizeof(line), "greenshim: ");
	int m = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, fmt, ap);

	if (m < 0)
		return;
	n += m;
	if (n > (int)sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	line[n++] = '\n';
	log_write(2, line, (size_t)n);
}

void rt_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

void rt_panic(const char *fmt, ...)
{
	static const uint64_t by_default[4]; /* the kernel's struct sigaction */
	static const uint64_t abort_bit = 1ull << (SIGABRT - 1);
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	/*
	 * abort() would take libc's locks.  The signal goes to this thread,
	 * unblocked and with its default action, and so ends the process here:
	 * a signal to the process could reach another thread only after the
	 * exit below, which writes no core dump.
	 */
	raw_syscall(SYS_rt_sigaction, SIGABRT, &by_default, 0, 8);
	raw_syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &abort_bit, 0, 8);
	raw_syscall(SYS_tgkill, raw_syscall(SYS_getpid),
		    raw_syscall(SYS_gettid), SIGABRT);
	raw_syscall(SYS_exit_group, 134);
	__builtin_unreachable();
}
