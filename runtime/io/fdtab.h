/*
 * fdtab.h - the table of descriptors; private to fdtab.c, netpoll.c, io*.c.
 *
 * An entry's lock guards its plain fields.  Flags and kind are also read
 * without it, where a stale value costs no more than a retry.
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
	bool nonblock;		     /* the program's wish, if not shared */
	bool shared;		     /* its open file has other holders */
	bool registered;	     /* in the epoll set of hub */
	bool no_short_read;	     /* a short read tells nothing */
	uint8_t message;	     /* 0 not asked yet, 1 no, 2 yes */
	bool polled_write;	     /* write does not know RWF_NOWAIT */
	bool hangup;		     /* peer closed, error, or urgent data */
	bool direct;		     /* a file past the page cache: O_DIRECT */
	bool sync;		     /* its writes reach the disk: O_DSYNC */
	bool no_nowait;		     /* read does not know RWF_NOWAIT */
	uint8_t slow;		     /* calls still to be made on a hop */
	uint16_t hub;
	uint16_t epoch;		    /* forks before it was opened */
	uint32_t spawned;	    /* exec'ing children it was checked for */
	_Atomic int listening_turn; /* the fiber inside accept(), by its tid */
	_Atomic uint32_t rd_seq;    /* +1 for each event to read */
	_Atomic uint32_t wr_seq;
	uint32_t drained;		 /* rd_seq at which it was read empty */
	struct iowait *waiters, *newest; /* the list, oldest first; its end */
	uint64_t rcvtimeo_ns, sndtimeo_ns; /* 0: none */
};

enum { WAIT_READ = 1, WAIT_WRITE = 2 };

/* The wait_object of WAIT_POLL. */
struct poll_set {
	struct pollfd *fds;
	unsigned long n;
};

/* One fiber's wait for one descriptor, on the fiber's stack. */
struct iowait {
	struct iowait *next, **pprev; /* NULL pprev: not listed */
	struct fiber *fiber;
	struct fdent *ent;
	uint8_t what;
	bool exclusive; /* an event wakes only one of these */
};

/* The table: an array by descriptor, reserved whole and never moved. */
extern struct fdent *fdtab_entries __attribute__((visibility("hidden")));
extern int fdtab_room __attribute__((visibility("hidden"))); /* its length */

/*
 * Public functions take an fd, and turn it into an entry once; inside, the
 * entry stands for the descriptor.  A descriptor beyond the table has no entry
 * (NULL) and is the kernel's alone.
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

/* Ask the kernel what e's descriptor is. */
void fdtab_classify(struct fdent *e);

/* The entry, classified; NULL: beyond the table. */
static inline struct fdent *fdtab_get(int fd)
{
	struct fdent *e = fdtab_peek(fd);

	if (e && UNLIKELY(e->kind == FD_UNKNOWN || e->suspect))
		fdtab_classify(e);
	return e;
}

/* Does the program want its calls not to block? */
bool fdtab_wants_nonblock(struct fdent *e);
bool fdtab_is_shared(struct fdent *e);
/* Does the socket keep message boundaries (datagrams and their like)? */
bool fdtab_is_message(struct fdent *e);
/* Put w on e's list, and e in a hub's epoll set; e's lock is held.  -EPERM: no
 * set takes that kind of file, which is always ready; other -errno. */
int fdtab_listen_locked(struct fdent *e, struct iowait *w, struct hub *h);
void iowait_unlist(struct iowait *w); /* takes the lock */
void fdtab_event(int fd, uint32_t generation, uint32_t events);
/* Wake the next exclusive waiter, which may try. */
void fdtab_pass_turn(struct fdent *e);

#endif
