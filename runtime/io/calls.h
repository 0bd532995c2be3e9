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
/* At a place of the file, with flags of preadv2(2). */
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

/* poll(2) with a deadline in place of a timeout. */
int io_poll(struct pollfd *fds, unsigned long n, uint64_t deadline_ns);
/* Wait until fd is readable, or writable.  0; -EINTR; -ETIMEDOUT; -EBADF;
 * -EPERM: that file cannot be waited for (it is always ready). */
int io_wait_fd(int fd, bool write, uint64_t deadline_ns);
/* The same for an epoll set, whose wait is never restarted. */
int io_wait_epoll(int fd, uint64_t deadline_ns);
/* The fiber asked for events and need not wait for them, or will not: yield to
 * those that are runnable. */
void io_did_not_wait(void);

#endif
