/*
 * scheduler.h - the scheduler's own structures; private to runtime/.
 *
 * Who may touch what: a hub's plain fields belong to the carrier that owns
 * the hub and is in state CARRIER_RT.  The monitor takes a hub only by moving
 * its carrier from CARRIER_USER to CARRIER_TAKEN, so it never meets a carrier
 * inside the scheduler.  Fields touched by others are atomic or stand under
 * the lock named in their sentence.
 */
#ifndef GREEN_SCHEDULER_H
#define GREEN_SCHEDULER_H

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime.h"

/*
 * A fiber that computes for long at a time is heavy.  Its weight grows when the
 * hub is taken from under it, or when a tick of the monitor's finds it running
 * at the same time as when it began; each short run takes a little off.  When
 * a heavy one wakes, it gets a carrier of its own at once: else all fibers of
 * its hub would wait for it every time.  A long run there is no accident of
 * where ticks fall, and outweighs many short ones: one that computes under a
 * lock that others want parks a few times for each of its turns.
 */
#define HEAVY	    4
#define HEAVY_GAIN  2
#define HEAVY_MAX   16
#define LONG_RUN_NS 5000000

/* Where a fiber stands with respect to waking; see park.c. */
enum fiber_state {
	FIBER_RUNNING, /* runs, or is in a run queue */
	FIBER_PARKING, /* has told wakers of itself, still on its stack */
	FIBER_PARKED,  /* off its stack */
	FIBER_WOKEN,   /* claimed by a waker; its reason in the next byte */
};

/* What the context switched to must do with the fiber switched from. */
enum after {
	AFTER_NONE,
	AFTER_PARK,
	AFTER_YIELD,
	AFTER_HOME,
	AFTER_HOP,
	AFTER_EXIT
};

/*
 * What a parked fiber waits for, for people; and its wait_object:
 * FD the number, with WAIT_READ or WAIT_WRITE << 32; POLL a struct poll_set;
 * FUTEX the word; JOIN the other's `ended`.
 */
enum wait_kind {
	WAIT_NONE,
	WAIT_FD,
	WAIT_POLL,
	WAIT_FUTEX,
	WAIT_SLEEP,
	WAIT_JOIN,
	WAIT_HOP,
	WAIT_SIGNAL,
	WAIT_KINDS
};

struct timer {
	uint64_t deadline_ns;
	struct timer *child, *sibling, *prev; /* pairing heap links */
	struct hub *_Atomic hub;	      /* heap it is in, NULL: none */
};

/* Signals on their way, oldest first; signal_queue.c. */
struct signal_queue {
	struct signal_node *head, *tail;
	_Atomic uint64_t bits; /* bit signo - 1: at least one is queued */
};

/* Handlers that ran while a fiber was parked; see wait_interrupted(). */
enum ran { RAN = 1, RAN_NO_RESTART = 2 };

/* The cancellation word of a fiber. */
enum cancel_bits {
	CANCEL_DISABLED = 1,
	CANCEL_ASYNC = 2,
	CANCEL_PENDING = 4,
	CANCEL_HELD = 8 /* in a call that is no cancellation point */
};

struct fiber {
	uintptr_t tcb; /* fiber_head; TLS base; its pthread_t */
	struct carrier *_Atomic carrier; /* fiber_head */
	int budget;		/* fiber_head: operations until a yield */
	_Atomic uint32_t state; /* enum fiber_state | wake << 8 */
	uint8_t after;		/* enum after */
	uint8_t wait_kind;	/* enum wait_kind */
	uint8_t main;		/* the program's first thread */
	uint8_t own_stack;	/* the program gave the stack */
	_Atomic uint8_t heavy;	/* computes at length; see HEAVY */
	bool computes;		/* given a carrier because it likely does now */
	uint64_t alone_ns;	/* when it was last given a carrier */
	void *sp;		/* of the saved context */
	struct hub *hub;	/* last hub it ran under */
	struct fiber *next;	/* in a run queue or a free list */
	struct timer timer;
	_Atomic uint32_t interrupts; /* wish to leave a wait; fiber_interrupt */

	void *(*start)(void *);
	void *arg;
	void *result;
	_Atomic uint32_t ended;	  /* futex word: 1 after its last switch */
	_Atomic uint32_t joiners; /* somebody waits on ended */
	struct spin life;	  /* over detached, joined, ended */
	bool detached, joined;

	void *map; /* whole mapping */
	size_t map_size;
	void *stack_low; /* lowest usable byte */
	size_t stack_size, guard_size;
	size_t stack_asked; /* what the program hears of */
	uint8_t class;	    /* of its size; fiber_pool.c */
	int tid;
	char name[16];

	uint64_t parked_ns;	 /* since when, by the hub's coarse_ns */
	const void *wait_object; /* what for; see enum wait_kind */

