/* uvloop.h - libuv's part of a hub: the loop in which an idle hub sleeps. */
#ifndef GREEN_UVLOOP_H
#define GREEN_UVLOOP_H

#include "base/state.h"

/* Load libuv now rather than with the first thread.  NULL, or why libuv
 * cannot be loaded. */
const char *uvloop_load(void);

/* Create the loop of h, which polls h's epoll set.  At the start of the
 * runtime, between fdtab_hide_begin() and fdtab_hide_end().  0 or -errno. */
int uvloop_init(struct hub *h);

/* Run libuv's handler for the child of a fork, if libuv registered one.  Once
 * in each child that starts the runtime, between fdtab_hide_begin() and
 * fdtab_hide_end(). */
void uvloop_in_child(void);

/* Sleep until an event or uvloop_wake().  The owner of h, from the carrier's
 * own context. */
void uvloop_wait(struct hub *h);

/* Let uvloop_wait(h) return.  Any thread. */
void uvloop_wake(struct hub *h);

/* The program or a library calls pthread_atfork(3) with this child handler.
 * True: libuv does, for a loop of ours, and the handler is kept for
 * uvloop_in_child(); libc need not know it. */
bool uvloop_takes_atfork(void (*child)(void));

#endif
