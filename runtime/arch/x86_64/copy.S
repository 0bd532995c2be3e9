/*
 * Copying memory that may not be there, x86-64.  Contract in ../arch.h.
 */
	.text

/* long arch_copy(void *to, const void *from, size_t n) takes rdi rsi rdx;
 * returns 0 in rax.  The copying instruction's fault goes on at
 * arch_copy_failed, which returns -EFAULT. */
	.globl	arch_copy
	.hidden	arch_copy
	.type	arch_copy, @function
	.p2align 4
arch_copy:
	.cfi_startproc
	movq	%rdx, %rcx
	.globl	arch_copy_at
	.hidden	arch_copy_at
arch_copy_at:
	rep movsb
	xorl	%eax, %eax
	ret
	.globl	arch_copy_failed
	.hidden	arch_copy_failed
arch_copy_failed:
	movq	$-14, %rax
	ret
	.cfi_endproc
	.size	arch_copy, .-arch_copy

	.section .note.GNU-stack, "", @progbits
