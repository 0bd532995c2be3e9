/*
 * sigstate.h - what the signal files share; for the runtime alone.
 *
 * A signal arrives on whichever kernel thread the kernel chose, through one
 * trampoline.  A signal that is meant for the fiber on that thread is handled
 * at once, in the kernel's own frame; any other signal is queued, and the
 * monitor, which no signal interrupts, finds the fiber for it.
 *
 * signal_lock() guards the queues and the table of dispositions.  The lock is
 * held with all signals blocked on the kernel thread, so a trampoline never
 * finds it held by the code that it interrupted.
 *
 * Where a function may be called from:
 *   [any]         anywhere in a process with fibers
 *   [fiber]       on f or the calling fiber, outside of the scheduler
 *   [trampoline]  in the trampoline, with all signals blocked
 *   [locked]      between signal_lock() and signal_unlock()
 *   [monitor]     on the monitor's thread
 *   [child]       in the child of a fork, on its one thread
 */
#ifndef GREEN_SIGSTATE_H
#define GREEN_SIGSTATE_H

#include <ucontext.h>

#include "base/hooks.h"
#include "sched/park.h"
#include "signal/signal_life.h"
#include "signal/signals.h"

#ifndef SA_RESTORER
#define SA_RESTORER 0x04000000 /* a return stub is given, as x86-64 wants */
#endif
#define SIGNALS	 64
#define BIT(sig) (1ull << ((sig)-1))
#define EACH_SIGNAL(sig)                                                       \
	(sig) = 1;                                                             \
	(sig) <= SIGNALS;                                                      \
	(sig)++

/*
 * libc reserves two signals.  The first interrupts a thread that is cancelled;
 * the runtime uses it for that, too, and as its kick.  The second makes all of
 * libc's threads change their user, and is never blocked.
 */
#define SIG_KICK    32
#define SIG_SETXID  33
#define LIBC_BITS   (BIT(SIG_KICK) | BIT(SIG_SETXID))
#define UNBLOCKABLE (BIT(SIGKILL) | BIT(SIGSTOP) | LIBC_BITS)
/* What a kernel thread blocks while it works on the runtime's structures. */
#define KERNEL_ALL (~BIT(SIG_SETXID))
#define FAULT_BITS                                                             \
	(BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGILL) | BIT(SIGFPE) |              \
	 BIT(SIGTRAP) | BIT(SIGSYS))
/* The fiber's stack may have overflowed, so the trampoline runs on the
 * carrier's signal stack. */
#define ONSTACK_BITS (BIT(SIGSEGV) | BIT(SIGBUS))
#define IGNORED_BY_DEFAULT                                                     \
	(BIT(SIGCHLD) | BIT(SIGURG) | BIT(SIGWINCH) | BIT(SIGCONT))
/* A terminal sends these to a background process that reads from it or changes
 * it, unless they are blocked or ignored. */
#define TERMINAL_BITS (BIT(SIGTTIN) | BIT(SIGTTOU))
#define STOP_BITS     (BIT(SIGSTOP) | BIT(SIGTSTP) | TERMINAL_BITS)

struct signal_node {
	struct signal_node *next;
	bool process; /* sent to the process, then given to a fiber */
	siginfo_t info;
};

/* Written under signal_lock; signals_held without it.  Read by anybody. */
extern _Atomic uint64_t signals_caught;	 /* the program has a handler */
extern _Atomic uint64_t signals_ignored; /* SIG_IGN, or by default */
extern _Atomic uint64_t signals_sig_ign; /* SIG_IGN */
extern _Atomic uint64_t signals_held;	 /* blocked in the kernel, too */
extern struct signal_queue process_queue;
extern _Atomic int signal_waiters; /* fibers in sigwait */

/* Block all signals and take the lock; returns the kernel's mask before, which
 * signal_unlock() restores.  [any] but [locked] */
uint64_t signal_lock(void);
void signal_unlock(uint64_t mask);
/* For assertions. */
bool signal_is_locked(void);
/* The lock's holder was a thread of the parent.  [child] */
void signal_lock_reset(void);

/* Set the kernel thread's signal mask; returns the mask before. */
static inline uint64_t kernel_mask(uint64_t mask)
{
	uint64_t old = 0;

	raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, &old, 8);
	return old;
}

/* Block signals_held alone.  A thread that changes signals_held kicks this one;
 * the kick may come after the look at signals_held, and before the kernel has
 * the mask. */
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

/* ---- dispositions.c ---- */

/* The sa_flags of the program's disposition.  [any] */
unsigned long signal_flags(int sig);
/* Has a dump been asked for since the last call?  [monitor] */
bool signal_dump_wanted(void);
/* Not on a fiber: call libc's own handler of SIG_KICK.  [trampoline] */
void signal_libc_cancel(int sig, siginfo_t *info, void *context);
/* Catch these although the program does not: they must stay pending.  [any] but
 * [locked] */
void signal_virtualise(uint64_t bits);
bool signal_is_virtual(uint64_t bit);
/* Take sig's default action on the whole process.  Returns if the process was
 * only stopped, or is an init that does not die.  [any] but [locked] */
void signal_default(int sig);
/* Dump if sig is the dump's signal, else signal_default(): a person who asks
 * for a dump gets one, even where sig is caught because some fiber blocks it.
 * [any] but [locked] */
