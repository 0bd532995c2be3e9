/*
 * libuv's part of a hub: the loop in which an idle hub sleeps.
 *
 * The hub's edge-triggered set hangs in the loop as one uv_poll_t; an
 * uv_async_t wakes it from other threads.  Only this file includes uv.h.
 * uv_run is called on a carrier's own stack, by the hub's owner only; which
 * kernel thread that is may change between calls, never during one.
 */
#include <uv.h>

#include "base/map.h"
#include "sched/netpoll.h"
#include "sched/uvloop.h"

struct uv_part {
	uv_loop_t loop;
	uv_poll_t set;
	uv_async_t wake;
};

static void on_set(uv_poll_t *handle, int status, int events)
{
	(void)status;
	(void)events;
	netpoll_run(handle->data);
}

static void on_wake(uv_async_t *handle)
{
	(void)handle; /* to return from uv_run is all that is wanted */
}

/*
 * libuv's own handler for the child of a fork, which opens a pipe anew.  Left
 * to libc it would run after ours, and the pipe would land among the program's
 * descriptors.
 */
static void (*in_child)(void);
static bool starting;

bool uvloop_takes_atfork(void (*child)(void))
{
	if (starting)
		in_child = child;
	return starting;
}

/* Between fdtab_hide_begin() and fdtab_hide_end(), once in each child. */
void uvloop_in_child(void)
{
	if (in_child)
		in_child();
}

int uvloop_init(struct hub *h)
{
	/* After a fork the parent's loop must not be touched, not even
	 * closed: its epoll set is shared with the parent. */
	struct uv_part *uv = rt_map(sizeof(*uv));
	int r;

	if (!uv)
		return -ENOMEM;
	h->uv = uv;
	starting = true;
	r = uv_loop_init(&uv->loop);
	starting = false;
	if (r == 0)
		r = uv_async_init(&uv->loop, &uv->wake, on_wake);
	if (r == 0)
		r = uv_poll_init(&uv->loop, &uv->set, h->epfd);
	if (r == 0) {
		uv->set.data = h;
		r = uv_poll_start(&uv->set, UV_READABLE, on_set);
	}
	return r; /* libuv's errors are -errno on Unix */
}

void uvloop_wait(struct hub *h)
{
	uv_run(&h->uv->loop, UV_RUN_ONCE);
}

void uvloop_wake(struct hub *h)
{
	uv_async_send(&h->uv->wake);
}
