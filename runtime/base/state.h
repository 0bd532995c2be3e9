/*
 * state.h - what the whole process shares, and the question that every
 * interposer begins with: which fiber calls?
 *
 * Fibers, carriers and hubs are opaque here but for their first words.
 */
#ifndef GREEN_STATE_H
#define GREEN_STATE_H

#include "base/common.h"

#define HUBS_MAX 256

struct carrier;
struct fiber;
struct hub;

/*
 * What a carrier does right now; who may take its hub.  The lowest byte is 1
 * in a fiber's own code and 0 elsewhere: with the raw door open, the kernel
 * reads it to know whether to trap (process/trap.c).
 */
enum carrier_state {
	CARRIER_RT = 0,		  /* inside the scheduler: nobody may */
	CARRIER_USER = 1,	  /* runs a fiber's own code: the monitor may */
	CARRIER_TAKEN = 0x101,	  /* runs a fiber, has no hub (taken, hopped) */
	CARRIER_TAKEN_RT = 0x100, /* the same, inside the scheduler */
};
#define CARRIER_OWN_CODE 1 /* the bit of CARRIER_USER and CARRIER_TAKEN */

/* The first words of struct carrier and struct fiber. */
struct carrier_head {
	_Atomic int state; /* enum carrier_state */
};

struct fiber_head {
	uintptr_t tcb;			      /* TLS base; its pthread_t */
	struct carrier_head *_Atomic carrier; /* where it is mounted */
	struct hub *hub;		      /* last hub it ran under */
	int budget; /* below zero: threads that it spawned are yet to begin */
};

/* The running fiber; NULL on carriers outside of fibers, on aliens, and in a
 * process that has not spawned its first thread.  It lives in the fiber's own
 * TLS, so it moves with the fiber. */
extern __thread struct fiber *green_self
	__attribute__((tls_model("initial-exec"))) HIDDEN;

/* The carrier that the calling kernel thread is, outside of fibers; NULL: not
 * one, or inside a fiber. */
extern __thread struct carrier *rt_carrier
	__attribute__((tls_model("initial-exec"))) HIDDEN;

/*
 * The fiber whose call may park: NULL where a call must go straight to the
 * kernel (no fiber, or a signal handler that interrupted the scheduler).
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
	int nhubs;
	struct hub *hubs[HUBS_MAX];
	_Atomic int nidle;   /* hubs asleep */
	_Atomic int nfibers; /* alive, main included */
	_Atomic int peak_fibers;
	_Atomic int ncarriers, peak_carriers;
	_Atomic int ncpu_bound; /* carriers that are: see monitor.c */
	_Atomic uint64_t handoffs, carriers_made, traps;
	_Atomic bool monitor_asleep;
	_Atomic bool has_monitor;
	pid_t pid;
};
extern struct rt rt HIDDEN;

/* True once green threads exist in this process. */
extern bool rt_started HIDDEN;

/*
 * Not 0 in the child of a vfork, until it calls exec: it has its parent's
 * memory and TLS, while the parent waits, but descriptors and signals of its
 * own.  It asks the kernel for everything, and writes nothing down.  Counted,
 * for a child's own vfork.
 */
extern __thread int rt_vforked __attribute__((tls_model("initial-exec")))
HIDDEN;

struct rt_config {
	int hubs;		/* 0: as many as the CPUs that may be used */
	size_t stack_size;	/* 0: as ulimit -s says */
	bool disabled;		/* GREENSHIM_DISABLE: only pass calls on */
	bool raw;		/* trap the program's own system calls */
	int dump_signal;	/* 0: none */
	const char *stats;	/* NULL: none; "1": stderr; else a file */
	const char *stats_door; /* a value for the report, or NULL */
};
extern struct rt_config rt_config HIDDEN;

/* How many CPUs this process may use; at least 1. */
int rt_cpus(void);

/* Is the caller a kernel thread that greenshim did not make? */
bool rt_is_alien(void);

/* The offset of the field `tid` in the TCB of any kind of thread. */
extern long tcb_tid_offset HIDDEN;

/* The calling thread's number, as its TCB has it: a fiber's own one. */
static inline int rt_tid(void)
{
	return *(int *)(arch_tls_base() + (uintptr_t)tcb_tid_offset);
}

/* Raise *peak to now. */
void rt_new_peak(_Atomic int *peak, int now);
static inline void rt_peak(_Atomic int *peak, int now)
{
	if (UNLIKELY(now > atomic_load_explicit(peak, memory_order_relaxed)))
		rt_new_peak(peak, now);
}

/*
 * Between fork and rt_fork_child() the child runs libc's and the program's
 * code of after the fork, which may release locks: but those that stand in
 * line for them are the parent's threads.  Nobody waits here.
 */
extern _Atomic int rt_forking HIDDEN; /* forks under way */
bool rt_unready_child_slow(void);
static inline bool in_unready_child(void)
{
	return UNLIKELY(atomic_load_explicit(&rt_forking,
					     memory_order_relaxed)) &&
	       rt_unready_child_slow();
}

#endif
