/* startup.h - functions of other files that start-up calls (startup.c). */
#ifndef GREEN_STARTUP_H
#define GREEN_STARTUP_H

#include <sys/types.h>

/*
 * Do what has to be done before main(); once.  The constructor calls it, and
 * every interposer that cannot do without: the dynamic linker runs the
 * constructors of the program's libraries first, and these may create threads.
 */
void shim_start(void);

void process_start(void);    /* fork.c: register the handler of the child */
void thread_end_start(void); /* pthread_key.c: set fiber_end_hook */
void raw_door_start(void);   /* raw_door.c: set trap_hook */

/* The pid of the parent while the calling thread is inside libc's fork(), else
 * 0.  In the child, whose pid differs, the runtime is still a copy of the
 * parent's, with locks that no thread will release. */
extern __thread pid_t fork_pid
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

#endif
