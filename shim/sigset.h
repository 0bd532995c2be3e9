/* sigset.h - converts sigset_t to and from the kernel's 64 bits. */
#ifndef GREEN_SIGSET_H
#define GREEN_SIGSET_H

#include <signal.h>
#include <string.h>

#include "interpose.h"

/* 32 and 33, which libc reserves: programs can neither block nor catch them. */
#define LIBC_SIGNALS (3ull << 31)
#define SIGNAL_MAX   64

/* The kernel's set, without the signals that libc reserves. */
static inline uint64_t bits_of(const sigset_t *set)
{
	uint64_t bits;

	memcpy(&bits, set, sizeof(bits));
	return bits & ~LIBC_SIGNALS;
}

/* The same of a set that may not be there.  0 or -EFAULT. */
static inline long bits_at(const sigset_t *set, uint64_t *bits)
{
	long r = user_copy(bits, set, sizeof(*bits));

	*bits &= ~LIBC_SIGNALS;
	return r;
}

static inline void to_set(uint64_t bits, sigset_t *set)
{
	sigemptyset(set);
	memcpy(set, &bits, sizeof(bits));
}

/* The bit of sig; 0 if there is no such signal. */
static inline uint64_t bit_of(int sig)
{
	return sig >= 1 && sig <= SIGNAL_MAX ? 1ull << (sig - 1) : 0;
}

static inline bool signal_valid(int sig)
{
	return bit_of(sig) && !(bit_of(sig) & LIBC_SIGNALS);
}

#endif
