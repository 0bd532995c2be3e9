/*
 * hub.h - a hub: an event loop with its run queue.
 *
 * Plain fields belong to the carrier that owns the hub and is in state
 * CARRIER_RT.  The monitor takes a hub only by changing its carrier's state
 * from CARRIER_USER to CARRIER_TAKEN, so the monitor never interferes with a
 * carrier inside the scheduler; between the hub's carriers it owns the hub
 * itself.  Fields that other threads touch are atomic, or guarded by the lock
 * that their sentence names.
 */
#ifndef GREEN_HUB_H
#define GREEN_HUB_H

#include "base/spin.h"
#include "fiber/layout.h"

/* For --stats.  Counted by the hub's owner, read by others without a lock. */
struct hub_stats {
	uint64_t switches; /* fibers that left their carrier */
	uint64_t polls;	   /* times the owner asked for events */
	uint64_t sleeps;   /* times it slept in the libuv loop */
	uint64_t steals;   /* times it took fibers from another hub */
	uint64_t hops;	   /* fibers that left it to make a blocking call */
	uint64_t parks[WAIT_KINDS];	   /* by enum wait_kind */
	uint64_t timers_set, timers_fired; /* under timer_lock */
};

#define RING 256 /* fibers in a hub's ring */

struct hub {
	int index;		  /* in rt.hubs; constant */
	uint32_t tick;		  /* picks; every 64th polls for events */
	_Atomic uint32_t nswitch; /* switches, as the monitor sees them */
	_Atomic bool poll_now;	  /* set by the monitor: poll at next pick */
	_Atomic bool idle;	  /* asleep in the libuv loop, or vacant */
	/* The owner; NULL: vacant, or being handed to another carrier. */
	struct carrier *_Atomic carrier;

	struct fiber *list_head, *list_tail; /* private part of the queue */
	/* The part of the queue from which other hubs steal: the owner moves
	 * the tail; owner and thieves move the head by compare-and-swap. */
	_Atomic uint32_t ring_head __attribute__((aligned(CACHE_LINE)));
	_Atomic uint32_t ring_tail;
	struct fiber *_Atomic ring[RING];

	/* Fibers made runnable from outside, newest first: any thread pushes,
	 * the owner takes all. */
	struct fiber *_Atomic inbox __attribute__((aligned(CACHE_LINE)));

	struct fiber *free_fibers; /* recycled, of the default size */
	unsigned free_count;	   /* their number */

	/* These two may move to other numbers: use them between
	 * own_fds_enter() and own_fds_leave(). */
	_Atomic int epfd;	      /* edge-triggered epoll set: netpoll.c */
	_Atomic int timerfd;	      /* in that set; wakes an idle hub */
	_Atomic uint32_t fd_users[2]; /* threads that do, by their turn */
	uint64_t armed_ns;	      /* deadline that timerfd is set to */
	struct spin timer_lock;	      /* guards `timers` and the nodes in it */
	struct timer *timers;	      /* root of the heap: timer.c */
	struct uv_part *uv;	      /* the libuv loop: uvloop.c */
	/* CLOCK_MONOTONIC, up to a tick of the monitor late; written by the
	 * monitor, and by the owner after sleeping. */
	_Atomic uint64_t coarse_ns;
	uint64_t mounted_ns; /* coarse_ns when the running fiber was mounted */
	struct hub_stats stats;
};

/*
 * The runtime's descriptors step aside when the program wants their numbers.
 * Whoever moves one waits until all have left that came before: own_fds_turn
 * tells those who use h's from those who came later.  The caller is inside the
 * scheduler, and makes one system call.
 */
extern _Atomic uint32_t own_fds_turn HIDDEN;

static inline unsigned own_fds_enter(struct hub *h)
{
	unsigned turn;

	for (;;) {
		turn = own_fds_turn & 1;
		atomic_fetch_add(&h->fd_users[turn], 1);
		if (LIKELY((own_fds_turn & 1) == turn))
			return turn;
		atomic_fetch_sub(&h->fd_users[turn], 1);
	}
}

static inline void own_fds_leave(struct hub *h, unsigned turn)
{
	atomic_fetch_sub(&h->fd_users[turn], 1);
}

/* fd, of the runtime's, is `to` from now on.  Waits until nobody uses it any
 * more. */
void own_fd_moved(int fd, int to);

/*
 * Create rt.nhubs hubs, with their epoll sets and loops; hub 0 is to be run by
 * the caller, all others are vacant.  At the start of the runtime, between
 * fdtab_hide_begin() and fdtab_hide_end().  0 or -errno.
 */
int hub_init_all(void);

/* Run the hub that c, the caller, owns; returns when the hub was taken. */
void hub_loop(struct carrier *c);

/* Take the next fiber to run; NULL: none.  Polls for events at every 64th call
 * and at the monitor's request.  The owner, in CARRIER_RT. */
struct fiber *hub_pick(struct hub *h);

/* Queue the fibers whose events or timers have come, and those in the inbox,
 * without waiting.  The owner, in CARRIER_RT. */
void hub_poll(struct hub *h);

/* If h is idle, wake it.  Any thread; a vacant hub may need a new carrier,
 * which spawns a kernel thread. */
void hub_wake(struct hub *h);

/* Wake one idle hub, if any, to steal fibers.  Any thread. */
void hub_wake_one(void);

/* h was woken, but no carrier can be had: leave it vacant, and move the fibers
 * in its inbox to another hub.  Ends the process if no other hub runs. */
void hub_stay_vacant(struct hub *h);

/* A hub for a fiber that no fiber spawned, in turn.  Any thread. */
struct hub *hub_any(void);

#endif
