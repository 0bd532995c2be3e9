/*
 * The porting contract.  A CPU is supported when arch/<cpu>/ holds files of
 * the same names as arch/x86_64/ and they keep these promises.
 *
 * raw.h     raw_syscall(nr, a..f): one system call by the CPU's own
 *           instruction, past every symbol; returns the kernel's value, that
 *           is -errno on failure.  Never touches errno.
 * switch.S  arch_switch(): save the callee-saved registers and the floating
 *           point control words on the running stack, note its stack
 *           pointer, load another's and the TLS base, return there.
 *           arch_fiber_entry: first frame of a fiber; ends the backtrace.
 *           arch_restore_rt: the signal return stub that the kernel wants.
 * trap.c    what there is to do for a system call that was trapped: see
 *           arch_trap_call() below.  clone.S is its assembler part.
 * context.c arch_init(), arch_tls_base(), arch_stack_init(), and what there
 *           is to know of struct jmp_buf and of libc's TCB header.
 * jump.h    arch_write_jump(at, to): make the function at `at`, which must be
 *           ARCH_JUMP_SIZE bytes long and writable, lead to another, with all
 *           argument registers and the stack as they are.
 *           ARCH_REL_JUMP_SLOT, ARCH_REL_GLOB_DAT: the relocations that fill
 *           a GOT entry with a symbol's address.
 *
 * Nothing here may call libc or look at a runtime structure.
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

/* Find out what this CPU and kernel offer.  Once, before any switch. */
void arch_init(void);

/* The TLS base of the running kernel thread: the address of the TCB. */
static inline uintptr_t arch_tls_base(void);
/* For a moment, with no thread-local variable of ours in use. */
static inline void arch_set_tls_base(uintptr_t tp);

/* Fill the CPU's part of a TCB header: self pointers, guards copied from the
 * running thread, "there are several threads". */
void arch_tcb_init(void *tcb);

/* The address of the dynamic thread vector's pointer in a TCB header. */
void **arch_tcb_dtv(void *tcb);

/* A jmp_buf that lands in fn, which must not return, just below sp. */
void arch_jmpbuf_make(void *jmpbuf, uintptr_t sp, void (*fn)(void));

/* The running function's own stack pointer. */
static inline uintptr_t arch_stack_pointer(void);

/* Make a copy of a jmp_buf land in fn (with its stack pointer kept). */
void arch_jmpbuf_retarget(void *jmpbuf, void (*fn)(void));

/* rt_sigreturn stub for raw rt_sigaction; a handler's frame gets the one that
 * arch_sigreturn points at. */
void arch_restore_rt(void);
extern void *arch_sigreturn __attribute__((visibility("hidden")));

/* May the address after these ARCH_CALL_MAX bytes be one that a call returns
 * to?  For the dump's guesses. */
static inline int arch_follows_call(const uint8_t *code);

/*
 * A signal's frame on another stack.  move copies what the kernel pushed for
 * a handler (its ucontext and siginfo, to which *info and *context point, with
 * the floating point state) below top, points both at the copies and returns
 * the stack pointer to enter with.  enter calls fn there as the kernel would:
 * when fn returns, the copied frame is what is returned to.
 */
void *arch_frame_move(void *top, void **info, void **context);
void arch_frame_enter(void *sp, void (*fn)(int, void *, void *), int sig,
		      void *info, void *context) __attribute__((noreturn));
/* The stack pointer of an interrupted context (a ucontext_t); the bytes below
 * it that belong to it: ARCH_RED_ZONE. */
static inline uintptr_t arch_context_sp(const void *context);
static inline uintptr_t arch_context_pc(const void *context);

/*
 * A system call that was trapped at an interrupted context, as if its
 * instruction had just been reached (trap.c).
 * call      its number, with its six arguments in a
 * return    set its value
 * foreign   make the call of another ABI, for which call would say nothing
 *           sensible, by that ABI's own instruction; its value is set
 * clone     make a call that starts a child in our memory: the child goes on
 *           at the context's next instruction with the context's registers
 *           and stack pointer child_sp.  ARCH_CHILD_ROOM bytes below top are
 *           written, and nr and a must give the child a stack that ends where
 *           they begin.  Returns in the parent only.
 */
long arch_trap_call(const void *context, long a[6]);
void arch_trap_return(void *context, long value);
void arch_trap_foreign(void *context);
long arch_trap_clone(void *context, long nr, const long a[6], uintptr_t top,
		     uintptr_t child_sp);
void arch_context_set_sp(void *context, uintptr_t sp);
/* Make the system call that ends a signal handler, with the stack pointer sp
 * as at that call; the context that its frame holds. */
static inline void *arch_sigreturn_context(uintptr_t sp);
void arch_trap_sigreturn(uintptr_t sp) __attribute__((noreturn));

/*
 * From now on all raw calls and signal returns are made by the instructions
 * within libc's code.  -ENOSYS: there are none of the right kind.
 * getppid   libc's function
 * restorer  what libc gives the kernel for a handler's return
 */
int arch_trap_use_libc(const void *getppid, void *restorer);

/*
 * ARCH_SETJMP(name, save, before): define the function `name`, which calls
 *	void *before(void *buf, int save)
 * (save: its own second argument, or the number given) and goes on, with the
 * same arguments and return address, in the function that this returned: so
 * that one sees our caller as its own.  At the top level of a C file.
 */

/*
 * ARCH_VFORK(name, before, child, after): define the function `name`, which
 * calls
 *	uint64_t before(void)
 * and then vfork(2).  The child calls
 *	void child(uint64_t kept)
 * and returns 0; the parent, whose registers alone say where to, what
 *	pid_t after(long r, uint64_t kept)
 * makes of the call's value.  kept is what before() returned.  At the top level
 * of a C file.
 */

/* 1: user space may write the TLS base itself. */
extern int arch_fast_tls;

#include "x86_64/inline.h"

#endif
