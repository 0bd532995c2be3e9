/*
 * sigstate.h - what the files signal*.c share.
 *
 * A signal comes in on whichever kernel thread the kernel chose, by one
 * trampoline.  What is meant for the fiber that this thread runs is handled
 * there and then, in the kernel's own signal frame; anything else is queued
 * and the monitor, which no signal interrupts, finds the fiber for it.
 *
 * signal_lock stands over the queues and the table of dispositions.  It is
 * only held with all signals blocked on the kernel thread, so a trampoline
 * never meets it held by the code that it interrupted.
 */
#ifndef GREEN_SIGSTATE_H
#define GREEN_SIGSTATE_H

#include <ucontext.h>

#include "base/hooks.h"
#include "sched/park.h"
#include "signal/signals.h"

#ifndef SA_RESTORER
#define SA_RESTORER 0x04000000 /* the kernel wants a return stub from us */
#endif
#define SIGNALS	 64
#define BIT(sig) (1ull << ((sig)-1))
#define EACH_SIGNAL(sig)                                                       \
	(sig) = 1;                                                             \
	(sig) <= SIGNALS;                                                      \
	(sig)++

/*
 * libc keeps two signals for itself.  The first interrupts a thread that is
 * cancelled, and we use it for the same and for "look at what is pending";
 * the second makes all its threads change their user, and is never blocked.
 */
#define SIG_KICK    32
#define SIG_SETXID  33
#define LIBC_BITS   (BIT(SIG_KICK) | BIT(SIG_SETXID))
#define UNBLOCKABLE (BIT(SIGKILL) | BIT(SIGSTOP) | LIBC_BITS)
/* What a kernel thread blocks while it handles our structures. */
#define KERNEL_ALL (~BIT(SIG_SETXID))
#define FAULT_BITS                                                             \
	(BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGILL) | BIT(SIGFPE) |              \
	 BIT(SIGTRAP) | BIT(SIGSYS))
/* Their trampoline runs on the carrier's own signal stack, for they may say
 * that the fiber's has no room. */
#define ONSTACK_BITS (BIT(SIGSEGV) | BIT(SIGBUS))
#define IGNORED_BY_DEFAULT                                                     \
	(BIT(SIGCHLD) | BIT(SIGURG) | BIT(SIGWINCH) | BIT(SIGCONT))
/* A terminal sends them to those in the background who read or change it; where
 * they are blocked or ignored it does without. */
#define TERMINAL_BITS (BIT(SIGTTIN) | BIT(SIGTTOU))

#define STOP_BITS (BIT(SIGSTOP) | BIT(SIGTSTP) | TERMINAL_BITS)

struct signal_node {
	struct signal_node *next;
	bool process; /* sent to the process, then given to a fiber */
	siginfo_t info;
};

/* Written under signal_lock, read by anybody. */
extern _Atomic uint64_t signals_caught;	 /* the program has a handler */
extern _Atomic uint64_t signals_ignored; /* SIG_IGN, or by default */
extern _Atomic uint64_t signals_sig_ign; /* SIG_IGN */
extern _Atomic uint64_t signals_held;	 /* blocked in the kernel too */
extern struct signal_queue process_queue;
extern _Atomic int signal_waiters; /* fibers in sigwait */

/* Lock, with all signals blocked; the mask to give back to unlock. */
uint64_t signal_lock(void);
void signal_unlock(uint64_t mask);
bool signal_is_locked(void);
void signal_lock_reset(void);

static inline uint64_t kernel_mask(uint64_t mask)
{
	uint64_t old = 0;

	raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, &old, 8);
	return old;
}

/* Who changes what is held pokes us; that may come after we looked, and before
 * the kernel had it from us. */
static inline void kernel_mask_held(void)
{
	uint64_t held;

	do {
		held = signals_held;
		kernel_mask(held);
	} while (UNLIKELY(held != signals_held));
}

static inline uint64_t set_bits(const sigset_t *set)
{
	uint64_t bits;

	memcpy(&bits, set, sizeof(bits));
	return bits;
}

