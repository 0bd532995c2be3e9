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

/*
 * May the address after these bytes be a return address?  Yes after a call
 * of a relative address (e8), or of one in a register or in memory (ff /2),
 * which is two to seven bytes long.
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
