/*
 * libuv's part of a hub: the loop in which an idle hub sleeps.
 *
 * The loop polls the hub's edge-triggered epoll set as one uv_poll_t; an
 * uv_async_t wakes the loop from other threads.  Only this file includes uv.h.
 * The hub's owner alone calls uv_run, on a carrier's own stack.  The kernel
 * thread that owns the hub may change between two calls, never during one.
 */
#include <dlfcn.h>
#include <uv.h>

#include "base/map.h"
#include "sched/netpoll.h"
#include "sched/uvloop.h"

/*
 * libuv is loaded when the first thread is spawned, not with this library:
 * most child programs have one thread only, and loading libuv would cost each
 * of them 0.1 ms.
 */
#define LIBUV "libuv.so.1"

/* clang-format off */
#define FUNCTIONS(X)                                                           \
	X(uv_loop_init) X(uv_async_init) X(uv_async_send) X(uv_poll_init)      \
	X(uv_poll_start) X(uv_run)
#define POINTER(name) __typeof__(&name) name;
#define FIND(name) \
	lib.name = (__typeof__(lib.name))dlsym(handle, #name); \
	complete &= lib.name != NULL;
/* clang-format on */

static struct {
	bool loaded; /* all pointers are set */
	FUNCTIONS(POINTER)
} lib;

const char *uvloop_load(void)
{
	bool complete = true;
	void *handle;

	if (lib.loaded)
		return NULL;
	handle = dlopen(LIBUV, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return dlerror();
	FUNCTIONS(FIND)
	lib.loaded = complete;
	return complete ? NULL : LIBUV " lacks a function";
}

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
	(void)handle; /* the only purpose is that uv_run returns */
}

/*
 * libuv's own handler for the child of a fork, which opens a pipe anew.  If
 * libc called it, it would run after our handler, and the pipe would get one of
 * the program's descriptor numbers.
 */
static void (*in_child)(void);
static bool starting; /* uv_loop_init() is running */

bool uvloop_takes_atfork(void (*child)(void))
{
	if (starting)
		in_child = child;
	return starting;
}

void uvloop_in_child(void)
{
	if (in_child)
		in_child();
}

int uvloop_init(struct hub *h)
{
	/* In the child of a fork the old loop must not be touched, not even
	 * closed: its epoll set is shared with the parent's loop. */
	struct uv_part *uv = rt_map(sizeof(*uv));
	int r;

	if (!uv)
		return -ENOMEM;
	if (uvloop_load())
		return -ELIBACC;
	h->uv = uv;
	starting = true;
	r = lib.uv_loop_init(&uv->loop);
	starting = false;
	if (r == 0)
		r = lib.uv_async_init(&uv->loop, &uv->wake, on_wake);
	if (r == 0)
		r = lib.uv_poll_init(&uv->loop, &uv->set, h->epfd);
	if (r == 0) {
		uv->set.data = h;
		r = lib.uv_poll_start(&uv->set, UV_READABLE, on_set);
	}
	return r; /* libuv's errors are -errno on Unix */
}

void uvloop_wait(struct hub *h)
{
	lib.uv_run(&h->uv->loop, UV_RUN_ONCE);
}

void uvloop_wake(struct hub *h)
{
	lib.uv_async_send(&h->uv->wake);
}