	struct fiber *all_next; /* every mapped fiber: fiber.c */
	_Atomic bool alive;	/* handed out, not yet recycled */
	unsigned uses;		/* times recycled */
	void *area_top;		/* one past the TLS area and TCB */

	_Atomic uint64_t sigmask;     /* its own, virtual; written by it */
	struct signal_queue sigqueue; /* pending for it alone */
	_Atomic uint64_t sigwait;     /* what it waits for in sigwait */
	uint8_t signals_ran;	      /* enum ran, since its last park began */
	bool under_mask;	      /* since signal_mask_swap(), rather */
	_Atomic uint32_t cancel;      /* enum cancel_bits */
	stack_t altstack;	      /* its sigaltstack */
	bool spawning;		      /* between spawn_enter and _leave */
	struct hub *spawn_hub;	      /* what sched_enter() returned there */
	unsigned robust_held;	      /* robust mutexes it owns; robust.c */
	_Atomic uint64_t cpu_ns;      /* used in mounts that have ended */
	unsigned wires;		      /* wire_enter() less wire_leave() */
	uint64_t made_ns;	      /* since when the budget is below zero */
	_Atomic bool rescheduled;     /* another changed its policy */
	struct robust_list_head *list_before; /* the carrier's own, then */
	struct carrier *_Atomic wired;	      /* runs there only: wire.c */
	struct fdent *volatile accepting;     /* inside accept on it */
};

struct poll_set {
	struct pollfd *fds;
	unsigned long n;
};

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
	struct uv_part *uv; /* owned by uv.c */
	/* The time, up to a monitor's tick ago: stamps parked fibers. */
	_Atomic uint64_t coarse_ns;
	uint64_t mounted_ns; /* coarse_ns when the running fiber was mounted */
	struct hub_stats stats;
};

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
	bool burning;	 /* runs, without a hub, what computes */
	_Atomic int tid; /* kernel's; 0: not there yet */
	void *altstack;	 /* for faults: signal_process.c */
	struct carrier *signal_next; /* every live carrier, likewise */
	uintptr_t listed_tcb;	    /* on libc's list, for this kernel thread */
	_Atomic bool poked, nudged; /* by a signal that says nothing */
	_Atomic uint64_t cpu_mark;  /* see cputime.c */
	bool bound;		    /* one fiber's alone: wire.c */
	bool marked;		    /* its kernel thread is not like others */
	_Atomic uint32_t leave;	    /* that fiber has ended */
	/* Of a process, which PR_SET_PDEATHSIG tells when the thread ends. */
	bool parent;
};

/* Is it what others mean by the process: its first thread, or the one that a
 * fork left? */
static inline bool fiber_leads(const struct fiber *f)
{
	return f->main || f->tid == rt.pid;
}

/* ---- entering and leaving the scheduler (see the top comment) ---- */

/* The hub of the running fiber, now protected from the monitor; NULL: the
 * fiber runs detached from any hub.  f must be the running fiber. */
static inline struct hub *sched_enter(struct fiber *f)
{
	struct carrier *c = f->carrier;
	int user = CARRIER_USER;

	if (LIKELY(atomic_compare_exchange_strong_explicit(
		    &c->state, &user, CARRIER_RT, memory_order_acquire,
		    memory_order_relaxed)))
		return c->hub;
	atomic_store_explicit(&c->state, CARRIER_TAKEN_RT,
			      memory_order_relaxed);
	return NULL;
}

void signal_deferred(struct fiber *f);
extern _Atomic uint32_t signal_any_deferred;

static inline void sched_leave(struct fiber *f, struct hub *h)
{
	atomic_store_explicit(&f->carrier->state,
			      h ? CARRIER_USER : CARRIER_TAKEN,
			      memory_order_release);
	if (UNLIKELY(atomic_load_explicit(&signal_any_deferred,
					  memory_order_relaxed)))
		signal_deferred(f);
}

/* park.c */
extern _Atomic uint64_t lone_parks[WAIT_KINDS]; /* by fibers without hub */
static inline void park_prepare(struct fiber *f)
{
	atomic_store_explicit(&f->state, FIBER_PARKING, memory_order_relaxed);
}
/* Give the stack up until somebody unparks f or the deadline passes.  f must
 * have called park_prepare() before it told anyone of itself.  h as returned
 * by sched_enter().  On return the fiber is still inside the scheduler, maybe
 * on another carrier: the caller takes it off its lists, then calls
 * park_leave(), which runs handlers of the program's; these may jump out. */
enum wake park(struct fiber *f, struct hub *h, enum wait_kind kind,
	       const void *object, uint64_t deadline_ns);
