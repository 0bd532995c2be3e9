/*
 * fiber.h - fibers as the rooms above and the shim see them: opaque.
 * fiber/layout.h has the struct.
 */
#ifndef GREEN_FIBER_H
#define GREEN_FIBER_H

#include <signal.h>

#include "base/state.h"

/* Why a parked fiber goes on. */
enum wake { WAKE_NONE, WAKE_EVENT, WAKE_TIMEOUT, WAKE_INTR, WAKE_CLOSED };

/* ---- identity ---- */

/* The fiber of a pthread_t; NULL: not one of ours. */
struct fiber *fiber_of(uintptr_t pthread_id);
uintptr_t fiber_id(struct fiber *f); /* its pthread_t */
int fiber_tid(struct fiber *f);
/* kill(2) and kin take a process by the tid of any of its threads: the pid for
 * a fiber's tid, else tid itself. */
int fiber_process_of(int tid);
bool fiber_is_main(struct fiber *f);
bool fiber_is_detached(struct fiber *f);
bool fiber_has_ended(struct fiber *f);
/* The stack as pthread_getattr_np(3) has it; sizes in bytes. */
void fiber_stack(struct fiber *f, void **low, size_t *size, size_t *guard);
const char *fiber_name(struct fiber *f);
/* -ERANGE: longer than 15 bytes (pthread_setname_np(3)). */
int fiber_set_name(struct fiber *f, const char *name);

/* ---- birth and death ---- */

/*
 * Make a fiber that runs start(arg), as green_spawn() does; the runtime has
 * been started.
 * mask   its signal mask; NULL: the caller's
 * pin    a carrier from pin_make() for it alone; NULL: pinned if the caller is
 * id     its pthread_t, stored before it can run
 * 0; -EINVAL: the stack is too small; -EAGAIN: no memory.
 */
int fiber_spawn(struct fiber **out, const struct green_attr *attr,
		void *(*start)(void *), void *arg, const sigset_t *mask,
		struct carrier *pin, uintptr_t *id);
/* What pthread_join() will return for f. */
void fiber_set_result(struct fiber *f, void *result);
void *fiber_result(struct fiber *f);
/* End the calling fiber; called on its last frame only. */
void fiber_exit(void *result) __attribute__((noreturn));
/* The same as _exit(2) for one thread: no destructors.  status is the
 * process's if this is its last thread. */
void fiber_quit(int status) __attribute__((noreturn));
/* The shim's: called as a fiber ends, before its TLS dies (key
 * destructors). */
extern void (*fiber_end_hook)(void) HIDDEN;

/* ---- processes ---- */

/* In the child of a fork, until it spawns a thread: the fiber that forked,
 * which is none for so long.  NULL in other processes. */
struct fiber *fiber_forked(void);
void fiber_set_forked(struct fiber *f);
/* What the process's one thread is or will be. */
struct fiber *fiber_early(void);
/* In the child of a fork: f is the thread that is left. */
void fiber_fork_child(struct fiber *f);
/* Before the child's first thread: recycle all fibers but f. */
void fiber_forget_others(struct fiber *f);
/* The calling kernel thread, which the process begins with, becomes a fiber;
 * the second one does for f, the fiber that forked. */
struct fiber *fiber_wrap_main(void);
struct fiber *fiber_wrap_forked(struct fiber *f);

/* Fibers spawned in this process so far, main included. */
uint64_t fiber_made(void);

#endif
