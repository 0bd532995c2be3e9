/* robust.h - robust mutexes (pthread_mutexattr_setrobust(3)) of fibers. */
#ifndef GREEN_ROBUST_H
#define GREEN_ROBUST_H

#include "base/state.h"

struct robust_list;
struct robust_list_head;

/* libc's struct __pthread_mutex_s, as robust mutexes use it. */
struct robust_lock {
	/* The owner's tid, or the keeper's; FUTEX_WAITERS; FUTEX_OWNER_DIED. */
	uint32_t word;
	uint32_t count; /* of a recursive mutex */
	int owner;	/* the owner's tid, or libc's mark of a dead owner */
	uint32_t nusers;
	int kind;
	/* The owning fiber's tid, 0: none.  libc's __spins and __elision, which
	 * libc does not use in robust mutexes. */
	uint32_t fiber;
	struct robust_list *prev, *next; /* on the owner's list */
};

/* The functions that take a lock are called by a fiber outside the
 * scheduler, unless they say otherwise. */

/* The tid that is in the word of a mutex that a fiber owns; waits until it is
 * known. */
uint32_t robust_keeper(void);

/* Own l if its word is *seen, by compare-and-swap; flags: further bits of the
 * word.  False: *seen is what the word was. */
bool robust_claim(struct robust_lock *l, uint32_t *seen, uint32_t flags);

/* Release l, which the caller owns, and wake a waiter. */
void robust_release(struct robust_lock *l);

/* Around a wait for l in the kernel, on a hop; robust_wait_end() gets what
 * robust_wait_begin() returned. */
struct robust_list_head *robust_wait_begin(struct robust_lock *l);
void robust_wait_end(struct robust_list_head *own);

/* Around a call of one of libc's functions on l, which the caller owns: between
 * the two the caller's kernel thread owns l, so the caller must be pinned and
 * between kernel_self_begin() and kernel_self_end(). */
void robust_lend(struct robust_lock *l);
void robust_take_back(struct robust_lock *l);

/* Make the calling kernel thread the keeper.  For rt_hooks.monitor_starts. */
void robust_keep(void);

/* f, the caller, exits: release its mutexes, so that their next owners see
 * EOWNERDEAD. */
void robust_fiber_end(struct fiber *f);

/* Forget the keeper, in the child of a fork. */
void robust_fork_child(void);

#endif
