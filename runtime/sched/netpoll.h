/* netpoll.h - a hub's edge-triggered epoll set. */
#ifndef GREEN_NETPOLL_H
#define GREEN_NETPOLL_H

#include "sched/hub.h"

/* Create h's epoll set and timerfd.  0 or -errno. */
int netpoll_init(struct hub *h);

/* Pass all pending events to rt_hooks.fd_event, without waiting.  The owner of
 * h, in CARRIER_RT. */
void netpoll_run(struct hub *h);

/* Make the set readable at deadline_ns (CLOCK_MONOTONIC nanoseconds) or
 * earlier.  The owner of h, before it sleeps. */
void netpoll_arm_timer(struct hub *h, uint64_t deadline_ns);

#endif
