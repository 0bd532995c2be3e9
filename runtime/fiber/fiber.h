/*
 * fiber.h - fibers as the rooms above and the shim see them: opaque.
 * fiber/layout.h defines the struct.
 */
#ifndef GREEN_FIBER_H
#define GREEN_FIBER_H

#include <signal.h>

#include "base/state.h"

/* Why a parked fiber runs again. */
enum wake {
	WAKE_NONE,    /* not woken by a waker */
	WAKE_EVENT,   /* what it waited for has happened */
	WAKE_TIMEOUT, /* its deadline has passed */
	WAKE_INTR,    /* fiber_interrupt() */
	WAKE_CLOSED   /* the descriptor that it waited for was closed */
};

/* ---- identity; callable from any context ---- */

/* The fiber of a pthread_t; NULL: not a fiber. */
struct fiber *fiber_of(uintptr_t pthread_id);

/* f's pthread_t. */
uintptr_t fiber_id(struct fiber *f);

/* f's tid, one of the runtime's own numbering unless f leads the process. */
int fiber_tid(struct fiber *f);

/* kill(2) and kin accept the tid of any thread in place of the pid.  Returns
 * the pid if tid is a fiber's, else tid itself. */
int fiber_process_of(int tid);

/* True if f is the program's first thread. */
bool fiber_is_main(struct fiber *f);

bool fiber_is_detached(struct fiber *f);

/* True once f has left its stack for ever; f may still be joined. */
bool fiber_has_ended(struct fiber *f);

/* f's stack as pthread_getattr_np(3) reports it: lowest byte, size and guard
 * size in bytes. */
void fiber_stack(struct fiber *f, void **low, size_t *size, size_t *guard);

const char *fiber_name(struct fiber *f);

/* Set f's name, as pthread_setname_np(3) does.  -ERANGE: longer than 15
 * bytes. */
int fiber_set_name(struct fiber *f, const char *name);

/* ---- birth and death ---- */

/*
 * Spawn a fiber that runs start(arg), as green_spawn() does; the runtime has
 * been started.  Outside the scheduler: it calls malloc.
 * out   receives the fiber; may be NULL
 * mask  its signal mask; NULL: the caller's
 * pin   a carrier from pin_make() for this fiber alone; NULL: the fiber is
 *       pinned if the caller is
 * id    receives its pthread_t, before it can run
 * 0; -EINVAL: the stack is too small; -EAGAIN: no memory or no kernel thread;
 * if the caller is pinned, also -errno of clone(2).
 */
int fiber_spawn(struct fiber **out, const struct green_attr *attr,
		void *(*start)(void *), void *arg, const sigset_t *mask,
		struct carrier *pin, uintptr_t *id);

/* Set, and get, the value that pthread_join(3) returns for f.  Setting it is
 * the last thing that f, the caller, does before it unwinds. */
void fiber_set_result(struct fiber *f, void *result);
void *fiber_result(struct fiber *f);

/* The calling fiber exits, as by pthread_exit(3) but without unwinding: called
 * in its first frame only.  The last fiber ends the process. */
void fiber_exit(void *result) __attribute__((noreturn));

/* The same, as exit(2) does for one thread: no destructor runs.  status is the
 * exit status of the process if this is its last thread. */
void fiber_quit(int status) __attribute__((noreturn));

/* Set by the shim: called as a fiber exits, on that fiber, before its TLS dies
 * (destructors of pthread keys). */
extern void (*fiber_end_hook)(void) HIDDEN;

/* ---- processes ---- */

/* In the child of a fork, until the child spawns a thread: the fiber that
 * forked, which is not a fiber meanwhile.  NULL in other processes. */
struct fiber *fiber_forked(void);
void fiber_set_forked(struct fiber *f);

/* The fiber that the only thread of this process will become when the runtime
 * starts: state set before (cancellation, signal mask) is kept there. */
struct fiber *fiber_early(void);

/* In the child of a fork, before it becomes a process without fibers: f is the
 * thread that is left. */
void fiber_fork_child(struct fiber *f);

/* In the child of a fork, when the runtime starts: recycle all fibers but f. */
void fiber_forget_others(struct fiber *f);

/* Make the calling kernel thread, the first of the process, a fiber: the main
 * one, or, in the child of a fork, f, the fiber that forked.  Returns it. */
struct fiber *fiber_wrap_main(void);
struct fiber *fiber_wrap_forked(struct fiber *f);

/* The number of fibers spawned in this process so far, its first thread
 * included. */
uint64_t fiber_made(void);

#endif
