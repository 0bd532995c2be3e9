/* netpoll.h - a hub's edge-triggered set. */
#ifndef GREEN_NETPOLL_H
#define GREEN_NETPOLL_H

#include "sched/hub.h"

int netpoll_init(struct hub *h); /* 0 or -errno */
/* Hand all events that are there to rt_hooks.fd_event. */
void netpoll_run(struct hub *h);
/* The set becomes ready at the deadline, or earlier. */
void netpoll_arm_timer(struct hub *h, uint64_t deadline_ns);

#endif
