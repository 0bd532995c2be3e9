/*
 * System calls by an instruction of the program's own, as a program without
 * libc makes them: past every symbol.
 */
#ifndef CONFORMANCE_OWN_H
#define CONFORMANCE_OWN_H

#include "lib.h"

/* The call's value, or -errno. */
UNUSED static long own6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long r;

	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	return r;
}

#define OWN_N(_0, _1, _2, _3, _4, _5, _6, n, ...) n
#define OWN_CAT_(a, b)				  a##b
#define OWN_CAT(a, b)				  OWN_CAT_(a, b)
#define own(...)                                                               \
	OWN_CAT(own_, OWN_N(__VA_ARGS__, 6, 5, 4, 3, 2, 1, 0))(__VA_ARGS__)
#define own_0(n)	  own6(n, 0, 0, 0, 0, 0, 0)
#define own_1(n, a)	  own6(n, (long)(a), 0, 0, 0, 0, 0)
#define own_2(n, a, b)	  own6(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define own_3(n, a, b, c) own6(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define own_4(n, a, b, c, d)                                                   \
	own6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define own_5(n, a, b, c, d, e)                                                \
	own6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define own_6(n, a, b, c, d, e, f)                                             \
	own6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e),         \
	     (long)(f))

#endif
