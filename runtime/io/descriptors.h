/*
 * descriptors.h - the table of descriptors, and the calls by which the shim
 * keeps it up to date.
 *
 * Unless a function says otherwise, it takes the lock of fd's entry and so may
 * be called by any thread, outside the scheduler; it ignores descriptors beyond
 * the table, and does nothing in the child of a vfork.
 */
#ifndef GREEN_DESCRIPTORS_H
#define GREEN_DESCRIPTORS_H

#include "base/state.h"

enum fd_kind {
	FD_UNKNOWN, /* not known yet: the next use asks the kernel */
	FD_STREAM,  /* TCP: a short read means drained */
	FD_SOCKET,  /* any other socket */
	FD_LISTEN,  /* a listening socket */
	FD_PIPE,    /* pipe, eventfd, timerfd: RWF_NOWAIT works */
	FD_POLLED,  /* tty, FIFO, inotify...: poll, then call */
	FD_FILE,    /* regular file, directory, block device */
	FD_EPOLL,   /* an epoll set */
	FD_OTHER,   /* cannot be waited for: straight to the kernel */
};

/* Reserve the table; what the program opened before stays unknown until its
 * first use.  Idempotent.  0; -ENOMEM. */
int fdtab_init(void);

/* fd was opened; nonblock: the program asked for O_NONBLOCK. */
void fdtab_opened(int fd, enum fd_kind kind, bool nonblock);

/* fd is a new descriptor of old's open file (dup(2)). */
void fdtab_duped(int fd, int old);
/* fd is about to be closed, or replaced: calls that wait for its file go on by a
 * hidden duplicate. */
void fdtab_closing(int fd);

/* fd may have been closed or replaced unseen.  Takes no lock: any context. */
void fdtab_suspect(int fd);

/* fd's open file may now have a descriptor in another process too. */
void fdtab_shared(int fd);

/* The program set, or cleared, O_NONBLOCK; O_DIRECT.  Takes no lock. */
void fdtab_set_nonblock(int fd, bool on);
void fdtab_set_direct(int fd, bool on);

/* The program set SO_SNDTIMEO (send) or SO_RCVTIMEO, in nanoseconds; 0: none.
 * Takes no lock. */
void fdtab_set_timeout(int fd, bool send, uint64_t timeout_ns);

/* fd has become another kind of file (listen(2)).  Takes no lock. */
void fdtab_set_kind(int fd, enum fd_kind kind);
/* The epoll set has descriptors with EPOLLEXCLUSIVE. */
void fdtab_set_exclusive(int set);
bool fdtab_is_exclusive(int set);
/* A short read no longer means "drained" (kernel TLS, urgent data). */
void fdtab_no_short_read(int fd);

/* One more than the highest descriptor that the table has ever noted. */
int fdtab_size(void);

/* What fd is; asks the kernel if the table does not know.  FD_OTHER: beyond the
 * table. */
enum fd_kind fdtab_kind(int fd);
/* The hubs' sets may be in the way of how the program nests its own: take the
 * program's sets out.  Who waits for one hops from then on.  False: none was
 * there. */
bool fdtab_leave_sets(void);
bool fdtab_nonblock(int fd);

/* ---- processes ---- */

/* The process has forked: its open files are shared with the child. */
void fdtab_forked(void);

/* The process has spawned a child that calls exec: its open files are shared
 * with the child, except those with FD_CLOEXEC.  Each entry is settled when it
 * is next used. */
void fdtab_spawned(void);

/* Before FD_CLOEXEC of fd is set: settle now whether a child shares fd. */
void fdtab_settle(int fd);

/* In the child of a fork: reset locks, waiters and registrations. */
void fdtab_fork_child(void);

/* ---- the runtime's own descriptors ---- */

/* True if the runtime has any. */
extern bool fdtab_hides HIDDEN;

/* True if fd is the runtime's and the caller is the program's code, to which fd
 * must look closed. */
bool fdtab_is_ours(int fd);
/* All of them are in between: [0], below [1]. */
extern int fdtab_ours_range[2] HIDDEN;
/* What the kernel is to be asked for where the program says fd: -1, EBADF, in
 * place of one of the runtime's. */
static inline int program_fd(int fd)
{
	if (LIKELY(fd < fdtab_ours_range[0] || fd >= fdtab_ours_range[1]))
		return fd;
	return fdtab_is_ours(fd) ? -1 : fd;
}
/* The program wants the number of the runtime's fd, which gets another one.  fd
 * is still open, for the caller to replace by dup3(2): 1.  0: it is not the
 * runtime's any more; or -errno. */
int fdtab_vacate(int fd);

/* The runtime's lowest descriptor >= first; -1: none.  For close_range(2). */
int fdtab_next_ours(int first);
/* A hidden duplicate of fd, or -errno. */
int fdtab_stand_in(int fd);
/* What is opened between these two lands high, out of the program's way, and
 * is the runtime's from then on.  -EMFILE: too few are left. */
int fdtab_hide_begin(void);
void fdtab_hide_end(void);

/* Close the parent's, in the child of a fork. */
void fdtab_close_ours(void);

#endif