/* signal_table.c */
unsigned long signal_flags(int sig);
bool signal_dump_wanted(void);
void signal_libc_cancel(int sig, siginfo_t *info, void *context);
void signal_virtualise(uint64_t bits); /* catch them though the program
					* does not: they are to stay pending */
void signal_default(int sig);	       /* the default action, now */
void signal_default_or_dump(int sig);
void signal_default_of_child(int sig);
void signal_table_stop(void);
void signal_install_locked(int sig);
bool signal_take(int sig, struct action *out); /* and SA_RESETHAND */
bool signal_is_virtual(uint64_t bit);
void signal_ignored_for_real(bool on);

/* signal.c */
void signal_trampoline(int sig, siginfo_t *info, void *context);
void signal_kick_self(void);
void signal_frame_home(struct fiber *f, ucontext_t *uc);
void signal_to_one(struct fiber *target, int sig, const siginfo_t *info);

/* signal_carrier.c */
void carrier_kick(struct carrier *c);
void *carrier_altstack_top(struct carrier *c, size_t *size);
/* A kernel thread of the program's was given a signal stack by our function. */
extern _Atomic bool signal_stack_seen;
void signal_return_held(void);
void signal_carriers_review(void); /* signals_held changed */
void signal_carriers_forget(void);

/* signal_mask.c */
void signal_run_due(struct fiber *f);
/* f has something queued that it does not block. */
static inline bool signal_is_due(struct fiber *f)
{
	return (atomic_load(&f->sigqueue.bits) & ~f->sigmask & ~f->sigwait) !=
	       0;
}

void signal_hold_early(struct fiber *f);

/* signal_send.c */
bool signal_to_exec(int sig, const siginfo_t *info); /* false: none is called */
bool signal_is_execing(struct fiber *f);

/* What rooms above call around exec: f calls it. */
void signal_exec_begins(struct fiber *f);
void signal_exec_failed(void);

/* ---- what green_start(), fork and rt_hooks are given ---- */

void signal_start(void);
bool signal_stack_past_us(void);  /* at start: set by calls we do not see */
void signal_install_setxid(void); /* when libc has made a thread */
void signal_carrier_start(struct carrier *c);
void signal_carrier_unblock(void); /* all but what is held */
void signal_carrier_end(struct carrier *c);
void signal_fiber_end(struct fiber *f);
void signal_deferred(struct fiber *f);
bool signal_wait_interrupted(struct fiber *f, bool restartable);
void signal_monitor(void); /* what trampolines left for the monitor */
/* From fork on until signal_early_again(), a child only notes signals. */
void signal_child_begins(void);
void signal_early_again(void);
/* Everything in the kernel becomes what the program believes it is, for a
 * process without fibers; f NULL: the forking thread was none. */
void signal_fork_child(struct fiber *f);

/* signal_timer.c */
struct fiber *signal_timer_fiber(const siginfo_t *info);
void signal_timer_taken(const siginfo_t *info); /* if it is a timer's */
bool signal_timer_is_gone(const siginfo_t *info);
void signal_timers_forget(void); /* in the child of a fork */

/* signal_queue.c */
bool queue_put_locked(struct fiber *f, int sig, const siginfo_t *info,
		      bool process); /* f NULL: the process's */
bool queue_get_locked(struct fiber *f, uint64_t set, siginfo_t *info);
void queue_drop_locked(struct signal_queue *q, struct fiber *f, uint64_t set);
void queue_drop_all_locked(uint64_t set); /* the process's, every fiber's */
void queue_drop_timer_locked(int timer);
/* sig is sent to somebody: what it discards where that is pending. */
void signal_discard_opposite(int sig);
void queue_reset(void);
void queue_claim(struct fiber *f); /* the process's that f does not block */
/* Tell f that something is in its queue.  Not from a trampoline. */
void signal_notify(struct fiber *f, int sig);
/* The process's signal, on its way to a fiber; from anywhere. */
void signal_to_process(int sig, const siginfo_t *info);
void signal_to_fiber(struct fiber *f, int sig, const siginfo_t *info);
bool signal_route(void);
void queue_blocked(struct fiber *f, uint64_t set);
bool signal_is_kick(const siginfo_t *info);

#endif
