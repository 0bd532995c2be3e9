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
#include "io/flags.h"

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

/*
 * A call on a socket that goes to the kernel whole, in place where it does not
 * wait, else on a hop: number is its system call's, and a what follows fd
 * there.
 */
struct io_whole {
	enum io_call call;
	int flags;
	long number;
	long a[5];
};

long io_whole(int fd, struct io_whole w);

#define IO_WHOLE(fd, call, flags, number, ...)                                 \
	IO_WHOLE_((fd), (call), (flags), (number), __VA_ARGS__, 0, 0, 0, 0)
#define IO_WHOLE_(fd, call, flags, number, a, b, c, d, e, ...)                 \
	io_whole(fd, (struct io_whole){ call,                                  \
					flags,                                 \
					number,                                \
					{ (long)(a), (long)(b), (long)(c),     \
					  (long)(d), (long)(e) } })

/* May the call be made in parts that do not wait?  False: it goes whole. */
bool io_call_has_parts(int fd, enum io_call call, int flags);

/* Is fd a socket that keeps messages apart?  Such a message is sent as one. */
bool io_keeps_messages(int fd);

/* The program has set an option of fd; fd is a new connection, and has what its
 * listener had. */
void io_option_set(int fd, int level, int option);
void io_options_inherited(int fd);

/*
 * A file of a call that waits.  From the call's first wait on the file is held,
 * as the kernel holds it: if the program closes or replaces the descriptor
 * meanwhile, the file gets another number until the call ends.  A handler ends
 * the hold; natively, too, the call looks its descriptor up again after one.
 *
 * It lies on the stack of the fiber that makes the call.  The fields are the
 * runtime's, but for fd.
 */
struct iowait {
	struct iowait *next, **pprev; /* on a list of ent's */
	struct fiber *fiber;
	struct fdent *_Atomic ent;  /* what it is listed on */
	struct fdent *_Atomic used; /* the fiber calls the kernel with it */
	uint8_t what;
	bool held;	/* is listed; changed by the fiber alone */
	bool exclusive; /* an event wakes only one of these */
	bool stays;	/* an event leaves it listed as a waiter */
};

/* What a fiber holds, for those who end its call from outside. */
struct io_hold {
	struct io_hold *outer; /* of the same call */
	struct iowait *waits;
	unsigned long n;
};

struct io_file {
	int fd; /* the program's descriptor */
	struct io_hold hold;
	struct iowait wait;
};

/* The descriptor with which to call the kernel now.  It is the file's until
 * io_file_done(), between which and here the fiber must not wait. */
int io_file_fd(struct io_file *file);
void io_file_done(struct io_file *file);
/* Hold the file, of a call that waits for another one. */
void io_file_hold(struct io_file *file);
/* As io_wait_fd(), and hold the file from then on. */
int io_file_wait(struct io_file *file, bool write, uint64_t deadline_ns);
/* The call returns: release all that it holds. */
void io_call_end(void);

#define IO_FILE(number)                                                        \
	{                                                                      \
		.fd = (number)                                                 \
	}

/* Evaluate a system call that does not wait, with the file's descriptor of now
 * as `fd`. */
#define IO_CALL(file, fd, call)                                                \
	({                                                                     \
		int fd = io_file_fd(file);                                     \
		long io_call_r_ = (call);                                      \
                                                                               \
		io_file_done(file);                                            \
		io_call_r_;                                                    \
	})

/* poll(2) with a deadline in place of a timeout. */
int io_poll(struct pollfd *fds, unsigned long n, uint64_t deadline_ns);
/* The same; *waited: the answer is not that of the first look. */
int io_poll_waited(struct pollfd *fds, unsigned long n, uint64_t deadline_ns,
		   bool *waited);
/* Wait until fd is readable, or writable.  0; -EINTR; -ETIMEDOUT; -EBADF;
 * -EPERM: that file cannot be waited for (it is always ready). */
int io_wait_fd(int fd, bool write, uint64_t deadline_ns);

/* The same as io_file_wait() for an epoll set; the wait is never restarted after
 * a handler (signal(7)). */
int io_wait_epoll(struct io_file *set, uint64_t deadline_ns);

/* Measure the process's table of descriptors, before the runtime's own are
 * open. */
void io_select_start(void);
/* What is left of select(2)'s n, which the kernel cuts down to that table. */
int io_select_span(int n);

/* Yield to runnable fibers, after a call that asked for events and did not wait
 * for them. */
void io_did_not_wait(void);

/* The total size of a vector, in bytes. */
static inline size_t iov_size(const struct iovec *v, int n)
{
	size_t total = 0;
	int i;

	for (i = 0; i < n; i++)
		total += v[i].iov_len;
	return total;
}

#endif
