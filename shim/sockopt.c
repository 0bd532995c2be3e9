/*
 * sockopt.c - socket options that limit how long calls wait.
 *
 * The kernel keeps all options.  The table has a copy of those that the runtime
 * has to implement, because calls of the runtime never wait in the kernel.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "descriptor.h"

/* Each timeout has two names: 32-bit systems have two layouts of time_t. */
#define RCVTIMEO_OLD 20
#define SNDTIMEO_OLD 21
#define RCVTIMEO_NEW 66
#define SNDTIMEO_NEW 67

#ifndef TCP_ULP
#define TCP_ULP 31
#endif

bool socket_timeouts_in_use;

/* A timeout in the table's form: nanoseconds, 0 for none. */
static uint64_t timeout_ns(const struct timeval *tv)
{
	/* socket(7): zero means no timeout.  A negative timeout passes at once,
	 * as in the kernel. */
	if (tv->tv_sec < 0)
		return 1;
	if (tv->tv_sec > (time_t)(INT64_MAX / NS_PER_SEC))
		return 0;
	return (uint64_t)tv->tv_sec * NS_PER_SEC + (uint64_t)tv->tv_usec * 1000;
}

uint64_t socket_timeout_now(int fd, bool send)
{
	struct timeval tv = { 0, 0 };
	socklen_t len = sizeof(tv);

	if (raw_syscall(SYS_getsockopt, fd, SOL_SOCKET,
			send ? SNDTIMEO_OLD : RCVTIMEO_OLD, &tv, &len) < 0)
		return 0;
	return timeout_ns(&tv);
}

void socket_timeouts_learn(int fd)
{
	fdtab_set_timeout(fd, false, socket_timeout_now(fd, false));
	fdtab_set_timeout(fd, true, socket_timeout_now(fd, true));
}

INTERPOSE(int, setsockopt,
	  (int fd, int level, int name, const void *value, socklen_t len))
{
	long r = raw_syscall(SYS_setsockopt, program_fd(fd), level, name, value,
			     len);

	if (r < 0)
		return (int)as_errno(r);
	if (level == SOL_SOCKET) {
		if (name == RCVTIMEO_OLD || name == RCVTIMEO_NEW) {
			socket_timeouts_in_use = true;
			fdtab_set_timeout(fd, false, timeout_ns(value));
		} else if (name == SNDTIMEO_OLD || name == SNDTIMEO_NEW) {
			socket_timeouts_in_use = true;
			fdtab_set_timeout(fd, true, timeout_ns(value));
		} else if (name == SO_OOBINLINE) {
			fdtab_no_short_read(fd);
		}
	} else if (level == IPPROTO_TCP && name == TCP_ULP) {
		fdtab_no_short_read(fd);
	}
	io_option_set(fd, level, name);
	return 0;
}

INTERPOSE(int, getsockopt,
	  (int fd, int level, int name, void *restrict value,
	   socklen_t *restrict len))
{
	fd = program_fd(fd);
	return (int)PASS(SYS_getsockopt, fd, level, name, value, len);
}
