/* SPDX-License-Identifier: MIT */
/*
 * The bodies that the clients send, ask for and compare.
 *
 * A body depends on its seed alone, so that both ends of a test and a file on
 * disk agree on every byte without exchanging anything.
 */
#ifndef PROGRAMS_PATTERN_H
#define PROGRAMS_PATTERN_H

#include <stddef.h>
#include <stdint.h>

/* The sizes and seeds of the bodies that `client files` writes. */
static const size_t pattern_sizes[] = { 1, 1000, 65536, 300000 };
#define PATTERN_NSIZES (sizeof(pattern_sizes) / sizeof(pattern_sizes[0]))
#define PATTERN_NSEEDS 5

static inline uint64_t pattern_start(uint64_t seed)
{
	return seed * 0x9e3779b97f4a7c15u + 0x2545f4914f6cdd1du;
}

/*
 * Fill buf with the next len bytes of the body whose state is *s.  The bytes
 * are printable and have no line ends, so that the same body can travel through
 * line-based protocols, and a wrong byte can be read in a log.
 */
static inline void pattern_fill(uint64_t *s, char *buf, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		*s ^= *s << 13;
		*s ^= *s >> 7;
		*s ^= *s << 17;
		buf[i] = (char)('!' + (*s >> 32) % 90);
	}
}

#endif
