/*
 * signals.h - signals as the rooms above and the shim see them.
 *
 * A fiber's mask is its own, and not the kernel's.  Sets are the kernel's 64
 * bits at the start of a sigset_t.  On kernel threads that run no fiber, and
 * before the first, all of these are the kernel's own calls.  Each returns 0,
 * its value, or -errno.
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

int signal_action(int sig, const struct action *act, struct action *old);
int signal_mask(int how, const uint64_t *set, uint64_t *old);
int signal_altstack(const stack_t *stack, stack_t *old);
int signal_pending(uint64_t *out);

/* Send; info's si_code and what follows as it is to arrive. */
int signal_send(struct fiber *f, int sig, const siginfo_t *info);
int signal_kill(pid_t pid, int sig, const siginfo_t *info);
int signal_tgkill(int tgid, int tid, int sig); /* tids as gettid() says */

/* Wait for one of set: its number, -EAGAIN at the deadline, -EINTR. */
int signal_wait(uint64_t set, siginfo_t *info, uint64_t deadline_ns);
/* Wait until a handler ran, under another mask (NULL: the present): -EINTR */
int signal_suspend(const uint64_t *mask);
/* Around a wait under another mask, as in ppoll: what to restore. */
uint64_t signal_mask_swap(uint64_t mask);
void signal_mask_restore(uint64_t mask);
/* A blocking call was interrupted and returned -EINTR: must it?  restartable:
 * it goes on after a handler with SA_RESTART.  cancels: it is a cancellation
 * point. */
bool signal_interrupted(bool restartable, bool cancels);

/* A signalfd or a timer is about these: while every fiber blocks one, it stays
 * pending in the kernel. */
void signal_keep(uint64_t set);
/* Timers, by the kernel's numbers.  A new one's signal is for one fiber: 0,
 * -EAGAIN. */
int signal_timer_direct(int timer, int tid);
/* timer_getoverrun(2); -1: the kernel knows. */
int signal_timer_overrun(int timer);
void signal_timer_set(int timer); /* made, or about to be set anew */
void signal_timer_deleted(int timer);

/* The calling fiber's signal mask becomes the kernel thread's, for a thread or
 * a process that it makes; and back. */
void mask_lend(void);
void mask_return(void);
/* Before a system call on what may be a terminal, which asks whether its caller
 * blocks or ignores SIGTTIN and SIGTTOU.  True: mask_return() after it. */
bool terminal_enter(void);

/* The shim's end of asynchronous cancellation; does not return. */
extern void (*signal_cancel_hook)(void) HIDDEN;
/* libc put its own handler of the cancellation signal in place of ours. */
void signal_install_kick(void);

#endif
