/* clock.h - the time, CLOCK_MONOTONIC in nanoseconds. */
#ifndef GREEN_CLOCK_H
#define GREEN_CLOCK_H

#include "base/common.h"

static inline uint64_t now_ns(void)
{
	return green_now();
}

#endif
