/* The report of a failed assertion. */
#include <stdio.h>

#include "base/assert.h"
#include "base/hooks.h"
#include "base/log.h"

void assert_failed(const char *file, int line, const char *text,
		   const uintptr_t *a, const uintptr_t *b)
{
	static _Atomic bool failing;
	struct fiber *f = green_self;
	char values[64] = "";

	if (a && b)
		snprintf(values, sizeof(values), " (%#lx, %#lx)",
			 (unsigned long)*a, (unsigned long)*b);
	rt_say("%s:%d: assertion failed: %s%s, in fiber %p, thread %d", file,
	       line, text, values, (void *)f, (int)raw_syscall(SYS_gettid));
	/* The dump itself contains assertions: write only one. */
	if (!atomic_exchange(&failing, true) && rt_hooks.dump && rt_started)
		rt_hooks.dump(STDERR_FILENO);
	rt_panic("internal error: an assertion failed (please report the "
		 "lines above)");
}
