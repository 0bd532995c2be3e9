/*
 * longjmp.c - jumps that restore a signal mask.
 *
 * libc's sigsetjmp() saves the signal mask of the kernel thread, which differs
 * from that of the fiber.  The buffer has room for 1,024 signals and the kernel
 * has 64, so the fiber's mask is stored behind the kernel's, after a mark.  A
 * buffer without the mark was filled before there were fibers: there the
 * kernel's mask is the thread's.
 */
#include <setjmp.h>

#include "sigset.h"

#define MARK 0x67726e736967ull /* "grnsig" */

struct saved {
	uint64_t kernel, mark, mask;
};

_Static_assert(sizeof(struct saved) <= sizeof(sigset_t),
	       "both masks fit into the buffer");

/* Runs before libc's function, to which ARCH_SETJMP jumps: libc has to find the
 * program's return address, and saves the kernel's mask. */
__attribute__((used)) static void *before_setjmp(struct __jmp_buf_tag *env,
						 int save)
{
	if (save) {
		struct saved *s = (struct saved *)&env->__saved_mask;

		s->mark = 0;
		if (fiber_of((uintptr_t)arch_tls_base()) && rt_started) {
			signal_mask(SIG_BLOCK, NULL, &s->mask);
			s->mark = MARK;
		}
	}
	return LIBC_SYMBOL("__sigsetjmp", "GLIBC_2.2.5");
}

ARCH_SETJMP(__sigsetjmp, "", before_setjmp);
ARCH_SETJMP(setjmp, ARCH_SETJMP_SAVE, before_setjmp);

typedef void jump(struct __jmp_buf_tag *env, int value);

/* Restore the fiber's mask, and have libc jump by a copy of env that does not
 * make libc restore the kernel's. */
static void jump_by(jump *libc, struct __jmp_buf_tag *env, int value)
{
	struct __jmp_buf_tag copy;
	const struct saved *s = (const struct saved *)&env->__saved_mask;
	uint64_t mask;

	if (rt_started && fiber_of((uintptr_t)arch_tls_base())) {
		memcpy(&copy, env,
		       offsetof(struct __jmp_buf_tag, __saved_mask));
		if (copy.__mask_was_saved) {
			mask = s->mark == MARK ? s->mask : s->kernel;
			copy.__mask_was_saved = 0;
			signal_mask(SIG_SETMASK, &mask, NULL);
		}
		env = &copy;
	}
	libc(env, value);
	__builtin_unreachable();
}

EXPORT __attribute__((noreturn)) void green_longjmp(
	struct __jmp_buf_tag *env, int value) __asm__("longjmp");
void green_longjmp(struct __jmp_buf_tag *env, int value)
{
	jump_by((jump *)LIBC_SYMBOL("longjmp", "GLIBC_2.2.5"), env, value);
	__builtin_unreachable();
}

EXPORT extern __typeof__(green_longjmp) green__longjmp __asm__("_longjmp")
	__attribute__((alias("longjmp"), noreturn));
EXPORT extern __typeof__(green_longjmp) green_siglongjmp __asm__("siglongjmp")
	__attribute__((alias("longjmp"), noreturn));

/* The fortified name: libc checks that the jump goes up the stack. */
EXPORT __attribute__((noreturn)) void green_longjmp_chk(
	struct __jmp_buf_tag *env, int value) __asm__("__longjmp_chk");
void green_longjmp_chk(struct __jmp_buf_tag *env, int value)
{
	jump_by((jump *)LIBC_SYMBOL("__longjmp_chk", "GLIBC_2.11"), env, value);
	__builtin_unreachable();
}
