/*
 * descriptors.h - the table of descriptors, as the shim keeps it true.
 */
#ifndef GREEN_DESCRIPTORS_H
#define GREEN_DESCRIPTORS_H

#include "base/state.h"

enum fd_kind {
	FD_UNKNOWN,
	FD_STREAM, /* TCP: a short read means drained */
	FD_SOCKET, /* any other socket */
	FD_LISTEN, /* a listening socket */
	FD_PIPE,   /* pipe, eventfd, timerfd: RWF_NOWAIT works */
	FD_POLLED, /* tty, FIFO, inotify...: poll, then call */
	FD_FILE,   /* regular file, directory, block device */
	FD_EPOLL,
	FD_OTHER, /* cannot be waited for: straight to the kernel */
};

/* Reserve the table; the earlier the more is known.  0 or -errno; idempotent.
 */
int fdtab_init(void);
/* A new descriptor came to be; nonblock: as the program asked. */
void fdtab_opened(int fd, enum fd_kind kind, bool nonblock);
/* fd is a new name for old's open file. */
void fdtab_duped(int fd, int old);
/* fd is about to be closed: wakes its waiters with -EBADF. */
void fdtab_closing(int fd);
/* fd may have been closed or replaced behind our back.  Any context. */
void fdtab_suspect(int fd);
/* Its open file may now be held by another process too. */
void fdtab_shared(int fd);
void fdtab_set_nonblock(int fd, bool on);
void fdtab_set_direct(int fd, bool on); /* O_DIRECT */
/* SO_SNDTIMEO or SO_RCVTIMEO, in nanoseconds; 0: none. */
void fdtab_set_timeout(int fd, bool send, uint64_t timeout_ns);
void fdtab_set_kind(int fd, enum fd_kind kind);
/* A short read no longer means "drained" (kernel TLS, urgent data). */
void fdtab_no_short_read(int fd);
/* Descriptors from this number on were never in the table. */
int fdtab_size(void);
enum fd_kind fdtab_kind(int fd);
bool fdtab_nonblock(int fd);

/* ---- processes ---- */

/* Every descriptor now open is shared with a child process. */
void fdtab_forked(void);
/* The same, but for those that exec closes; settled when fd is next looked at,
 * or is to be closed by the next exec only from now on. */
void fdtab_spawned(void);
void fdtab_settle(int fd);
/* In the child of a fork. */
void fdtab_fork_child(void);

/* ---- the runtime's own descriptors ---- */

/* Are there any? */
extern bool fdtab_hides HIDDEN;
/* True: fd belongs to the runtime; to the program it is not open. */
bool fdtab_is_ours(int fd);
/* Move the runtime's own fd out of the program's way (dup2 onto it). */
int fdtab_vacate(int fd);
/* The runtime's next descriptor from first on, -1: none; for close_range. */
int fdtab_next_ours(int first);
/* What is opened between these two lands high, out of the program's way, and
 * is the runtime's from then on.  -EMFILE: too few are left. */
int fdtab_hide_begin(void);
void fdtab_hide_end(void);
/* In the child of a fork: close the parent's. */
void fdtab_close_ours(void);

#endif
