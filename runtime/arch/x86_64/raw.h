/* Raw system calls, x86-64.  Contract in ../arch.h. */
#ifndef GREEN_ARCH_RAW_H
#define GREEN_ARCH_RAW_H

#include <sys/syscall.h>

/*
 * The address of the instructions "syscall; ret".  They are called, not written
 * inline, so that they can be libc's own where system calls made from any other
 * place are trapped (process/trap.c).
 */
extern const void *arch_syscall_at __attribute__((visibility("hidden")));

static inline long raw6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("call *%[at]"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
			   "r"(r9), [at] "m"(arch_syscall_at)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline long raw3(long nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("call *%[at]"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b),
			   "d"(c), [at] "m"(arch_syscall_at)
			 : "rcx", "r11", "memory");
	return ret;
}

/* raw_syscall(SYS_x, up to six arguments of any scalar type) */
#define RAW_N(_0, _1, _2, _3, _4, _5, _6, n, ...) n
#define RAW_CAT_(a, b)				  a##b
#define RAW_CAT(a, b)				  RAW_CAT_(a, b)
#define raw_syscall(...)                                                       \
	RAW_CAT(raw_call, RAW_N(__VA_ARGS__, 6, 5, 4, 3, 2, 1, 0))(__VA_ARGS__)
#define raw_call0(n)	      raw3(n, 0, 0, 0)
#define raw_call1(n, a)	      raw3(n, (long)(a), 0, 0)
#define raw_call2(n, a, b)    raw3(n, (long)(a), (long)(b), 0)
#define raw_call3(n, a, b, c) raw3(n, (long)(a), (long)(b), (long)(c))
#define raw_call4(n, a, b, c, d)                                               \
	raw6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define raw_call5(n, a, b, c, d, e)                                            \
	raw6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define raw_call6(n, a, b, c, d, e, f)                                         \
	raw6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e),         \
	     (long)(f))

#endif
