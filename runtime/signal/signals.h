/*
 * signals.h - signals as the rooms above and the shim see them.
 *
 * A fiber's signal mask is its own and not the kernel thread's.  Sets are the
 * kernel's 64 bits (bit signo - 1), which begin a sigset_t.  Before the first
 * fiber, and on kernel threads that run none, each of these makes the kernel's
 * own call.  Each returns 0 or its value, or -errno, and is called on a fiber,
 * outside of the scheduler.
 */
#ifndef GREEN_SIGNALS_H
#define GREEN_SIGNALS_H

#include <signal.h>

#include "base/state.h"

struct action { /* the kernel's struct sigaction */
	void *handler;
	unsigned long flags;
	void *restorer;
	uint64_t mask;
};

/* sigaction(2).  -EINVAL: no such signal, one of libc's, or one whose
 * disposition cannot be changed. */
int signal_action(int sig, const struct action *act, struct action *old);
/* pthread_sigmask(3); set and old may be NULL.  Unblocked signals that are
 * pending are handled before it returns.  -EINVAL: how. */
int signal_mask(int how, const uint64_t *set, uint64_t *old);
/* sigaltstack(2).  -EPERM: the caller runs on it; -EINVAL: flags; -ENOMEM: it
 * is smaller than MINSIGSTKSZ. */
int signal_altstack(const stack_t *stack, stack_t *old);
/* sigpending(2): for the caller and for the process. */
int signal_pending(uint64_t *out);

/* Send sig to f; info's si_code and what follows arrive unchanged. */
int signal_send(struct fiber *f, int sig, const siginfo_t *info);
/* kill(2), or rt_sigqueueinfo(2) with an info.  A tid of this process stands
 * for the process. */
int signal_kill(pid_t pid, int sig, const siginfo_t *info);
/* tgkill(2), or tkill(2) with tgid -1; tids are those of gettid(). */
int signal_tgkill(int tgid, int tid, int sig);

/* sigtimedwait(2), until deadline_ns (CLOCK_MONOTONIC): the signal's number;
 * -EAGAIN at the deadline; -EINTR: a handler ran. */
int signal_wait(uint64_t set, siginfo_t *info, uint64_t deadline_ns);
/* sigsuspend(2), or pause(2) with mask NULL: -EINTR after a handler. */
int signal_suspend(const uint64_t *mask);
/* Around a wait under another mask, as in ppoll(2): swap returns the mask that
 * restore takes. */
uint64_t signal_mask_swap(uint64_t mask);
void signal_mask_restore(uint64_t mask);
/*
 * A blocking call has returned -EINTR: must the program see that?
 * restartable  the call goes on after a handler with SA_RESTART
 * cancels      the call is a cancellation point
 */
bool signal_interrupted(bool restartable, bool cancels);

/* A signalfd or a timer is about set: such a signal stays pending in the kernel
 * while every fiber blocks it. */
void signal_keep(uint64_t set);
/* Timers are named by the kernel's ids.  The signal of a new one is for the
 * fiber tid alone.  -EAGAIN: there are too many such timers. */
int signal_timer_direct(int timer, int tid);
/* timer_getoverrun(2); -1: the kernel knows. */
int signal_timer_overrun(int timer);
/* A timer is about to be made: 0, or -EAGAIN at RLIMIT_SIGPENDING; and it could
 * not be. */
int signal_timer_make(void);
void signal_timer_unmade(void);
/* The timer was made, or is about to be set: discard its pending signals. */
void signal_timer_set(int timer);
void signal_timer_deleted(int timer);

/* The kernel thread's mask becomes the calling fiber's, for a thread or a
 * process that is made in between; return undoes that. */
void mask_lend(void);
void mask_return(void);
/* Before a system call on what may be a terminal: the terminal looks at whether
 * the kernel thread blocks or ignores SIGTTIN and SIGTTOU.  True: call
 * mask_return() afterwards. */
bool terminal_enter(void);

/* The shim's end of asynchronous cancellation, called in the trampoline; does
 * not return. */
extern void (*signal_cancel_hook)(void) HIDDEN;
/* Install the trampoline for libc's cancellation signal: libc may have put its
 * own handler there. */
void signal_install_kick(void);

#endif
