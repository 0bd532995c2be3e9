/* tcb.h - thread control blocks, as glibc lays them out. */
#ifndef GREEN_TCB_H
#define GREEN_TCB_H

#include "base/libc_lookup.h"
#include "base/state.h"

struct robust_list_head;

/*
 * The offset of the field `cancelhandling`; negative: unknown.  Some of libc's
 * functions (error, pclose, sem_open) disable cancellation of their caller by
 * this field instead of calling pthread_setcancelstate().  System calls that
 * the libc door leads to us from within such functions are not cancellation
 * points.
 */
extern long tcb_cancel_offset HIDDEN;

/* Bits of `cancelhandling`, from glibc's nptl/descr.h. */
enum { LIBC_CANCEL_OFF = 1, LIBC_CANCEL_AT_ONCE = 2, LIBC_EXITING = 16 };

/* True if libc itself has disabled cancellation of the thread of that TCB. */
static inline bool rt_libc_holds_cancel(uintptr_t tcb)
{
	return tcb_cancel_offset >= 0 &&
	       (*(volatile int *)(tcb + (uintptr_t)tcb_cancel_offset) &
		LIBC_CANCEL_OFF);
}

/* The code of libc; set by tcb_init(). */
extern struct code_range libc_text HIDDEN;

/*
 * The offset of libc's pointer to the state with which the thread calls the
 * vDSO's getrandom; 0: this libc, or the kernel, has none, or tcb_init() was
 * not called yet.  libc takes the state on first use, and gives it back when
 * its own thread exits: a TCB keeps it for its next fiber.
 */
extern long tcb_random_offset HIDDEN;

/* ---- the start ---- */

/* Find tcb_tid_offset.  Called when the library is loaded, before the program
 * takes any lock: a lock that is held when the first thread is spawned contains
 * the tid of its owner. */
void tcb_find_tid(void);

/* Find all other offsets, on the main thread.  0; -ENOSYS: this libc is not
 * supported. */
int tcb_init(void);

/* ---- TCBs ---- */

/* The size of a TCB area, static TLS and struct pthread, in bytes. */
size_t tcb_area_size(void);

/* Create a TCB in the area that ends at area_top.  NULL: no memory.  Calls
 * malloc, so outside the scheduler. */
void *tcb_make(void *area_top);

/* Reset a TCB, and its static TLS but for libc's own block, to a new thread's.
 * Calls free, so outside the scheduler. */
void tcb_reset(void *tcb);

/* Store tid, and green_self, in a TCB. */
void tcb_set(void *tcb, int tid, struct fiber *self);

/* The fiber whose TCB that is; NULL: not a fiber's.  tcb must be the TCB of a
 * thread that exists or of a recycled fiber, or 0. */
struct fiber *tcb_fiber(uintptr_t tcb);

/* In libc's list of threads, replace the TCB listed by tcb. */
void tcb_list_instead(void *listed, void *tcb);

/* Unregister the rseq(2) area of the calling kernel thread, in the caller's
 * TCB. */
void tcb_leave_rseq(void);

/* ---- the exit of a thread ---- */

/* Run the destructors of the caller's C++ thread_local variables. */
void tcb_run_destructors(void);

/* The caller exits: release the robust mutexes on libc's list in its TCB, so
 * that their next owners see EOWNERDEAD. */
void tcb_leave_robust(void);

/* ---- robust lists (set_robust_list(2)) ---- */

/* libc's robust list in the caller's TCB. */
struct robust_list_head *tcb_robust_list(void);

/* Register list with the kernel for the calling kernel thread; NULL: libc's, in
 * the caller's TCB.  Returns the list that was registered before. */
struct robust_list_head *tcb_list_register(struct robust_list_head *list);

/*
 * Between these two the caller's TCB contains the tid of the kernel thread, for
 * functions of libc that pass the tid in the TCB to the kernel.  The caller
 * must be a fiber that cannot leave its carrier meanwhile (pin.h).
 */
void kernel_self_begin(void);
void kernel_self_end(void);

#endif
