/*
 * descriptor.h - what the interposers of descriptor calls share.
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

/* What the kernel takes for the size of a signal set. */
#define KERNEL_SIGSET_SIZE 8

/* A deadline that has passed: ask, but do not wait. */
#define DEADLINE_NOW 0

/* The runtime's own descriptors are not open as far as the program knows. */
static inline bool hidden_fd(int fd)
{
	return UNLIKELY(fdtab_hides) && UNLIKELY(fdtab_is_ours(fd));
}

/* A new descriptor (or -errno) on its way back to the program. */
static inline long new_fd(long fd, enum fd_kind kind, bool nonblock)
{
	if (fd >= 0)
		fdtab_opened((int)fd, kind, nonblock);
	return fd;
}

/* Absolute deadline of poll's milliseconds; negative: for ever. */
static inline uint64_t deadline_in_ms(int ms)
{
	if (ms < 0)
		return GREEN_FOREVER;
	if (ms == 0)
		return DEADLINE_NOW;
	return green_now() + (uint64_t)ms * 1000000;
}

/* Absolute deadline of a wait's timeout; NULL: for ever, zero: no wait. */
static inline uint64_t wait_deadline(const struct timespec *timeout)
{
	if (timeout && !timeout->tv_sec && !timeout->tv_nsec)
		return DEADLINE_NOW;
	return deadline_in(timeout);
}

/* What is left until a deadline, never negative. */
static inline struct timespec time_left(uint64_t deadline_ns)
{
	uint64_t now = green_now();
	uint64_t left = deadline_ns > now ? deadline_ns - now : 0;

	return (struct timespec){ .tv_sec = (time_t)(left / NS_PER_SEC),
				  .tv_nsec = (long)(left % NS_PER_SEC) };
}

/* Pointers that the kernel would refuse and that we must read before it can:
 * nothing is ever mapped there (vm.mmap_min_addr, and the kernel's half). */
static inline bool bad_pointer(const void *p)
{
	return (uintptr_t)p < 65536 || (intptr_t)p < 0;
}

static inline size_t iov_total(const struct iovec *iov, int n)
{
	size_t total = 0;
	int i;

	for (i = 0; i < n; i++)
		total += iov[i].iov_len;
	return total;
}

/*
 * Evaluate a waiting call under another signal mask (NULL: the same).  What
 * becomes due by it ends the wait, and is handled under that mask.
 */
#define UNDER_MASK(set, call)                                                  \
	({                                                                     \
		const sigset_t *mask_set_ = (set);                             \
		uint64_t mask_ = 0;                                            \
		long mask_r_;                                                  \
                                                                               \
		if (mask_set_) {                                               \
			memcpy(&mask_, mask_set_, sizeof(mask_));              \
			mask_ = signal_mask_swap(mask_);                       \
		}                                                              \
		mask_r_ = (call);                                              \
		if (mask_set_)                                                 \
			signal_mask_restore(mask_);                            \
		mask_r_;                                                       \
	})

/* libc's end of a program that overran a buffer (fortified names). */
void overrun(void) __attribute__((noreturn));

/* Descriptors came in, or went out, in a message's control data. */
void control_received(struct msghdr *m);
void control_sent(const struct msghdr *m);

/* Has the program ever set SO_RCVTIMEO or SO_SNDTIMEO? */
extern bool socket_timeouts_in_use __attribute__((visibility("hidden")));
void socket_timeouts_learn(int fd);
uint64_t socket_timeout_now(int fd, bool send); /* 0: none */

#endif
