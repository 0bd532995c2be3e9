/*
 * calls.h - system calls on descriptors that wait in the hub.
 *
 * Each takes what the call of that name takes, and returns its value or
 * -errno.  The caller is a fiber in its own code.  -EINTR: a handler ran that
 * the call is not restarted after, or the fiber is cancelled.
 */
#ifndef GREEN_CALLS_H
#define GREEN_CALLS_H

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/state.h"

ssize_t io_read(int fd, void *buf, size_t n);
ssize_t io_write(int fd, const void *buf, size_t n);
ssize_t io_readv(int fd, const struct iovec *iov, int n);
ssize_t io_writev(int fd, const struct iovec *iov, int n);
/* At the offset `at` in the file, with flags of preadv2(2); at == -1: at the
 * file's own position. */
ssize_t io_preadv(int fd, const struct iovec *iov, int n, off_t at, int flags);
ssize_t io_pwritev(int fd, const struct iovec *iov, int n, off_t at, int flags);
ssize_t io_recvfrom(int fd, void *buf, size_t n, int flags,
		    struct sockaddr *from, socklen_t *fromlen);
ssize_t io_sendto(int fd, const void *buf, size_t n, int flags,
		  const struct sockaddr *to, socklen_t tolen);
ssize_t io_recvmsg(int fd, struct msghdr *m, int flags);
ssize_t io_sendmsg(int fd, const struct msghdr *m, int flags);
int io_accept(int fd, struct sockaddr *sa, socklen_t *len, int flags);
int io_connect(int fd, const struct sockaddr *sa, socklen_t len);

/* poll(2), with a deadline (CLOCK_MONOTONIC nanoseconds, or GREEN_FOREVER) in
 * place of the timeout; 0: do not wait. */
int io_poll(struct pollfd *fds, unsigned long n, uint64_t deadline_ns);

/* Wait until fd is readable or, with write, writable.  0; -EINTR; -ETIMEDOUT;
 * -EBADF: fd was closed; -EPERM: such a file cannot be waited for, as it is
 * always ready. */
int io_wait_fd(int fd, bool write, uint64_t deadline_ns);

/* The same for an epoll set's being readable; the wait is never restarted after
 * a handler (signal(7)). */
int io_wait_epoll(int fd, uint64_t deadline_ns);

/* Measure the process's table of descriptors, before the runtime's own are
 * open. */
void io_select_start(void);
/* What is left of select(2)'s n, which the kernel cuts down to that table. */
int io_select_span(int n);

/* Yield to runnable fibers, after a call that asked for events and did not wait
 * for them. */
void io_did_not_wait(void);

#endif
