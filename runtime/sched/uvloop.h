/* uvloop.h - libuv's part of a hub: the loop in which an idle hub sleeps. */
#ifndef GREEN_UVLOOP_H
#define GREEN_UVLOOP_H

#include "base/state.h"

/* Load libuv now, and not with the first thread.  NULL, or why it cannot be
 * loaded. */
const char *uvloop_load(void);
int uvloop_init(struct hub *h); /* 0 or -errno */
/* What libuv has to do in the child of a fork. */
void uvloop_in_child(void);
/* Sleep until an event or uvloop_wake(). */
void uvloop_wait(struct hub *h);
void uvloop_wake(struct hub *h); /* from any thread */
/* pthread_atfork() was called: true if by libuv for a loop of ours. */
bool uvloop_takes_atfork(void (*child)(void));

#endif
