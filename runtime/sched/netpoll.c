/*
 * The netpoller: a hub's edge-triggered epoll set.
 *
 * A descriptor enters the set of the hub whose fiber is the first to wait for
 * it: once, for both directions, until it is closed.  An event carries the
 * descriptor and the generation of its table entry; an event of an older
 * generation is dropped.  The set also holds the hub's timerfd, which gives
 * an idle hub a deadline finer than libuv's milliseconds, and the set of its
 * libuv loop, level-triggered: only a hub that sleeps runs the loop.
 */
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "base/hooks.h"
#include "sched/netpoll.h"

#define EVENTS	  256
#define TIMER_TAG UINT64_MAX
#define LOOP_TAG  (UINT64_MAX - 1)

_Atomic uint32_t own_fds_turn;

int netpoll_init(struct hub *h)
{
	struct epoll_event ev = { EPOLLIN | EPOLLET, { .u64 = TIMER_TAG } };
	long r;

	h->armed_ns = GREEN_FOREVER;
	r = raw_syscall(SYS_epoll_create1, EPOLL_CLOEXEC);
	if (r < 0)
		return (int)r;
	h->epfd = (int)r;
	r = raw_syscall(SYS_timerfd_create, CLOCK_MONOTONIC,
			TFD_CLOEXEC | TFD_NONBLOCK);
	if (r < 0)
		return (int)r;
	h->timerfd = (int)r;
	r = raw_syscall(SYS_epoll_ctl, h->epfd, EPOLL_CTL_ADD, h->timerfd, &ev);
	return (int)r;
}

int netpoll_add_loop(struct hub *h, int fd)
{
	struct epoll_event ev = { EPOLLIN, { .u64 = LOOP_TAG } };

	return (int)raw_syscall(SYS_epoll_ctl, h->epfd, EPOLL_CTL_ADD, fd, &ev);
}

static long look(struct hub *h, struct epoll_event *ev, int timeout_ms)
{
	unsigned turn = own_fds_enter(h);
	long n = raw_syscall(SYS_epoll_wait, h->epfd, ev, EVENTS, timeout_ms);

	own_fds_leave(h, turn);
	return n;
}

/* True: libuv's set is ready. */
static bool take(struct hub *h, const struct epoll_event *ev, long n)
{
	bool loop = false;
	long i;

	for (i = 0; i < n; i++) {
		if (ev[i].data.u64 == TIMER_TAG)
			h->armed_ns = GREEN_FOREVER;
		else if (ev[i].data.u64 == LOOP_TAG)
			loop = true;
		else
			rt_hooks.fd_event((int)(uint32_t)ev[i].data.u64,
					  (uint32_t)(ev[i].data.u64 >> 32),
					  ev[i].events);
	}
	return loop;
}

void netpoll_run(struct hub *h)
{
	struct epoll_event ev[EVENTS];
	long n;

	do {
		n = look(h, ev, 0);
		take(h, ev, n);
	} while (n == EVENTS);
}

bool netpoll_sleep(struct hub *h)
{
	struct epoll_event ev[EVENTS];
	long n = look(h, ev, -1);

	return take(h, ev, n);
}

void netpoll_arm_timer(struct hub *h, uint64_t deadline_ns)
{
	struct itimerspec its = { 0 };
	unsigned turn;

	/* A timerfd that is set too early costs one needless wake-up, less
	 * than setting it every time: move it only if it is set too late. */
	if (deadline_ns >= h->armed_ns)
		return;
	its.it_value.tv_sec = (time_t)(deadline_ns / NS_PER_SEC);
	its.it_value.tv_nsec = (long)(deadline_ns % NS_PER_SEC);
	if (!its.it_value.tv_sec && !its.it_value.tv_nsec)
		its.it_value.tv_nsec = 1; /* zero would disarm it */
	h->armed_ns = deadline_ns;
	turn = own_fds_enter(h);
	raw_syscall(SYS_timerfd_settime, h->timerfd, TFD_TIMER_ABSTIME, &its,
		    0);
	own_fds_leave(h, turn);
}
