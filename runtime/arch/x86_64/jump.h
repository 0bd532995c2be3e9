/* Writing a jump over a function's first bytes, x86-64. */
#ifndef GREEN_ARCH_JUMP_H
#define GREEN_ARCH_JUMP_H

/* jmp *0(%rip) and the address that it reads. */
#define ARCH_JUMP_SIZE 14

/* R_X86_64_JUMP_SLOT, R_X86_64_GLOB_DAT */
#define ARCH_REL_JUMP_SLOT 7
#define ARCH_REL_GLOB_DAT  6

static inline void arch_write_jump(void *at, void (*to)(void))
{
	static const unsigned char jmp[6] = { 0xff, 0x25, 0, 0, 0, 0 };
	unsigned char *p = at;

	__builtin_memcpy(p, jmp, sizeof(jmp));
	__builtin_memcpy(p + sizeof(jmp), &to, sizeof(to));
	__builtin___clear_cache((char *)p, (char *)p + ARCH_JUMP_SIZE);
}

#endif