static inline void park_leave(struct fiber *f)
{
	struct carrier *c = f->carrier;

	/* One that never left a carrier whose hub was taken has it not. */
	sched_leave(f, c->state == CARRIER_RT ? c->hub : NULL);
}
/* First waker wins: true if it was this one. */
bool unpark(struct fiber *f, enum wake why);
void sched_yield_to(struct fiber *f, struct hub *h, enum after after);
/* Make runnable; state already settled. */
void ready(struct fiber *f);
void park_finish_switch(struct carrier *c);
void sched_exit(struct fiber *f) __attribute__((noreturn));
/* Mount f on c (in CARRIER_RT if it owns a hub) from the carrier's context. */
void sched_run(struct carrier *c, struct fiber *f);
void fiber_heavier(struct fiber *f);
/*
 * Operations that need not wait take from the budget that f has until it is
 * next off its carrier.  Below zero: it has made threads since.
 */
#define IO_BUDGET 128
static inline void io_charge(struct fiber *f)
{
	if (UNLIKELY(--f->budget <= 0))
		budget_spent(f);
}

/* f is about to make a thread, and has made one. */
static inline void spawn_charge(struct fiber *f)
{
	if (f->budget < 0 && (--f->budget & 15) == 0)
		budget_spent(f);
}

static inline void spawn_made(struct fiber *f)
{
	if (f->budget < 0)
		return;
	f->budget = -1;
	f->made_ns = green_now();
}

/* runq.c */
void runq_push(struct hub *h, struct fiber *f);
struct fiber *runq_pop(struct hub *h);
void runq_inject(struct hub *h, struct fiber *f); /* from anywhere */
void runq_take_inbox(struct hub *h); /* the owner's; oldest first */
bool runq_empty(const struct hub *h);
struct fiber *runq_steal(struct hub *h);

/* hub.c */
int hub_init_all(int n);
void hub_loop(struct carrier *c); /* returns when the hub was taken */
struct fiber *hub_pick(struct hub *h);
void hub_poll(struct hub *h);
void hub_wake(struct hub *h);	     /* if idle */
void hub_stay_vacant(struct hub *h); /* woken, but nobody can run it */
void hub_wake_one(void);	     /* some idle hub, to come and steal */
struct hub *hub_any(void);

/* carrier.c */
/* f: the fiber that forked; NULL: the main thread is to be one. */
int carrier_start(struct fiber *f);
bool carrier_give_hub(struct hub *h); /* false: no kernel thread for it */
void carrier_give_fiber(struct fiber *f);
void carrier_forget_all(void); /* in the child of a fork */
struct carrier *carrier_reserve(void);
void carrier_let_go(struct carrier *c);
bool carrier_try_spare(struct fiber *f); /* false: there is none */
void carrier_make_wanted(void);		 /* the monitor's, at its ticks */
int carrier_thread_make(void *(*start)(void *), void *arg);

void carrier_wake(struct carrier *c, struct hub *h, struct fiber *f);
struct carrier *carrier_make_bound(void);
/* The same by the calling kernel thread, which may not be allowed to: -errno. */
int carrier_make_heir(struct carrier **out);
void carrier_make_late(void); /* on the monitor's thread */

/* cputime.c */
extern _Atomic bool cputime_wanted; /* then of use: */
void cputime_mounts(struct carrier *c);
void cputime_leaves(struct carrier *c, struct fiber *f);
void cputime_start(struct fiber *f);
uint64_t cputime_of_thread(int tid); /* a kernel thread of ours */

/* wire.c */
bool wire_is_marked(void);
bool wire_wait(struct carrier *c);
void wire_give(struct fiber *f); /* run f, which is wired */
int wire_inherit(struct fiber *f);
void wire_end(struct fiber *f);
void wire_forget(struct fiber *f, void *unused);

/* monitor.c */
void monitor_start(void);
bool monitor_is_self(void);
void monitor_wake(void);
void monitor_kick(void);

/* timer.c */
void timer_arm(struct hub *h, struct timer *t, uint64_t deadline_ns);
void timer_cancel(struct timer *t);
uint64_t timer_run(struct hub *h); /* wakes the due; next deadline */

/* uv.c */
int uvloop_init(struct hub *h);
void uvloop_in_child(void); /* what libuv has to do in the child of a fork */
void uvloop_wait(struct hub *h);
void uvloop_wake(struct hub *h);

/* Open the runtime's descriptors between these two: they land high, out of
 * the program's way, and are registered as ours. */
int fdtab_hide_begin(void); /* -EMFILE: too few are left */
void fdtab_hide_end(void);
void fdtab_fork_child(void);
void fdtab_close_ours(void); /* the parent's, in its child */

/* netpoll.c */
int netpoll_init(struct hub *h);
void netpoll_run(struct hub *h);
void netpoll_arm_timer(struct hub *h, uint64_t deadline_ns);

/* ioconn.c */
void accept_interrupted(struct fiber *f);

