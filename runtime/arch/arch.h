/*
 * arch.h - the porting contract.  A CPU is supported when arch/<cpu>/ has files
 * of the same names as arch/x86_64/, which keep these promises.
 *
 * raw.h     raw_syscall(nr, a..f): one system call by the CPU's own
 *           instruction, past every symbol.  Returns the kernel's value, which
 *           is -errno on failure; never touches errno.
 * switch.S  arch_switch(): save the callee-saved registers and the
 *           floating-point control words on the running stack, store its stack
 *           pointer, load another one and the TLS base, return there.
 *           arch_fiber_entry: a fiber's first frame; backtraces end there.
 *           arch_restore_rt: the signal return stub that the kernel wants.
 * trap_frame.c  what to do with a system call that was trapped: see
 *           arch_trap_call() below.  clone.S is its assembly part.
 * copy.S    arch_copy(): see below.
 * context.c arch_init(), arch_tls_base(), arch_stack_init(), and what must be
 *           known of struct jmp_buf and of libc's TCB header.
 * jump.h    arch_write_jump(at, to): make the function at `at`, which must be
 *           ARCH_JUMP_SIZE bytes long and writable, jump to another one, with
 *           all argument registers and the stack unchanged.
 *           ARCH_REL_JUMP_SLOT, ARCH_REL_GLOB_DAT: the relocations that fill
 *           a GOT entry with a symbol's address.
 * inline.h  the inline functions declared below, ARCH_SETJMP and ARCH_VFORK.
 *
 * No code here may call libc or look at a structure of the runtime.
 */
#ifndef GREEN_ARCH_H
#define GREEN_ARCH_H

#include <stddef.h>
#include <stdint.h>

#include "x86_64/jump.h"
#include "x86_64/raw.h"

/*
 * Leave the running context and enter another.
 * save_sp   where the stack pointer of the context left is stored
 * load_sp   the stack pointer of the context entered, from an earlier save
 *           or from arch_stack_init()
 * tls       TLS base of the context entered
 * arg       handed to the context entered: the value its own arch_switch()
 *           returns, or the argument of its entry function
 * Returns in the new context; every callee-saved register is kept.
 */
void *arch_switch(void **save_sp, void *load_sp, uintptr_t tls, void *arg);

/* Prepare an empty stack (top: one past its highest byte, 16-aligned) so that
 * switching to the returned stack pointer calls entry(arg of the switch).
 * entry must not return. */
void *arch_stack_init(void *top, void (*entry)(void *));

/* Find out what this CPU and kernel offer.  Called before the first switch. */
void arch_init(void);

/* The TLS base of the running kernel thread: the address of the TCB. */
static inline uintptr_t arch_tls_base(void);
/* Set it for a moment, in which no thread-local variable is used. */
static inline void arch_set_tls_base(uintptr_t tp);

/* Fill in the CPU's part of a TCB header: self pointers, the running thread's
 * guards, and the mark that the process has several threads. */
void arch_tcb_init(void *tcb);

/* The address of the dynamic thread vector's pointer in a TCB header. */
void **arch_tcb_dtv(void *tcb);

/* Make a jmp_buf that jumps to fn, which must not return, with its stack just
 * below sp. */
void arch_jmpbuf_make(void *jmpbuf, uintptr_t sp, void (*fn)(void));

/* Change a jmp_buf so that it jumps to fn; its stack pointer stays. */
void arch_jmpbuf_retarget(void *jmpbuf, void (*fn)(void));

/* The running function's own stack pointer. */
static inline uintptr_t arch_stack_pointer(void);

/* Tell the CPU that this is a loop that waits for another CPU. */
static inline void arch_relax(void);

/* The signal return stub for a raw rt_sigaction().  A handler's frame gets the
 * stub that arch_sigreturn points to, this one or libc's. */
void arch_restore_rt(void);
extern void *arch_sigreturn __attribute__((visibility("hidden")));

/* May the address after these ARCH_CALL_MAX bytes of code be one that a call
 * returns to?  The dump guesses with it. */
static inline int arch_follows_call(const uint8_t *code);

