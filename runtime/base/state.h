/*
 * state.h - state of the whole process, and the test that every interposer
 * begins with: which fiber is calling?
 *
 * Fibers and carriers are opaque here except for their first fields; hubs are
 * opaque altogether.
 */
#ifndef GREEN_STATE_H
#define GREEN_STATE_H

#include "base/common.h"

#define HUBS_MAX 256

struct carrier;
struct fiber;
struct hub;

/*
 * What a carrier is doing, and whether the monitor may take its hub.  The
 * lowest byte is 1 in a fiber's own code and 0 elsewhere: with the raw door
 * open, the kernel reads that byte to decide whether a system call traps
 * (process/trap.c).
 */
enum carrier_state {
	CARRIER_RT = 0,		  /* in the scheduler; the hub is its own */
	CARRIER_USER = 1,	  /* in a fiber; the monitor may take the hub */
	CARRIER_TAKEN = 0x101,	  /* in a fiber, without a hub: taken, hopped */
	CARRIER_TAKEN_RT = 0x100, /* in the scheduler, or spare; without one */
};
#define CARRIER_OWN_CODE 1 /* the bit of CARRIER_USER and CARRIER_TAKEN */

/* The first fields of struct carrier and struct fiber. */
struct carrier_head {
	_Atomic int state; /* enum carrier_state */
};

struct fiber_head {
	uintptr_t tcb;			      /* TLS base; its pthread_t */
	struct carrier_head *_Atomic carrier; /* where it is or was mounted */
	struct hub *hub;		      /* last hub it ran under */
	int budget; /* below zero: it has spawned threads; sched/park.h */
};

/* The running fiber; NULL on a carrier outside fibers, on an alien, and in a
 * process that has not spawned its first thread.  The variable lies in the
 * fiber's own TLS, so it moves with the fiber. */
extern __thread struct fiber *green_self
	__attribute__((tls_model("initial-exec"))) HIDDEN;

/* The carrier that the calling kernel thread is; NULL inside a fiber and on
 * kernel threads that are not carriers. */
extern __thread struct carrier *rt_carrier
	__attribute__((tls_model("initial-exec"))) HIDDEN;

/*
 * The calling fiber if it may park.  NULL if its call must go straight to the
 * kernel: there is no fiber, or the caller is inside the scheduler (a signal
 * handler that interrupted the scheduler, or libuv).  Usable in every context.
 */
static inline struct fiber *rt_fiber(void)
{
	struct fiber *f = green_self;
	int state;

	if (!f)
		return NULL;
	state = atomic_load_explicit(&((struct fiber_head *)f)->carrier->state,
				     memory_order_relaxed);
	return LIKELY(state & CARRIER_OWN_CODE) ? f : NULL;
}

/* ---- the process ---- */

struct rt {
	int nhubs;		    /* constant while the runtime runs */
	struct hub *hubs[HUBS_MAX]; /* the first nhubs are set */
	_Atomic int nidle;	    /* hubs that are asleep or vacant */
	_Atomic int nfibers;	    /* alive, main fiber included */
	_Atomic int peak_fibers;    /* most that were alive at once */
	_Atomic int ncarriers, peak_carriers; /* the same of carriers */
	/* Carriers that run a CPU-bound fiber without a hub; monitor.c. */
	_Atomic int ncpu_bound;
	/* For --stats: hubs taken by the monitor, kernel threads spawned as
	 * carriers, system calls trapped by the raw door. */
	_Atomic uint64_t handoffs, carriers_made, traps;
	_Atomic bool monitor_asleep; /* a hub that wakes must wake it */
	_Atomic bool has_monitor;    /* false: its thread was not created */
	pid_t pid;		     /* of this process, even after a fork */
};
extern struct rt rt HIDDEN;

/* True once this process has green threads; false again in the child of a
 * fork, until the child spawns a thread. */
extern bool rt_started HIDDEN;

/*
 * Not 0 in the child of a vfork, until the child calls exec.  The child shares
 * the memory and TLS of its parent, which waits, but has its own descriptors
 * and signals: so it passes every call on to the kernel and alters nothing in
 * the runtime's memory.  A counter, since the child may vfork in turn.
 */
extern __thread int rt_vforked __attribute__((tls_model("initial-exec")))
HIDDEN;

/* From the environment (process/config.c), but for stats_door; constant after
 * the start. */
struct rt_config {
	int hubs;		/* 0: one for each CPU of the process */
	size_t stack_size;	/* bytes; 0: ulimit -s */
	bool disabled;		/* GREENSHIM_DISABLE: only pass calls on */
	bool follow;		/* green what the program executes */
	bool raw;		/* trap the program's own system calls */
	int dump_signal;	/* asks for a dump; 0: no signal does */
	const char *stats;	/* NULL: no report; "1": stderr; else a file */
	const char *stats_door; /* state of the libc door, for the report */
};
extern struct rt_config rt_config HIDDEN;

/* The number of CPUs that this process may use (sched_getaffinity(2)); at least
 * 1. */
int rt_cpus(void);

/* True if the caller is an alien: a kernel thread that is neither the first of
 * the process nor spawned by greenshim. */
bool rt_is_alien(void);

/* The offset of the field `tid` in the TCB of any kind of thread. */
extern long tcb_tid_offset HIDDEN;

/* The caller's tid as its TCB has it: on a fiber, the fiber's own tid.  Usable
 * in every context. */
static inline int rt_tid(void)
{
	return *(int *)(arch_tls_base() + (uintptr_t)tcb_tid_offset);
}

/* Raise *peak to now unless it is higher already; rt_new_peak() is the rare
 * half of rt_peak(). */
void rt_new_peak(_Atomic int *peak, int now);
static inline void rt_peak(_Atomic int *peak, int now)
{
	if (UNLIKELY(now > atomic_load_explicit(peak, memory_order_relaxed)))
		rt_new_peak(peak, now);
}

/*
 * in_unready_child(): true in the child of a fork before rt_fork_child().  In
 * between, the handlers of pthread_atfork(3), libc's and the program's, may
 * release locks; the waiters in our queues are the parent's threads, so nobody
 * is woken in the child.
 */
extern _Atomic int rt_forking HIDDEN; /* forks in progress */
bool rt_unready_child_slow(void);
static inline bool in_unready_child(void)
{
	return UNLIKELY(atomic_load_explicit(&rt_forking,
					     memory_order_relaxed)) &&
	       rt_unready_child_slow();
}

#endif
