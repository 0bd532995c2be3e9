/* now.h - the runtime's short name for green_now(): CLOCK_MONOTONIC, in
 * nanoseconds. */
#ifndef GREEN_NOW_H
#define GREEN_NOW_H

#include "base/common.h"

static inline uint64_t now_ns(void)
{
	return green_now();
}

#endif
