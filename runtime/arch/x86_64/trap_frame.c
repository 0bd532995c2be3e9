/* System calls that were trapped, x86-64.  Contract in ../arch.h. */
#include <errno.h>

#include "../arch.h"

/* Registers, in the order of the kernel's struct ucontext. */
enum {
	R8,
	R9,
	R10,
	R11,
	R12,
	R13,
	R14,
	R15,
	RDI,
	RSI,
	RBP,
	RBX,
	RDX,
	RAX,
	RCX,
	RSP,
	RIP,
	FLAGS
};

#define UC_GREGS	    40
#define AT(base, off, type) (*(type *)((char *)(base) + (off)))

/* The kernel's own notes in the legacy floating-point state. */
#define FX_MAGIC	 464
#define FX_FEATURES	 472
#define FP_XSTATE_MAGIC1 0x46505853

long arch_clone(long nr, const long a[6], const void *fp, long features);
void arch_clone_child(void);
long arch_int80(const long regs[7]);

static uintptr_t *registers(const void *context)
{
	return (uintptr_t *)((uintptr_t)context + UC_GREGS);
}

long arch_trap_call(const void *context, long a[6])
{
	const uintptr_t *r = registers(context);

	a[0] = (long)r[RDI];
	a[1] = (long)r[RSI];
	a[2] = (long)r[RDX];
	a[3] = (long)r[R10];
	a[4] = (long)r[R8];
	a[5] = (long)r[R9];
	return (long)r[RAX];
}

void arch_trap_return(void *context, long value)
{
	registers(context)[RAX] = (uintptr_t)value;
}

void arch_trap_foreign(void *context)
{
	uintptr_t *r = registers(context);
	long a[7] = { (long)r[RAX], (long)r[RBX], (long)r[RCX], (long)r[RDX],
		      (long)r[RSI], (long)r[RDI], (long)r[RBP] };

	r[RAX] = (uintptr_t)arch_int80(a);
}

void arch_context_set_sp(void *context, uintptr_t sp)
{
	registers(context)[RSP] = sp;
}

long arch_trap_clone(void *context, long nr, const long a[6], uintptr_t top,
		     uintptr_t child_sp)
{
	static const uint8_t popped[] = { R15, R14, R13, R12, RBP, RBX,	  R9,
					  R8,  R10, RDX, RSI, RDI, FLAGS, RIP };
	const uintptr_t *r = registers(context);
	uintptr_t *at = (uintptr_t *)(top - ARCH_CHILD_ROOM);
	const char *fp = AT(context, ARCH_UC_FPSTATE, char *);
	long features = 0;
	unsigned i;

	*at++ = (uintptr_t)arch_clone_child;
	for (i = 0; i < sizeof(popped); i++)
		*at++ = r[popped[i]];
	*at = child_sp;
	if (fp && AT(fp, FX_MAGIC, uint32_t) == FP_XSTATE_MAGIC1)
		features = AT(fp, FX_FEATURES, long);
	return arch_clone(nr, a, fp, features);
}

int arch_trap_use_libc(const void *getppid, void *restorer)
{
	const uint8_t *p = getppid, *end = p + 16;

	for (; p < end; p++)
		if (p[0] == 0x0f && p[1] == 0x05 && p[2] == 0xc3) {
			arch_syscall_at = p;
			arch_sigreturn = restorer;
			return 0;
		}
	return -ENOSYS;
}