void signal_default_or_dump(int sig);
/* signal_default() in the child of a vfork.  [trampoline] */
void signal_default_of_child(int sig);
/* The kernel alone handles signals: tell it the program's dispositions.
 * [child] */
void signal_table_stop(void);
/* Set the kernel's disposition of sig anew.  [locked] */
void signal_install_locked(int sig);
/* Get the disposition that handles sig, and reset it for SA_RESETHAND.  False:
 * the program has no handler.  [trampoline] */
bool signal_take(int sig, struct action *out);
/* Let the kernel ignore what the program ignores and the runtime catches, while
 * a child or another program may inherit it; off: catch it again.  [fiber] */
void signal_ignored_for_real(bool on);

/* ---- trampoline.c ---- */

/* The kernel's handler of all signals that the runtime catches. */
void signal_trampoline(int sig, siginfo_t *info, void *context);
/* Interrupt the calling fiber, so that it runs what is due.  [fiber] */
void signal_kick_self(void);
/* Make the kernel's frame uc return to f's carrier.  [trampoline] */
void signal_frame_home(struct fiber *f, ucontext_t *uc);
/* Queue sig for target alone; the monitor tells target.  [any] but [locked] */
void signal_to_one(struct fiber *target, int sig, const siginfo_t *info);

/* ---- signal_carrier.c ---- */

/* Interrupt what runs on c.  [any] */
void carrier_kick(struct carrier *c);
/* One past the highest byte of c's signal stack, and its size in bytes; NULL
 * and 0: c has none. */
void *carrier_altstack_top(struct carrier *c, size_t *size);
/* Did a kernel thread of the program get a signal stack by sigaltstack()? */
extern _Atomic bool signal_stack_seen;
/* Give queued signals that are held back to the kernel.  [any] but [locked] */
void signal_return_held(void);
/* signals_held changed: every carrier's mask must follow.  [fiber] */
void signal_carriers_review(void);
void signal_carriers_forget(void); /* [child] */

/* ---- signal_mask.c ---- */

/* Run the handlers that are due.  [fiber] */
void signal_run_due(struct fiber *f);
/* Is anything queued for f that f does not block? */
static inline bool signal_is_due(struct fiber *f)
{
	return (atomic_load(&f->sigqueue.bits) & ~f->sigmask & ~f->sigwait) !=
	       0;
}
/* f is the only fiber yet: hold what f blocks and the kernel is to keep.
 * In green_start(). */
void signal_hold_early(struct fiber *f);

/* ---- signal_send.c ---- */

/* Give sig to a thread that calls exec; false: none does.  [trampoline] */
bool signal_to_exec(int sig, const siginfo_t *info);
bool signal_is_execing(struct fiber *f);
/* f calls exec: pending signals go to the kernel.  [fiber] */
void signal_exec_begins(struct fiber *f);
void signal_exec_failed(void); /* or, in the child of a fork: forget it */

/* ---- signal_timer.c ---- */

extern _Atomic int signal_timers; /* of the kernel's, that there are */
/* The fiber that a timer's signal is for; NULL: the process.  [any] */
struct fiber *signal_timer_fiber(const siginfo_t *info);
/* If a timer sent the signal, note its overrun count.  [any] */
void signal_timer_taken(const siginfo_t *info);
/* Is it the signal of a timer that was deleted?  [any] */
bool signal_timer_is_gone(const siginfo_t *info);
/* A child has no timers (timer_create(2)).  [child] */
void signal_timers_forget(void);

/* ---- pending.c; f NULL means the process's queue ---- */

/* Append sig.  False: it is pending already (only real-time signals queue), or
 * there is no memory.  [locked] */
bool queue_put_locked(struct fiber *f, int sig, const siginfo_t *info,
		      bool process);
bool signal_queue_refuses(int sig, const siginfo_t *info); /* EAGAIN */
/* Dequeue the oldest signal of the lowest number in set, as the kernel does.
 * False: none is queued.  [locked] */
bool queue_get_locked(struct fiber *f, uint64_t set, siginfo_t *info);
/* Discard set from one queue, or from all of them; a timer's signal from all.
 * [locked] */
void queue_drop_locked(struct signal_queue *q, struct fiber *f, uint64_t set);
void queue_drop_all_locked(uint64_t set);
void queue_drop_timer_locked(int timer);
/* sig is sent: a stop signal discards a pending SIGCONT, and SIGCONT discards
 * stop signals (XSH 2.4.1).  [any] but [locked] */
void signal_discard_opposite(int sig);
/* A child has no pending signals (fork(2)).  [child] */
void queue_reset(void);
/* Move the process's signals that f does not block to f.  [fiber], or on f in
 * the trampoline */
void queue_claim(struct fiber *f);
/* f blocks set now: return what f was given of it, for others to take.
 * [fiber] */
void queue_blocked(struct fiber *f, uint64_t set);
/* Tell f that sig is in its queue: end its wait, or interrupt it.  [fiber] or
 * [monitor] */
void signal_notify(struct fiber *f, int sig);
/* Queue sig for the process, or for f.  [any] but [locked] */
void signal_to_process(int sig, const siginfo_t *info);
void signal_to_fiber(struct fiber *f, int sig, const siginfo_t *info);
/* Find fibers for the process's signals.  True: there were any to find.
 * [fiber] or [monitor] */
bool signal_route(void);
/* Is it a kick with the runtime's mark, sent in place of the signal? */
bool signal_is_kick(const siginfo_t *info);

#endif
