/* Inline parts of the porting contract (../arch.h), x86-64. */
#ifndef GREEN_ARCH_INLINE_H
#define GREEN_ARCH_INLINE_H

static inline uintptr_t arch_tls_base(void)
{
	uintptr_t tp;

	/* The ABI keeps the TCB's own address in its first word. */
	__asm__ volatile("movq %%fs:0, %0" : "=r"(tp));
	return tp;
}

static inline void arch_set_tls_base(uintptr_t tp)
{
	if (arch_fast_tls)
		__asm__ volatile("wrfsbase %0" : : "r"(tp) : "memory");
	else
		raw_syscall(SYS_arch_prctl, 0x1002 /* ARCH_SET_FS */, tp);
}

#define ARCH_AUDIT	AUDIT_ARCH_X86_64 /* <linux/audit.h>: this ABI */
#define ARCH_RED_ZONE	128
#define ARCH_CHILD_ROOM 128 /* what arch_trap_clone() writes */

/* Offsets in the kernel's struct ucontext. */
#define ARCH_UC_AX	(40 + 13 * 8) /* gregs[REG_RAX] */
#define ARCH_UC_SP	(40 + 15 * 8) /* gregs[REG_RSP] */
#define ARCH_UC_PC	(40 + 16 * 8) /* gregs[REG_RIP] */
#define ARCH_UC_FPSTATE (40 + 23 * 8) /* where the FP state lies */
#define ARCH_UC_SIZE	304

static inline uintptr_t arch_context_sp(const void *context)
{
	return *(const uintptr_t *)((const char *)context + ARCH_UC_SP);
}

static inline uintptr_t arch_context_pc(const void *context)
{
	return *(const uintptr_t *)((const char *)context + ARCH_UC_PC);
}

extern const char arch_copy_at[] __attribute__((visibility("hidden")));
extern const char arch_copy_failed[] __attribute__((visibility("hidden")));

static inline int arch_copy_fault(void *context)
{
	uintptr_t *pc = (uintptr_t *)((char *)context + ARCH_UC_PC);

	if (*pc != (uintptr_t)arch_copy_at)
		return 0;
	*pc = (uintptr_t)arch_copy_failed;
	return 1;
}

/* The handler's return has popped the return address before the context. */
static inline void *arch_sigreturn_context(uintptr_t sp)
{
	return (void *)sp;
}

#define ARCH_SETJMP(name, save, before)                                        \
	__asm__(".text\n"                                                      \
		".globl " #name "\n"                                           \
		".type " #name ", @function\n"                                 \
		".p2align 4\n" #name ":\n"                                     \
		".cfi_startproc\n" save "pushq %rdi\n"                         \
		".cfi_adjust_cfa_offset 8\n"                                   \
		"pushq %rsi\n"                                                 \
		".cfi_adjust_cfa_offset 8\n"                                   \
		"subq $8, %rsp\n"                                              \
		".cfi_adjust_cfa_offset 8\n"                                   \
		"call " #before "\n"                                           \
		"addq $8, %rsp\n"                                              \
		".cfi_adjust_cfa_offset -8\n"                                  \
		"popq %rsi\n"                                                  \
		".cfi_adjust_cfa_offset -8\n"                                  \
		"popq %rdi\n"                                                  \
		".cfi_adjust_cfa_offset -8\n"                                  \
		"jmp *%rax\n"                                                  \
		".cfi_endproc\n"                                               \
		".size " #name ", .-" #name "\n")
#define ARCH_SETJMP_SAVE "movl $1, %esi\n" /* always save the mask */

#define ARCH_VFORK(name, before, child, after)                                 \
	__asm__(".text\n"                                                      \
		".globl " #name "\n"                                           \
		".type " #name ", @function\n"                                 \
		".p2align 4\n" #name ":\n"                                     \
		".cfi_startproc\n"                                             \
		"subq $8, %rsp\n"                                              \
		".cfi_adjust_cfa_offset 8\n"                                   \
		"call " #before "\n"                                           \
		"addq $8, %rsp\n"                                              \
		".cfi_adjust_cfa_offset -8\n"                                  \
		"movq %rax, %rsi\n"                                            \
		"popq %rdi\n"                                                  \
		".cfi_adjust_cfa_offset -8\n"                                  \
		".cfi_register rip, rdi\n"                                     \
		"movl $58, %eax\n" /* SYS_vfork */                             \
		"syscall\n"                                                    \
		"pushq %rdi\n"                                                 \
		".cfi_adjust_cfa_offset 8\n"                                   \
		".cfi_rel_offset rip, 0\n"                                     \
		"subq $8, %rsp\n"                                              \
		".cfi_adjust_cfa_offset 8\n"                                   \
		"movq %rax, %rdi\n"                                            \
		"testq %rax, %rax\n"                                           \
		"je 1f\n"                                                      \
		"call " #after "\n"                                            \
		"jmp 2f\n"                                                     \
		"1: movq %rsi, %rdi\n"                                         \
		"call " #child "\n"                                            \
		"xorl %eax, %eax\n"                                            \
		"2: addq $8, %rsp\n"                                           \
		".cfi_adjust_cfa_offset -8\n"                                  \
		"ret\n"                                                        \
		".cfi_endproc\n"                                               \
		".size " #name ", .-" #name "\n")

static inline uintptr_t arch_stack_pointer(void)
{
	uintptr_t sp;

	__asm__ volatile("movq %%rsp, %0" : "=r"(sp));
	return sp;
}

static inline void arch_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

/*
 * A word may be a return address after a call of a relative address (e8), or of
 * one in a register or in memory (ff /2), which is two to seven bytes long.
 */
#define ARCH_CALL_MAX 7
static inline int arch_follows_call(const uint8_t *code)
{
	int n;

	if (code[ARCH_CALL_MAX - 5] == 0xe8)
		return 1;
	for (n = 2; n <= ARCH_CALL_MAX; n++)
		if (code[ARCH_CALL_MAX - n] == 0xff &&
		    (code[ARCH_CALL_MAX - n + 1] >> 3 & 7) == 2)
			return 1;
	return 0;
}

#endif
