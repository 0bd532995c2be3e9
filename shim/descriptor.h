/*
 * descriptor.h - shared by the interposers of calls that take descriptors.
 */
#ifndef GREEN_DESCRIPTOR_H
#define GREEN_DESCRIPTOR_H

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "interpose.h"

/* The descriptor by which a thread that is no fiber calls the kernel. */
#define UV_FD(fd) (UNLIKELY(uvloop_inside) ? uvloop_number(fd) : program_fd(fd))

/* Bytes: the kernel accepts no other size of a signal set. */
#define KERNEL_SIGSET_SIZE 8

/* A deadline that has passed: check for events once, without a wait. */
#define DEADLINE_NOW 0

/* True if fd belongs to the runtime.  To the program such a descriptor is not
 * open: the interposer returns EBADF. */
static inline bool hidden_fd(int fd)
{
	return program_fd(fd) != fd;
}

/* fd is new, and the kernel has given it the lowest free number from `from` on.
 * Were it not for the runtime's descriptors, it might be lower: then one of
 * these steps aside.  Returns the number that the program gets. */
long fd_lowered(long fd, int from);
static inline long lowest_fd(long fd, int from)
{
	if (LIKELY((fd < fdtab_ours_range[0] || !fdtab_hides) &&
		   !uvloop_inside))
		return fd;
	return fd_lowered(fd, from);
}

/* Enter a new descriptor into the table, and return fd.  fd: the descriptor, or
 * -errno.  nonblock: the program set O_NONBLOCK. */
static inline long new_fd(long fd, enum fd_kind kind, bool nonblock)
{
	fd = lowest_fd(fd, 0);
	if (fd >= 0)
		fdtab_opened((int)fd, kind, nonblock);
	return fd;
}

/* The deadline (CLOCK_MONOTONIC, ns) of a timeout of ms milliseconds, as
 * poll(2) and epoll_wait(2) take it: negative means for ever, 0 means no
 * wait. */
static inline uint64_t deadline_in_ms(int ms)
{
	if (ms < 0)
		return GREEN_FOREVER;
	if (ms == 0)
		return DEADLINE_NOW;
	return green_now() + (uint64_t)ms * 1000000;
}

/* The deadline (CLOCK_MONOTONIC, ns) of a relative timeout, as ppoll(2) takes
 * it: NULL means for ever, 0 means no wait. */
static inline uint64_t wait_deadline(const struct timespec *timeout)
{
	if (timeout && !timeout->tv_sec && !timeout->tv_nsec)
		return DEADLINE_NOW;
	return deadline_in(timeout);
}

/* The time left until a deadline (CLOCK_MONOTONIC, ns); 0 after it. */
static inline struct timespec time_left(uint64_t deadline_ns)
{
	uint64_t now = green_now();
	uint64_t left = deadline_ns > now ? deadline_ns - now : 0;

	return (struct timespec){ .tv_sec = (time_t)(left / NS_PER_SEC),
				  .tv_nsec = (long)(left % NS_PER_SEC) };
}

/*
 * Copy what limits a call such as ppoll(2): its timeout to *ts and the 64 bits
 * of its signal mask to *bits; either may be NULL.  0, -EFAULT, -EINVAL.
 */
static inline long wait_limits(const struct timespec *timeout,
			       struct timespec *ts, const sigset_t *mask,
			       uint64_t *bits)
{
	if ((timeout && USER_GET(ts, timeout) < 0) ||
	    (mask && user_copy(bits, mask, sizeof(*bits)) < 0))
		return -EFAULT;
	return timeout && !timespec_valid(ts) ? -EINVAL : 0;
}

/*
 * Evaluate a call that waits, with another signal mask (the 64 bits at set;
 * NULL: with the present one), as ppoll(2) does.  A signal that the mask unblocks interrupts
 * the wait, and its handler runs under the mask.  call returns a value or
 * -errno.
 */
#define UNDER_MASK(set, call)                                                  \
	({                                                                     \
		const uint64_t *mask_set_ = (set);                             \
		uint64_t mask_ = 0;                                            \
		long mask_r_;                                                  \
                                                                               \
		if (mask_set_)                                                 \
			mask_ = signal_mask_swap(*mask_set_);                  \
		mask_r_ = (call);                                              \
		if (mask_set_)                                                 \
			signal_mask_restore(mask_);                            \
		mask_r_;                                                       \
	})

/* Abort the program with libc's message about a buffer overflow.  For the
 * fortified names (_FORTIFY_SOURCE). */
void overrun(void) __attribute__((noreturn));

/* Enter the descriptors that the control data of m (SCM_RIGHTS, unix(7))
 * brought into the table, or note that another process has those that were
 * sent. */
void control_received(struct msghdr *m);
void control_sent(const struct msghdr *m);

/* True once the program has set SO_RCVTIMEO or SO_SNDTIMEO on any socket. */
extern bool socket_timeouts_in_use __attribute__((visibility("hidden")));
/* Copy both timeouts of the socket fd from the kernel to the table. */
void socket_timeouts_learn(int fd);
/* The socket's SO_SNDTIMEO (send) or SO_RCVTIMEO as the kernel has it, in ns;
 * 0: none, or not a socket. */
uint64_t socket_timeout_now(int fd, bool send);

/* ---- open.c ---- */
struct open_how;
/* libc declares it since 2.43. */
int openat2(int dir, const char *path, const struct open_how *how, size_t size);

#endif
