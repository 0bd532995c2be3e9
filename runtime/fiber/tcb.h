/* tcb.h - thread control blocks, as glibc lays them out. */
#ifndef GREEN_TCB_H
#define GREEN_TCB_H

#include "base/state.h"

struct robust_list_head;

/*
 * The offset of the field `cancelhandling`; negative: unknown.  Some of libc's
 * functions (error, pclose, sem_open) disable the cancellation of their caller
 * there, and not by the symbol.  The calls that the libc door leads to us from
 * within are not cancellation points.
 */
extern long tcb_cancel_offset HIDDEN;
/* nptl/descr.h */
enum { LIBC_CANCEL_OFF = 1, LIBC_CANCEL_AT_ONCE = 2, LIBC_EXITING = 16 };
static inline bool rt_libc_holds_cancel(uintptr_t tcb)
{
	return tcb_cancel_offset >= 0 &&
	       (*(volatile int *)(tcb + (uintptr_t)tcb_cancel_offset) &
		LIBC_CANCEL_OFF);
}

/* Find tcb_tid_offset; at start, before the program locks anything: a lock
 * that is held when the first thread starts has its owner's tid in it. */
void tcb_find_tid(void);
/* Find the rest.  -ENOSYS: not with this libc. */
int tcb_init(void);
/* Bytes for static TLS and TCB. */
size_t tcb_area_size(void);
/* A TCB in the area that ends at area_top; NULL without memory. */
void *tcb_make(void *area_top);
/* As new, but for libc's own TLS block, whose malloc cache stays valid. */
void tcb_reset(void *tcb);
/* Write tid and green_self into a TCB. */
void tcb_set(void *tcb, int tid, struct fiber *self);
/* The fiber whose TCB that is; NULL: none of ours. */
struct fiber *tcb_fiber(uintptr_t tcb);
/* The calling kernel thread unregisters its rseq(2) area. */
void tcb_leave_rseq(void);
/* C++ thread_local destructors of the caller. */
void tcb_run_destructors(void);
/* The caller ends: hand on what stands on libc's robust list in its TCB. */
void tcb_leave_robust(void);
/* On libc's list of threads, tcb takes the place of listed. */
void tcb_list_instead(void *listed, void *tcb);
/* libc's robust list in the caller's TCB. */
struct robust_list_head *tcb_robust_list(void);
/* Register list with the kernel for the calling kernel thread, NULL: libc's
 * own; the list registered before. */
struct robust_list_head *tcb_list_register(struct robust_list_head *list);
/*
 * Be the kernel thread that one runs on, for functions of libc that tell the
 * kernel their thread's tid: between these the TCB has it.  Pinned.
 */
void kernel_self_begin(void);
void kernel_self_end(void);

#endif
