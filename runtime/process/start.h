/* start.h - the runtime's start; green.h has green_start(). */
#ifndef GREEN_START_H
#define GREEN_START_H

#include <signal.h>

#include "base/state.h"

/* Start the runtime if it does not run, then fiber_spawn(), with the same
 * parameters and errors.  Also the errors of green_start(). */
int green_spawn_masked(struct fiber **out, const struct green_attr *attr,
		       void *(*start)(void *), void *arg, const sigset_t *mask,
		       struct carrier *pin, uintptr_t *id);

/* In the child of a fork: return to the state before the start. */
void start_forget(void);
/* The calling thread, which greenshim did not make, cannot become a fiber. */
void start_forbid(void);

/* The main thread is to stay on its kernel thread once there are others. */
void start_pins_main(void);

#endif
