/*
 * fdtab.h - the table of descriptors; private to io/ and the dump.
 *
 * An entry's lock guards its plain fields.  Flags and kind are also read and
 * set without the lock, where a stale value costs no more than a retry.
 */
#ifndef GREEN_FDTAB_H
#define GREEN_FDTAB_H

#include <poll.h>

#include "io/descriptors.h"
#include "sched/scope.h"

struct fdent {
	struct spin lock;
	_Atomic uint32_t generation; /* +1 whenever fd means another file */
	uint8_t kind;		     /* enum fd_kind */
	_Atomic bool suspect;	     /* another file may have its fd by now */
	bool nonblock;		     /* O_NONBLOCK, unless it is shared */
	bool shared;		     /* its open file has other holders */
	bool registered;	     /* in the epoll set of hub */
	bool no_short_read;	     /* a short read does not mean drained */
	uint8_t message;	     /* 0 not asked yet, 1 no, 2 yes */
	bool polled_write;	     /* write does not know RWF_NOWAIT */
	bool hangup;		     /* peer closed, error, or urgent data */
	bool direct;		     /* O_DIRECT: bypasses the page cache */
	bool sync;		     /* O_DSYNC: writes wait for the disk */
	bool no_nowait;		     /* read does not know RWF_NOWAIT */
	uint8_t slow;		     /* calls still to be made on a hop */
	uint16_t hub;		     /* index of the hub where registered */
	uint16_t epoch;		     /* fork_epoch when it was opened */
	uint32_t spawned;	     /* spawn_epoch when it was last settled */
	_Atomic int listening_turn;  /* tid of the fiber inside accept(2) */
	_Atomic uint32_t rd_seq;     /* +1 for each event for readers */
	_Atomic uint32_t wr_seq;     /* +1 for each event for writers */
	uint32_t drained;	     /* rd_seq at which it was read empty */
	struct iowait *waiters, *newest;   /* the list, oldest first; its end */
	uint64_t rcvtimeo_ns, sndtimeo_ns; /* 0: none */
};

enum { WAIT_READ = 1, WAIT_WRITE = 2 };

/* The wait_object of WAIT_POLL. */
struct poll_set {
	struct pollfd *fds;
	unsigned long n;
};

/* One fiber's wait for one descriptor, on the fiber's stack; guarded by the
 * lock of ent. */
struct iowait {
	struct iowait *next, **pprev; /* in ent's list; NULL pprev: in none */
	struct fiber *fiber;	      /* the fiber that waits */
	struct fdent *ent;	      /* for this descriptor */
	uint8_t what;		      /* WAIT_READ, WAIT_WRITE or both */
	bool exclusive;		      /* an event wakes only one of these */
};

/* The table: an array by descriptor, reserved whole and never moved. */
extern struct fdent *fdtab_entries __attribute__((visibility("hidden")));
extern int fdtab_room __attribute__((visibility("hidden"))); /* its length */

/*
 * Public functions take an fd and convert it to an entry once; inside io/ the
 * entry stands for the descriptor.  A descriptor beyond the table has no entry
 * (NULL), and calls on it go straight to the kernel.
 */
static inline int fdtab_fd(const struct fdent *e)
{
	return (int)(e - fdtab_entries);
}

/* The entry as it is; NULL: beyond the table. */
static inline struct fdent *fdtab_peek(int fd)
{
	return LIKELY((unsigned)fd < (unsigned)fdtab_room) ? &fdtab_entries[fd]
							   : NULL;
}

/* Ask the kernel what e's descriptor is; if the descriptor is closed, e stays
 * unknown.  Outside the scheduler. */
void fdtab_classify(struct fdent *e);

/* The entry, classified; NULL: beyond the table.  Outside the scheduler. */
static inline struct fdent *fdtab_get(int fd)
{
	struct fdent *e = fdtab_peek(fd);

	if (e && UNLIKELY(e->kind == FD_UNKNOWN || e->suspect))
		fdtab_classify(e);
	return e;
}

/* True if the program wants calls on e not to block (O_NONBLOCK). */
bool fdtab_wants_nonblock(struct fdent *e);

/* True if e's open file may have other descriptors, here or in another process,
 * by which its flags can change unseen. */
bool fdtab_is_shared(struct fdent *e);

/* True if e, a socket, preserves message boundaries, as datagrams do. */
bool fdtab_is_message(struct fdent *e);

/*
 * Append w to e's list, and register e with h's epoll set unless it is
 * registered.  Inside the scheduler; e's lock is held.  0; -EPERM: epoll does
 * not accept that kind of file, which is always ready; other -errno of
 * epoll_ctl(2).
 */
int fdtab_listen_locked(struct fdent *e, struct iowait *w, struct hub *h);

/* Remove w from its list if no waker has; takes the lock. */
void iowait_unlist(struct iowait *w);

/* An event of a hub's epoll set; see rt_hooks.fd_event. */
void fdtab_event(int fd, uint32_t generation, uint32_t events);

/* Wake the next exclusive waiter of e, so that it tries.  Takes the lock. */
void fdtab_pass_turn(struct fdent *e);

#endif
