/*
 * libuv's part of a hub: the loop in which an idle hub sleeps.
 *
 * The hub's edge-triggered set hangs in the loop as one uv_poll_t; an
 * uv_async_t wakes it from other threads.  Only this file includes uv.h.
 * uv_run is called on a carrier's own stack, by the hub's owner only; which
 * kernel thread that is may change between calls, never during one.
 */
#include <dlfcn.h>
#include <uv.h>

#include "base/map.h"
#include "sched/netpoll.h"
#include "sched/uvloop.h"

/*
 * libuv is loaded by the first thread, not with this library: most of the
 * programs that a program executes have one thread, and to load and bind libuv
 * would cost each of them 0.1 ms.
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
	bool loaded;
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
	return complete ? NULL : LIBUV " has not all functions";
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
