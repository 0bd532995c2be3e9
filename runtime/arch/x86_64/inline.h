/* Inline parts of the porting contract, x86-64. */
#ifndef GREEN_ARCH_INLINE_H
#define GREEN_ARCH_INLINE_H

static inline uintptr_t arch_tls_base(void)
{
	uintptr_t tp;

	/* The ABI keeps the TCB's own address in its first word. */
	__asm__ volatile("movq %%fs:0, %0" : "=r"(tp));
	return tp;
}

static inline void arch_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

#endif
