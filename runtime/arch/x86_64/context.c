/* Stacks, TCB headers and jmp_bufs, x86-64 with glibc. */
#include <errno.h>
#include "../arch.h"

int arch_fast_tls;

void arch_fiber_entry(void);
void arch_syscall_here(void);

const void *arch_syscall_at = (const void *)arch_syscall_here;
void *arch_sigreturn = (void *)arch_restore_rt;

/* AT_HWCAP2 bit 1: user space may write the FS base. */
#define AUX_HWCAP2	26
#define HWCAP2_FSGSBASE 2

extern unsigned long getauxval(unsigned long type);

void arch_init(void)
{
	arch_fast_tls = (getauxval(AUX_HWCAP2) & HWCAP2_FSGSBASE) != 0;
}

void *arch_stack_init(void *top, void (*entry)(void *))
{
	uint64_t *sp = (uint64_t *)((uintptr_t)top & ~(uintptr_t)15);
	uint32_t mxcsr;
	uint16_t fpucw;

	/*
	 * A fiber starts with its creator's control words, as a thread does.
	 * The word above the return address keeps the stack aligned at the call
	 * in arch_fiber_entry.
	 */
	__asm__("stmxcsr %0" : "=m"(mxcsr));
	__asm__("fnstcw %0" : "=m"(fpucw));
	*--sp = 0;
	*--sp = 0;
	*--sp = (uint64_t)(uintptr_t)arch_fiber_entry;
	*--sp = 0;			    /* rbp */
	*--sp = (uint64_t)(uintptr_t)entry; /* rbx */
	*--sp = 0;			    /* r12 */
	*--sp = 0;			    /* r13 */
	*--sp = 0;			    /* r14 */
	*--sp = 0;			    /* r15 */
	*--sp = mxcsr | (uint64_t)fpucw << 32;
	return sp;
}

/* Header of glibc's TCB on x86-64 (part of the ABI: compilers use it). */
enum {
	TCB_TCB = 0,
	TCB_DTV = 8,
	TCB_SELF = 16,
	TCB_MULTIPLE = 24,
	TCB_STACK_GUARD = 40,
	TCB_POINTER_GUARD = 48,
	TCB_FEATURE_1 = 72
};

#define AT(tcb, off, type) (*(type *)((char *)(tcb) + (off)))

void arch_tcb_init(void *tcb)
{
	void *from = (void *)arch_tls_base();

	AT(tcb, TCB_TCB, void *) = tcb;
	AT(tcb, TCB_SELF, void *) = tcb;
	AT(tcb, TCB_MULTIPLE, int) = 1;
	AT(tcb, TCB_STACK_GUARD, uintptr_t) = AT(from, TCB_STACK_GUARD,
						 uintptr_t);
	AT(tcb, TCB_POINTER_GUARD, uintptr_t) = AT(from, TCB_POINTER_GUARD,
						   uintptr_t);
	AT(tcb, TCB_FEATURE_1, unsigned int) = AT(from, TCB_FEATURE_1,
						  unsigned int);
}

void **arch_tcb_dtv(void *tcb)
{
	return &AT(tcb, TCB_DTV, void *);
}

/* glibc xors both with a guard and rotates them left by 17. */
enum { JB_SP = 6, JB_PC = 7 };

static uintptr_t guard(void)
{
	return AT((void *)arch_tls_base(), TCB_POINTER_GUARD, uintptr_t);
}

static uintptr_t mangle(uintptr_t p)
{
	p ^= guard();
	return p << 17 | p >> 47;
}

static uintptr_t demangle(uintptr_t p)
{
	return (p >> 17 | p << 47) ^ guard();
}

void arch_jmpbuf_make(void *jmpbuf, uintptr_t sp, void (*fn)(void))
{
	uintptr_t *words = jmpbuf;

	/* A function is entered with the stack pointer 8 below an alignment of
	 * 16. */
	words[JB_SP] = mangle((sp & ~(uintptr_t)15) - 8);
	words[JB_PC] = mangle((uintptr_t)fn);
}

void arch_jmpbuf_retarget(void *jmpbuf, void (*fn)(void))
{
	uintptr_t *words = jmpbuf;

	arch_jmpbuf_make(jmpbuf, demangle(words[JB_SP]), fn);
}

#define INFO_SIZE	 128
#define FX_SIZE		 512
#define FX_SW_BYTES	 464 /* in the legacy FP state: the kernel's own notes */
#define FP_XSTATE_MAGIC1 0x46505853

size_t arch_frame_room(const void *context)
{
	const char *fp = AT(context, ARCH_UC_FPSTATE, const char *);
	size_t size = FX_SIZE;

	if (fp && AT(fp, FX_SW_BYTES, uint32_t) == FP_XSTATE_MAGIC1)
		size = AT(fp, FX_SW_BYTES + 4, uint32_t);
	return size + ARCH_UC_SIZE + INFO_SIZE + 128;
}

void *arch_frame_move(void *top, void **info, void **context)
{
	const char *fp = AT(*context, ARCH_UC_FPSTATE, char *);
	uintptr_t at = (uintptr_t)top;
	char *frame;

	if (fp) {
		size_t size = FX_SIZE;

		if (AT(fp, FX_SW_BYTES, uint32_t) == FP_XSTATE_MAGIC1)
			size = AT(fp, FX_SW_BYTES + 4, uint32_t);
		at = (at - size) & ~(uintptr_t)63;
		__builtin_memcpy((void *)at, fp, size);
		fp = (const char *)at;
	}
	/* Return address, context and siginfo, as after a call. */
	at = ((at - 8 - ARCH_UC_SIZE - INFO_SIZE) & ~(uintptr_t)15) - 8;
	frame = (char *)at;
	AT(frame, 0, void *) = arch_sigreturn;
	__builtin_memcpy(frame + 8, *context, ARCH_UC_SIZE);
	__builtin_memcpy(frame + 8 + ARCH_UC_SIZE, *info, INFO_SIZE);
	*context = frame + 8;
	*info = frame + 8 + ARCH_UC_SIZE;
	AT(*context, ARCH_UC_FPSTATE, const char *) = fp;
	return frame;
}

/* glibc publishes no address of this function, which is written in assembly:
 * its end is known by its code.  The arguments move up by one and the pointer
 * to the thread's flags is saved, before the system call. */
int arch_context_in_cancellable(const void *context, uintptr_t low)
{
	static const uint8_t code[] = { 0x48, 0x89, 0xf0, 0x48, 0x89, 0xd7,
					0x48, 0x89, 0xce, 0x4c, 0x89, 0xc2,
					0x4d, 0x89, 0xca, 0x4c, 0x8b, 0x44,
					0x24, 0x08, 0x4c, 0x8b, 0x4c, 0x24,
					0x10, 0x4c, 0x89, 0x5c, 0x24, 0x08,
					0x0f, 0x05, 0xc3 };
	enum { CALL = sizeof(code) - 3, CALL_SIZE = 2 };
	uintptr_t pc = arch_context_pc(context);

	if (AT(context, ARCH_UC_AX, long) == -EINTR &&
	    *(const uint8_t *)pc == code[CALL + CALL_SIZE])
		pc -= CALL_SIZE;
	return pc - low >= CALL && pc >= low &&
	       !__builtin_memcmp((const void *)(pc - CALL), code, sizeof(code));
}