/* fdtab.c internal part in fdtab.h */

/* fiber.c, fiber_pool.c, stack.c, tcb.c */
struct fiber *fiber_alloc(const struct green_attr *a);
void fiber_free(struct fiber *f, struct hub *h);
void fiber_main(void *arg);
struct fiber *fiber_wrap_main(void);
struct fiber *fiber_early(void);	/* of the process's one thread */
void fiber_fork_child(struct fiber *f); /* the one that there is */
void fiber_forget_others(struct fiber *f);
struct fiber *fiber_wrap_forked(struct fiber *f);
void fiber_publish(struct fiber *f);
void fiber_pool_forget(struct fiber *me);
void fiber_each(void (*fn)(struct fiber *, void *), void *arg);
uint64_t fiber_made(void);	   /* how many in this process, main included */
void fiber_ended(struct fiber *f); /* off its stack for good */
/* A mapping of room for guard and stack, and extra bytes on top; NULL without
 * memory. */
void *stack_map(size_t room, size_t guard, size_t extra, size_t *map_size);
bool stack_change_guard(void *map, size_t from, size_t to);
void stack_unmap(void *map, size_t size);
void stack_trim(struct fiber *f);
size_t stack_default_size(void);
int tcb_init(void);
size_t tcb_area_size(void);
void *tcb_make(void *area_top); /* NULL: no memory */
void tcb_reset(void *tcb);	/* as new, but for libc's own TLS */
void tcb_set(void *tcb, int tid, struct fiber *self);
struct fiber *tcb_fiber(uintptr_t tcb);
void tcb_leave_rseq(void); /* the calling kernel thread */
void tcb_run_destructors(void);
void tcb_leave_robust(void); /* the caller ends */
/* On libc's list of threads, tcb takes the place of another. */
void tcb_list_instead(void *listed, void *tcb);
struct robust_list_head *tcb_robust_list(void); /* the caller's, libc's */
/* Tell the kernel that the calling kernel thread's list is this (NULL: that);
 * returns the one before. */
struct robust_list_head *tcb_list_register(struct robust_list_head *list);

/* robust.c */
void robust_keep(void); /* the calling kernel thread is the keeper */
void robust_fiber_end(struct fiber *f);
void robust_fork_child(void);
void robust_leave_to_kernel(void); /* the fiber ends while it is wired */

/* tls_modules.c */
int tls_modules_init(void);
void tls_reset(void *tcb);  /* static TLS, but libc's, as initialised */
unsigned tls_changes(void); /* grows when modules come or go */

/* futex.c */
void futex_fork_child(void);
/* green_futex_wait(ended, 0), counted as a join. */
int futex_wait_ended(const _Atomic uint32_t *ended, uint64_t deadline_ns);

/* trap.c */
int trap_init(void);		      /* find out what to trap; at start */
void trap_carrier(struct carrier *c); /* from now on, on this kernel thread */
void trap_entry(int sig, siginfo_t *info, void *context);

/* signal.c, signal_queue.c, signal_process.c */
void signal_start(void);
bool signal_stack_past_us(void);  /* at start: set by calls we do not see */
void signal_install_setxid(void); /* when libc has made a thread */
void signal_carrier_start(struct carrier *c);
void signal_carrier_unblock(void); /* all but what is held */
void signal_carrier_end(struct carrier *c);
void signal_fiber_end(struct fiber *f);
void signal_child_begins(void);
void signal_fork_child(struct fiber *f); /* natively from here on */
void signal_monitor(void); /* what trampolines left for the monitor */
bool signal_tick(void);	   /* every tick; true: again */
/* f's wait was interrupted: run its handlers.  True: the call must fail with
 * EINTR, false: it may go on waiting (SA_RESTART and restartable). */
/* A request that f may act on where it next looks. */
static inline bool cancel_is_due(const struct fiber *f)
{
	return UNLIKELY((f->cancel & (CANCEL_DISABLED | CANCEL_HELD |
				      CANCEL_PENDING)) == CANCEL_PENDING) &&
	       !rt_libc_holds_cancel(f->tcb);
}
bool wait_interrupted(struct fiber *f, bool restartable);

/* stats.c */
void stats_init(void); /* idempotent */
void stats_fork_child(void);

/* dump.c, deadlock.c; on the monitor's thread */
void dump_all(int fd);
/* Nothing runs any more: say so if nothing ever can.  Once a process. */
void deadlock_check(void);
/* Copy n bytes of the program's memory; false: not all is there. */
bool peek_memory(void *to, const void *from, size_t n);
/* tid of the owner, if addr is the lock word of a held pthread_mutex_t. */
int mutex_owner_tid(const void *addr);
/* The fiber whose `ended` that is; NULL: none. */
struct fiber *fiber_of_ended(const void *word);

#endif
