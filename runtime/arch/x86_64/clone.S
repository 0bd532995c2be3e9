/*
 * Calls that start a child in our memory, and calls of the 32-bit ABI, x86-64.
 * Contract in ../arch.h; trap_frame.c lays out what the child pops.
 */
	.text

/* long arch_clone(long nr, const long a[6], const void *fp, long features)
 * takes rdi rsi rdx rcx; returns the call's value in rax, in the parent.
 * Loads the floating-point state at fp (features 0: the legacy part alone),
 * which the child starts with; fp NULL: leaves the state as it is.  The child's
 * stack begins with the address of arch_clone_child. */
	.globl	arch_clone
	.hidden	arch_clone
	.type	arch_clone, @function
	.p2align 4
arch_clone:
	.cfi_startproc
	movq	%rdx, %r8
	movq	%rcx, %rax
	movq	%rcx, %rdx
	shrq	$32, %rdx
	testq	%r8, %r8
	je	2f
	testq	%rcx, %rcx
	je	1f
	xrstor64 (%r8)
	jmp	2f
1:
	fxrstor64 (%r8)
2:
	movq	%rdi, %rax
	movq	%rsi, %r11
	movq	(%r11), %rdi
	movq	8(%r11), %rsi
	movq	16(%r11), %rdx
	movq	24(%r11), %r10
	movq	32(%r11), %r8
	movq	40(%r11), %r9
	jmp	*arch_syscall_at(%rip)
	.cfi_endproc
	.size	arch_clone, .-arch_clone

/* The child begins here: all its registers are on its stack. */
	.globl	arch_clone_child
	.hidden	arch_clone_child
	.type	arch_clone_child, @function
	.p2align 4
arch_clone_child:
	.cfi_startproc
	.cfi_undefined rip
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	popq	%r9
	popq	%r8
	popq	%r10
	popq	%rdx
	popq	%rsi
	popq	%rdi
	popfq
	popq	%rcx
	popq	%rsp
	jmp	*%rcx
	.cfi_endproc
	.size	arch_clone_child, .-arch_clone_child

/* void arch_trap_sigreturn(uintptr_t sp): takes rdi; does not return. */
	.globl	arch_trap_sigreturn
	.hidden	arch_trap_sigreturn
	.type	arch_trap_sigreturn, @function
	.p2align 4
arch_trap_sigreturn:
	.cfi_startproc
	.cfi_undefined rip
	movq	%rdi, %rsp
	movl	$15, %eax
	jmp	*arch_syscall_at(%rip)
	.cfi_endproc
	.size	arch_trap_sigreturn, .-arch_trap_sigreturn

/* long arch_int80(const long regs[7]): eax ebx ecx edx esi edi ebp.
 * Takes rdi; returns eax; keeps the callee-saved registers. */
	.globl	arch_int80
	.hidden	arch_int80
	.type	arch_int80, @function
	.p2align 4
arch_int80:
	.cfi_startproc
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbp, 0
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbx, 0
	movq	(%rdi), %rax
	movq	8(%rdi), %rbx
	movq	16(%rdi), %rcx
	movq	24(%rdi), %rdx
	movq	32(%rdi), %rsi
	movq	48(%rdi), %rbp
	movq	40(%rdi), %rdi
	int	$0x80
	popq	%rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore rbx
	popq	%rbp
	.cfi_adjust_cfa_offset -8
	.cfi_restore rbp
	cltq
	ret
	.cfi_endproc
	.size	arch_int80, .-arch_int80

	.section .note.GNU-stack, "", @progbits
