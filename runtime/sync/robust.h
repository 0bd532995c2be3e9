/* robust.h - robust mutexes (pthread_mutexattr_setrobust(3)) of fibers. */
#ifndef GREEN_ROBUST_H
#define GREEN_ROBUST_H

#include "base/state.h"

/* libc's struct __pthread_mutex_s, as robust mutexes use it. */
struct robust_list;
struct robust_list_head;
struct robust_lock {
	uint32_t word; /* owner, FUTEX_WAITERS, FUTEX_OWNER_DIED */
	uint32_t count;
	int owner; /* or what libc writes when one has died */
	uint32_t nusers;
	int kind;
	uint32_t fiber; /* ours; libc's __spins, __elision: unused here */
	struct robust_list *prev, *next;
};

/* The tid that stands in the word of what a fiber owns. */
uint32_t robust_keeper(void);
/* Own it if the word is *seen (as in compare-and-swap); flags: more bits. */
bool robust_claim(struct robust_lock *l, uint32_t *seen, uint32_t flags);
/* Release it, and wake one waiter. */
void robust_release(struct robust_lock *l);
/* Around waiting for it in the kernel, on a hop. */
struct robust_list_head *robust_wait_begin(struct robust_lock *l);
void robust_wait_end(struct robust_list_head *own);
/* Around a call of libc's with it, as a kernel thread: what that owns. */
void robust_lend(struct robust_lock *l);
void robust_take_back(struct robust_lock *l);

/* The calling kernel thread becomes the keeper. */
void robust_keep(void);
/* f, the caller, exits: its mutexes pass to their waiters. */
void robust_fiber_end(struct fiber *f);
void robust_fork_child(void);

#endif
