/*
 * fdtab.h - the table of descriptors; private to io/ and the dump.
 *
 * An entry's lock guards its plain fields.  Flags and kind are also read and
 * set without the lock, where a stale value costs no more than a retry.
 */
#ifndef GREEN_FDTAB_H
#define GREEN_FDTAB_H

#include <poll.h>

#include "io/calls.h"
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
	uint8_t whole;		     /* calls that go whole: see flags.h */
	bool polled_write;	     /* write does not know RWF_NOWAIT */
	bool hangup;		     /* peer closed, error, or urgent data */
	bool direct;		     /* O_DIRECT: bypasses the page cache */
	bool sync;		     /* O_DSYNC: writes wait for the disk */
	bool no_nowait;		     /* read does not know RWF_NOWAIT */
	uint8_t slow;		     /* calls still to be made on a hop */
	bool no_set;		     /* hubs keep it out of their sets */
	bool exclusive;		     /* a set: an event wakes one of many */
	bool ours;		     /* hidden from the program */
	bool stand_in;		     /* ours, for calls that hold the file */
	uint16_t hub;		     /* index of the hub where registered */
	uint16_t epoch;		     /* fork_epoch when it was opened */
	uint32_t spawned;	     /* spawn_epoch when it was last settled */
	_Atomic int listening_turn;  /* tid of the fiber inside accept(2) */
	_Atomic uint32_t rd_seq;     /* +1 for each event for readers */
	_Atomic uint32_t wr_seq;     /* +1 for each event for writers */
	uint32_t drained;	     /* rd_seq at which it was read empty */
	struct iowait *waiters, *newest; /* the list, oldest first; its end */
	struct iowait *holders; /* of calls that wait no more, or not yet */
	uint64_t rcvtimeo_ns, sndtimeo_ns; /* 0: none */
};

enum { WAIT_READ = 1, WAIT_WRITE = 2 };

/* The wait_object of WAIT_POLL. */
struct poll_set {
	struct pollfd *fds;
	unsigned long n;
};

/* The table: an array by descriptor, reserved whole and never moved. */
extern struct fdent *fdtab_entries __attribute__((visibility("hidden")));
extern int fdtab_room __attribute__((visibility("hidden"))); /* its length */

/*
 * Public functions take an fd and convert it to an entry once; inside io/ the
 * entry stands for the descriptor.  A descriptor beyond the table has no entry
 * (NULL): what may wait for it hops.
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

/* Is there such a descriptor, perhaps, without an entry? */
static inline bool fdtab_is_beyond(int fd)
{
	return fd >= fdtab_room;
}

/* Ask the kernel what e's descriptor is. */
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
/* Forget all about e, which becomes another file's. */
void fdtab_reset_locked(struct fdent *e);
void fdtab_note_highest(int fd);
/* e's descriptor is the runtime's from now on. */
void fdtab_make_ours(struct fdent *e);

/* ---- waiting and events: fdtab_wait.c ---- */

/* Put w on e's list of waiters, from the list of holders if it is there, and e
 * in a hub's epoll set; e's lock is held.  -EPERM: no set takes that kind of
 * file, which is always ready; other -errno. */
int fdtab_listen_locked(struct fdent *e, struct iowait *w, struct hub *h);
/* -errno of fdtab_listen_locked(): can a hop wait for the file?  The kernel
 * limits how sets nest, and how much is watched. */
static inline bool fdtab_wants_hop(int r)
{
	return UNLIKELY(r < 0) && r != -EPERM && r != -EBADF;
}
/* The entry that w is on, locked.  The caller is inside the scheduler. */
struct fdent *iowait_lock(struct iowait *w);
/* w's call holds e's file from now on; the lock is held. */
void iowait_hold_locked(struct fdent *e, struct iowait *w);
/* w waits no more, but its call holds the file. */
void iowait_hold(struct iowait *w);
void iowait_unlist(struct iowait *w);
void fdtab_event(int fd, uint32_t generation, uint32_t events);

/* Wake the next exclusive waiter of e, so that it tries.  Takes the lock. */
void fdtab_pass_turn(struct fdent *e);
void fdtab_wake_all_locked(struct fdent *e, enum wake why);
/* Its descriptor is about to mean another file, or none.  stand_in: only if it
 * stands in for one that was closed.  True: done. */
bool fdtab_take_out(struct fdent *e, bool stand_in);
/* The fiber's calls hold nothing any more. */
void io_hold_end(struct fiber *f);

/* The entry with which w's fiber may call the kernel until iowait_used(). */
static inline struct fdent *iowait_use(struct iowait *w, struct fdent *before)
{
	struct fdent *e;

	if (LIKELY(!w->held))
		return before;
	do {
		e = w->ent;
		atomic_store(&w->used, e);
	} while (UNLIKELY(w->ent != e));
	return e;
}

static inline void iowait_used(struct iowait *w)
{
	if (UNLIKELY(w->held))
		atomic_store_explicit(&w->used, NULL, memory_order_release);
}

#endif
