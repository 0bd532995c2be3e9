/*
 * common.h - includes and macros for every file of the runtime.
 *
 * Only arch/ stands below; nothing here depends on fibers.
 */
#ifndef GREEN_COMMON_H
#define GREEN_COMMON_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "arch/arch.h"
#include "green.h"

#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define NS_PER_SEC  1000000000ull
#define CACHE_LINE  64

/* Visible within the library, not exported from it. */
#define HIDDEN __attribute__((visibility("hidden")))

#endif
