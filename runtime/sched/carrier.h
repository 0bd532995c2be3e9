/* carrier.h - the kernel threads that run hubs and fibers. */
#ifndef GREEN_CARRIER_H
#define GREEN_CARRIER_H

#include "fiber/layout.h"

struct carrier {
	_Atomic int state;	 /* must be first: carrier_head */
	struct hub *_Atomic hub; /* owned hub, NULL: none */
	struct fiber *prev;	 /* fiber just switched from */
	struct fiber *running;
	void *sp; /* carrier's own context */
	uintptr_t tcb;
	struct carrier *next;  /* in the list of spares */
	_Atomic uint32_t wake; /* futex word of a spare */
	struct hub *give_hub;  /* what a spare is woken for */
	struct fiber *give_fiber;
	bool reserved;	 /* made for somebody: not to be listed at first */
	bool cpu_bound;	 /* computes, without a hub */
	_Atomic int tid; /* kernel's; 0: not there yet */
	void *altstack;	 /* for faults: signal_carrier.c */
	struct carrier *signal_next; /* every live carrier, likewise */
	uintptr_t listed_tcb; /* on libc's list, for this kernel thread */
	_Atomic bool bare_kick, marked_kick; /* by a signal that says nothing */
	_Atomic uint64_t cpu_mark;	     /* see cputime.c */
	bool pinned;			     /* one fiber's alone: pin.c */
	bool altered;		/* its kernel thread is not like others */
	_Atomic uint32_t leave; /* that fiber has ended */
	/* Of a process, which PR_SET_PDEATHSIG tells when the thread ends. */
	bool parent;
};

_Static_assert(offsetof(struct carrier, state) == 0, "carrier_head");

/* The carrier that the caller runs on; NULL: an alien. */
static inline struct carrier *carrier_here(void)
{
	return green_self ? green_self->carrier : rt_carrier;
}

/* The calling kernel thread becomes the first carrier, and what it runs a
 * fiber: f, the fiber that forked; NULL: the main thread's.  0 or -errno. */
int carrier_start(struct fiber *f);
/* False: there is no kernel thread for it. */
bool carrier_give_hub(struct hub *h);
/* Without a kernel thread f goes back to its hub. */
void carrier_give_fiber(struct fiber *f);
/* In the child of a fork. */
void carrier_forget_all(void);
/* A spare for the caller alone, NULL: none; to be woken or given back. */
struct carrier *carrier_reserve(void);
void carrier_let_go(struct carrier *c);
/* For wakers, under their locks: a spare that is there runs f.  False: none
 * is, and the monitor will make one. */
bool carrier_try_spare(struct fiber *f);
/* Wake a spare, or a pinned carrier, to run h or f. */
void carrier_wake(struct carrier *c, struct hub *h, struct fiber *f);
/* A kernel thread of libc's making, every signal blocked.  0 or -errno. */
int carrier_thread_make(void *(*start)(void *), void *arg);
/* A carrier for one fiber, NULL: none to be had. */
struct carrier *carrier_make_pinned(void);
/* The same by the calling kernel thread, from which it inherits, and which may
 * not be allowed to: 0 or -errno. */
int carrier_make_heir(struct carrier **out);
/* The monitor's: what others could not make themselves. */
void carrier_make_wanted(void);
void carrier_make_late(void);

#endif
