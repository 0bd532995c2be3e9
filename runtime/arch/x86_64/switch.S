/*
 * Context switch, x86-64 System V.  Contract in ../arch.h.
 *
 * Frame left on a suspended stack, from its stack pointer upwards:
 *   0 mxcsr (4 bytes)   4 x87 control word (2 bytes)   8 r15  16 r14  24 r13
 *   32 r12  40 rbx  48 rbp  56 return address
 */
	.text

/* void *arch_switch(void **save_sp, void *load_sp, uintptr_t tls, void *arg)
 * takes rdi rsi rdx rcx; returns arg in rax, in the context entered.
 * Keeps rbx rbp r12-r15, mxcsr, x87 control word of each context. */
	.globl	arch_switch
	.hidden	arch_switch
	.type	arch_switch, @function
	.p2align 5
arch_switch:
	.cfi_startproc
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	pushq	%r12
	.cfi_adjust_cfa_offset 8
	pushq	%r13
	.cfi_adjust_cfa_offset 8
	pushq	%r14
	.cfi_adjust_cfa_offset 8
	pushq	%r15
	.cfi_adjust_cfa_offset 8
	subq	$8, %rsp
	.cfi_adjust_cfa_offset 8
	stmxcsr	(%rsp)
	fnstcw	4(%rsp)
	movl	(%rsp), %r8d
	movzwl	4(%rsp), %r9d
	movq	%rsp, (%rdi)
	cmpl	$0, arch_fast_tls(%rip)
	je	2f
	movq	%rsi, %rsp
	wrfsbase %rdx
1:
	/* The control words rarely differ, and loading them is slow. */
	cmpl	(%rsp), %r8d
	je	3f
	ldmxcsr	(%rsp)
3:
	cmpw	4(%rsp), %r9w
	je	4f
	fldcw	4(%rsp)
4:
	addq	$8, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	movq	%rcx, %rax
	ret
2:
	/* arch_prctl(ARCH_SET_FS, tls); the kernel clobbers rcx and r11 */
	movq	%rcx, %r10
	movq	%rsi, %r12
	movl	$158, %eax
	movl	$0x1002, %edi
	movq	%rdx, %rsi
	syscall
	movq	%r12, %rsp
	movq	%r10, %rcx
	jmp	1b
	.cfi_endproc
	.size	arch_switch, .-arch_switch

/* First frame of a fiber: rax = the switch's arg, rbx = entry function.
 * Does not return; backtraces end here. */
	.globl	arch_fiber_entry
	.hidden	arch_fiber_entry
	.type	arch_fiber_entry, @function
	.p2align 4
arch_fiber_entry:
	.cfi_startproc
	.cfi_undefined rip
	xorl	%ebp, %ebp
	movq	%rax, %rdi
	call	*%rbx
	ud2
	.cfi_endproc
	.size	arch_fiber_entry, .-arch_fiber_entry

/* void arch_frame_enter(void *sp, fn, int sig, void *info, void *context)
 * takes rdi rsi rdx rcx r8; the word at sp is fn's return address.  Does not
 * return. */
	.globl	arch_frame_enter
	.hidden	arch_frame_enter
	.type	arch_frame_enter, @function
	.p2align 4
arch_frame_enter:
	.cfi_startproc
	movq	%rdi, %rsp
	movq	%rsi, %rax
	movl	%edx, %edi
	movq	%rcx, %rsi
	movq	%r8, %rdx
	jmp	*%rax
	.cfi_endproc
	.size	arch_frame_enter, .-arch_frame_enter

/* arch_syscall_at points here until arch_trap_use_libc(). */
	.globl	arch_syscall_here
	.hidden	arch_syscall_here
	.type	arch_syscall_here, @function
	.p2align 4
arch_syscall_here:
	.cfi_startproc
	syscall
	ret
	.cfi_endproc
	.size	arch_syscall_here, .-arch_syscall_here

/* Signal return stub.  gdb and unwinders recognise it by its bytes. */
	.globl	arch_restore_rt
	.hidden	arch_restore_rt
	.type	arch_restore_rt, @function
	.p2align 4
	nop
arch_restore_rt:
	movq	$15, %rax
	syscall
	.size	arch_restore_rt, .-arch_restore_rt

	.section .note.GNU-stack, "", @progbits