/*
 * Move a signal's frame to another stack.
 * move   copy what the kernel pushed for a handler (the siginfo and the
 *        ucontext that *info and *context point to, and the floating-point
 *        state) below top, and point both to the copies; returns the stack
 *        pointer for enter
 * enter  call fn there as the kernel would: when fn returns, the copied frame
 *        is returned from
 */
void *arch_frame_move(void *top, void **info, void **context);
/* Bytes below top that such a copy may take. */
size_t arch_frame_room(const void *context);
void arch_frame_enter(void *sp, void (*fn)(int, void *, void *), int sig,
		      void *info, void *context) __attribute__((noreturn));
/* The stack pointer and the program counter of an interrupted context (a
 * ucontext_t).  ARCH_RED_ZONE bytes below the stack pointer are in use, too. */
static inline uintptr_t arch_context_sp(const void *context);
static inline uintptr_t arch_context_pc(const void *context);
/* True if the context was interrupted in a cancellable system call of glibc
 * 2.41 or later: in its __syscall_cancel_arch(), before the call or after the
 * call failed with EINTR.  The program counter is in libc's code, which begins
 * at low. */
int arch_context_in_cancellable(const void *context, uintptr_t low);

/*
 * Copy memory that may not be there: 0, or -EFAULT where the handler of the
 * fault asks arch_copy_fault(), which is true if that context (a ucontext_t)
 * was interrupted in such a copy, and makes it go on where the copy fails.
 */
long arch_copy(void *to, const void *from, size_t n);
static inline int arch_copy_fault(void *context);

/*
 * A system call that was trapped at an interrupted context (process/trap.c).
 * call      returns the call's number, and its six arguments in a
 * return    set the call's value
 * foreign   make a call of another ABI, of which arch_trap_call() makes no
 *           sense, by that ABI's own instruction, and set its value
 * clone     make a call that starts a child in our memory: the child continues
 *           at the context's next instruction with the context's registers
 *           and the stack pointer child_sp.  ARCH_CHILD_ROOM bytes below top
 *           are written, and nr and a must give the child a stack pointer
 *           where these bytes begin.  Returns in the parent only: the child's
 *           pid or tid, or -errno.
 */
long arch_trap_call(const void *context, long a[6]);
void arch_trap_return(void *context, long value);
void arch_trap_foreign(void *context);
long arch_trap_clone(void *context, long nr, const long a[6], uintptr_t top,
		     uintptr_t child_sp);
void arch_context_set_sp(void *context, uintptr_t sp);
/* sp is the stack pointer at the system call that ends a signal handler: the
 * context in the handler's frame; make that call. */
static inline void *arch_sigreturn_context(uintptr_t sp);
void arch_trap_sigreturn(uintptr_t sp) __attribute__((noreturn));

/*
 * Make all raw calls and signal returns by instructions within libc's code from
 * now on.
 * getppid   libc's function, whose system call instruction is used
 * restorer  the return stub that libc gives the kernel
 * Returns 0, or -ENOSYS: getppid() is not as expected.
 */
int arch_trap_use_libc(const void *getppid, void *restorer);

/*
 * ARCH_SETJMP(name, save, before): define the function `name`, which calls
 *	void *before(void *buf, int save)
 * and jumps, with the same arguments and return address, to the function whose
 * address before() returned: that function sees the caller of `name` as its own
 * caller.  save is the second argument of `name`, or what the macro's argument
 * `save` loads.  At the top level of a C file.
 */

/*
 * ARCH_VFORK(name, before, child, after): define the function `name`, which
 * calls
 *	uint64_t before(void)
 * and then vfork(2).  The child calls
 *	void child(uint64_t kept)
 * and returns 0; the parent calls
 *	pid_t after(long r, uint64_t kept)
 * with vfork's value and returns what after() returned.  kept is what before()
 * returned.  The return address is in a register meanwhile, because the child
 * overwrites the stack that the parent shares.  At the top level of a C file.
 */

/* 1: user space may write the TLS base (arch_init() found out). */
extern int arch_fast_tls;

#include "x86_64/inline.h"

#endif
