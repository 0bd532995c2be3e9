/* startup.h - what start-up calls of other shim files. */
#ifndef GREEN_STARTUP_H
#define GREEN_STARTUP_H

#include <sys/types.h>

void process_start(void);    /* fork.c */
void thread_end_start(void); /* pthread_key.c */
void raw_door_start(void);   /* raw_door.c */

/* While the calling thread is inside libc's fork: the parent's number.  In the
 * child, whose number differs, the runtime is still the parent's picture, with
 * locks that nobody will release. */
extern __thread pid_t fork_pid
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

#endif
