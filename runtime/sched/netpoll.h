/* netpoll.h - a hub's edge-triggered epoll set. */
#ifndef GREEN_NETPOLL_H
#define GREEN_NETPOLL_H

#include "sched/hub.h"

int netpoll_init(struct hub *h); /* 0 or -errno */
/* libuv's set is one of h's descriptors.  0 or -errno. */
int netpoll_add_loop(struct hub *h, int fd);
/* Sleep until an event.  True: libuv's set is ready. */
bool netpoll_sleep(struct hub *h);
/* Hand all events that are there to rt_hooks.fd_event. */
void netpoll_run(struct hub *h);

/* Make the set readable at deadline_ns (CLOCK_MONOTONIC nanoseconds) or
 * earlier.  The owner of h, before it sleeps. */
void netpoll_arm_timer(struct hub *h, uint64_t deadline_ns);

#endif
