/*
 * hub.h - a hub: an event loop with its run queue.
 *
 * Plain fields belong to the carrier that owns the hub and is in state
 * CARRIER_RT.  The monitor takes a hub only by moving its carrier from
 * CARRIER_USER to CARRIER_TAKEN, so it never meets a carrier inside the
 * scheduler.  Fields that others touch are atomic, or stand under the lock
 * named in their sentence.
 */
#ifndef GREEN_HUB_H
#define GREEN_HUB_H

#include "base/spin.h"
#include "fiber/layout.h"

struct hub_stats { /* plain: counted by the hub's owner */
	uint64_t switches, polls, sleeps, steals, hops;
	uint64_t parks[WAIT_KINDS];
	uint64_t timers_set, timers_fired; /* under timer_lock */
};

#define RING 256

struct hub {
	int index;
	uint32_t tick;		  /* picks; every 64th polls */
	_Atomic uint32_t nswitch; /* seen by the monitor */
	_Atomic bool poll_now;	  /* monitor: look at your events */
	_Atomic bool idle;	  /* asleep in its loop or without carrier */
	struct carrier *_Atomic carrier; /* owner, NULL while idle or moving */

	struct fiber *list_head, *list_tail; /* private run queue */
	/* Ring that thieves may take from: owner moves tail, all move head. */
	_Atomic uint32_t ring_head __attribute__((aligned(CACHE_LINE)));
	_Atomic uint32_t ring_tail;
	struct fiber *_Atomic ring[RING];

	struct fiber *_Atomic inbox /* made runnable from elsewhere */
		__attribute__((aligned(CACHE_LINE)));

	struct fiber *free_fibers; /* recycled, default size */
	unsigned free_count;

	int epfd; /* edge-triggered set */
	int timerfd;
	uint64_t armed_ns;	/* what timerfd is set to */
	struct spin timer_lock; /* over the heap */
	struct timer *timers;
	struct uv_part *uv; /* owned by uvloop.c */
	/* The time, up to a monitor's tick ago: stamps parked fibers. */
	_Atomic uint64_t coarse_ns;
	uint64_t mounted_ns; /* coarse_ns when the running fiber was mounted */
	struct hub_stats stats;
};

/* Make rt.nhubs hubs, with their sets and loops.  0 or -errno.  Between
 * fdtab_hide_begin() and fdtab_hide_end(). */
int hub_init_all(void);
/* What a carrier that owns a hub does; returns when the hub was taken. */
void hub_loop(struct carrier *c);
/* The next fiber to run, NULL: none; polls now and then. */
struct fiber *hub_pick(struct hub *h);
/* Ask the hub's set and its timers, now. */
void hub_poll(struct hub *h);
/* Wake h if it is idle; from anywhere. */
void hub_wake(struct hub *h);
/* Wake some idle hub, to come and steal. */
void hub_wake_one(void);
/* h was woken, but there is no kernel thread to run it. */
void hub_stay_vacant(struct hub *h);
/* Hubs in turn, for a fiber that comes from nowhere. */
struct hub *hub_any(void);

#endif
