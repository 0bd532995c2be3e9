/* carrier.h - the kernel threads that run hubs and fibers. */
#ifndef GREEN_CARRIER_H
#define GREEN_CARRIER_H

#include "fiber/layout.h"

/*
 * A struct carrier stays readable for ever; that of a thread that has exited is
 * reused.  A field belongs to the carrier's own thread, inside the scheduler,
 * unless its sentence says otherwise.
 */
struct carrier {
	/* enum carrier_state; first, as in struct carrier_head.  The monitor
	 * changes CARRIER_USER to CARRIER_TAKEN; all other changes are the
	 * carrier's own. */
	_Atomic int state;
	/* The hub that it owns; valid in CARRIER_RT and CARRIER_USER only, as
	 * the monitor does not clear it. */
	struct hub *_Atomic hub;
	struct fiber *prev;    /* the fiber that it has just switched from */
	struct fiber *running; /* mounted fiber, or NULL; read by anybody */
	void *sp;	       /* saved context of its own stack */
	uintptr_t tcb;	       /* its own TCB, used outside fibers */
	/* In the list of spares, of retired structs, or of those to spawn. */
	struct carrier *next;
	/* Futex word: 1 once the work below is set; by carrier_wake(). */
	_Atomic uint32_t wake;
	/* The work of a woken or new carrier: a hub, a fiber, or neither.  Set
	 * by the thread that wakes it. */
	struct hub *give_hub;
	struct fiber *give_fiber;
	bool reserved;	 /* spawned for its requester: not a spare at first */
	bool cpu_bound;	 /* runs a CPU-bound fiber; in rt.ncpu_bound */
	_Atomic int tid; /* of its kernel thread; futex word, 0: not started */
	void *altstack;	 /* where handlers of faults run: signal_carrier.c */
	struct carrier *signal_next; /* list of live carriers, likewise */
	/* The TCB by which libc's list of threads names its kernel thread. */
	uintptr_t listed_tcb;
	/* A kick is on its way whose signal carries no data.  signal/ */
	_Atomic bool bare_kick, marked_kick;
	/* Kicked, and the kick has not arrived yet: no other is sent. */
	_Atomic bool kicked;
	/* Its CPU time when `running` was mounted, 0: not noted; cputime.c. */
	_Atomic uint64_t cpu_mark;
	bool pinned; /* runs one fiber only: pin.c */
	/* Its kernel thread's attributes (CPUs, priority, user...) differ from
	 * other threads': no other fiber runs there, no thread is spawned by
	 * it except for a pinned fiber. */
	bool altered;
	/* Pinned: its fiber has exited, and it exits too.  Futex word; set by
	 * pin_discard(). */
	_Atomic uint32_t leave;
	/* It forked a process, which PR_SET_PDEATHSIG would tell when this
	 * thread exits, or has requests that the kernel would cancel then: so
	 * it never exits as a surplus spare. */
	bool parent;
};

_Static_assert(offsetof(struct carrier, state) == 0, "carrier_head");

/* The carrier that the caller runs on; NULL: the caller is an alien or the
 * monitor.  Any context. */
static inline struct carrier *carrier_here(void)
{
	return green_self ? green_self->carrier : rt_carrier;
}

/*
 * Make the calling kernel thread the first carrier and what it runs a fiber: f,
 * the fiber that forked this process, or the main fiber if f is NULL.  Called
 * by green_start().  0; -ENOMEM.
 */
int carrier_start(struct fiber *f);

/* Forget every carrier, in the child of a fork. */
void carrier_forget_all(void);

/* ---- work for carriers ---- */

/* Let a spare, or a new carrier, run the vacant hub h.  False: no thread.
 * Inside or outside the scheduler. */
bool carrier_give_hub(struct hub *h);

/* Let a spare, or a new carrier, run f alone; without a thread f is queued on
 * its hub.  Inside the scheduler, or on the monitor. */
void carrier_give_fiber(struct fiber *f);

/* Take a spare, or a new carrier, for the caller alone; pass it to
 * carrier_wake() or carrier_unreserve().  NULL: no thread, or not now. */
struct carrier *carrier_reserve(void);

/* Return a reserved carrier to the spares. */
void carrier_unreserve(struct carrier *c);

/* Let a spare run f.  False: no spare is left; the monitor will spawn one.
 * Usable under every lock but spare_lock, as it spawns nothing. */
bool carrier_try_spare(struct fiber *f);

/* Wake c, which is reserved or pinned, to run h or f; both NULL: to look at
 * `leave`. */
void carrier_wake(struct carrier *c, struct hub *h, struct fiber *f);

/* ---- spawning kernel threads ---- */

/*
 * Spawn a detached kernel thread through libc, running start(arg), with every
 * signal blocked but libc's SIGSETXID.  Calls malloc and takes the linker's
 * lock.  0 or -errno of pthread_create(3).
 */
int carrier_thread_make(void *(*start)(void *), void *arg);

/* Spawn a pinned carrier, for one fiber.  NULL: no thread. */
struct carrier *carrier_make_pinned(void);

/* The same, spawned by the calling kernel thread even if that is altered, so
 * that the new one inherits its attributes.  0 or -errno, also of clone(2). */
int carrier_make_inheriting(struct carrier **out);

/* The monitor, at every tick: spawn the spares that carrier_try_spare() found
 * missing. */
void carrier_make_wanted(void);

/* The monitor, when kicked: spawn the threads that others may not spawn. */
void carrier_make_late(void);

#endif
