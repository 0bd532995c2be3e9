/* uvloop.h - libuv's part of a hub: the loop that wakes an idle hub. */
#ifndef GREEN_UVLOOP_H
#define GREEN_UVLOOP_H

#include "base/state.h"

/* Load libuv now rather than with the first thread.  NULL, or why libuv
 * cannot be loaded. */
const char *uvloop_load(void);
/* The loop's own set, which is readable when the loop is to be run; or -errno. */
int uvloop_init(struct hub *h);
/* What libuv has to do in the child of a fork. */
void uvloop_in_child(void);
/* Run the loop, on the stack of the carrier that owns h.  It does not wait. */
void uvloop_run(struct hub *h);
/* False: it has to run once before it can be woken. */
bool uvloop_began(const struct hub *h);
/* Make the loop's set readable; from any thread. */
void uvloop_wake(struct hub *h);
/* Is the calling thread in a call of libuv's?  Then the descriptor that the
 * call names may have moved: the number that it has now. */
extern __thread unsigned uvloop_inside HIDDEN
	__attribute__((tls_model("initial-exec")));
int uvloop_number(int fd);
void uvloop_moved(int fd, int to);
/* libuv has opened fd, which is itself whatever had the number before. */
void uvloop_opened(int fd);
/* pthread_atfork() was called: true if by libuv for a loop of ours. */
bool uvloop_takes_atfork(void (*child)(void));

#endif
