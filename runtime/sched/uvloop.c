/*
 * libuv's part of a hub: the loop by which other threads wake an idle hub.
 *
 * The loop hangs in the hub's edge-triggered set, in which the hub sleeps, by
 * the loop's own set.  It is run when that is ready, and never waits: so no
 * set of the program's lies deeper than one below ours, and libuv, which aborts
 * where the kernel refuses a descriptor, is given none but its own.
 * Only this file includes uv.h.  uv_run is called on a carrier's own stack, by
 * the hub's owner only; which kernel thread that is may change between calls,
 * never during one.
 */
#include <dlfcn.h>
#include <uv.h>

#include "base/log.h"
#include "base/map.h"
#include "sched/hub.h"
#include "sched/uvloop.h"

/*
 * libuv is loaded when the first thread is spawned, not with this library:
 * most child programs have one thread only, and loading libuv would cost each
 * of them 0.1 ms.
 */
#define LIBUV "libuv.so.1"

/* clang-format off */
#define FUNCTIONS(X)                                                           \
	X(uv_loop_init) X(uv_async_init) X(uv_async_send) X(uv_backend_fd)     \
	X(uv_run)
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

/*
 * libuv cannot be told that a descriptor has got another number.  Its calls go
 * through the shim's functions, which ask here for the number of now.
 */
#define MOVED_MAX (4 * HUBS_MAX + 64)

__thread unsigned uvloop_inside __attribute__((tls_model("initial-exec")));

static struct {
	_Atomic int known, now; /* to libuv; to the kernel */
} moved[MOVED_MAX];
static _Atomic int nmoved;

int uvloop_number(int fd)
{
	int i;

	for (i = 0; i < nmoved; i++)
		if (moved[i].known == fd)
			return moved[i].now;
	return fd;
}

void uvloop_moved(int fd, int to)
{
	int i;

	for (i = 0; i < nmoved; i++)
		if (moved[i].now == fd) {
			moved[i].now = to;
			return;
		}
	if (nmoved == MOVED_MAX)
		rt_panic("no room for the numbers of libuv's descriptors");
	moved[nmoved].known = fd;
	moved[nmoved].now = to;
	nmoved++;
}

void uvloop_opened(int fd)
{
	int i;

	for (i = 0; i < nmoved; i++)
		if (moved[i].known == fd)
			moved[i].now = fd;
}

struct uv_part {
	uv_loop_t loop;
	uv_async_t wake;
	bool began; /* libuv registers what it listens to when it runs */
};

static void on_wake(uv_async_t *handle)
{
	(void)handle; /* that the hub wakes is all that is wanted */
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
	if (in_child) {
		uvloop_inside++;
		in_child();
		uvloop_inside--;
	}
	/* What libuv opens from now on has not moved yet. */
	nmoved = 0;
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
	rt_map_root(uv, sizeof(*uv)); /* it leads to what libuv allocates */
	h->uv = uv;
	uvloop_inside++;
	starting = true;
	r = lib.uv_loop_init(&uv->loop);
	starting = false;
	if (r == 0)
		r = lib.uv_async_init(&uv->loop, &uv->wake, on_wake);
	uvloop_inside--;
	/* libuv's errors are -errno on Unix */
	return r < 0 ? r : lib.uv_backend_fd(&uv->loop);
}

void uvloop_run(struct hub *h)
{
	unsigned turn = own_fds_enter(h);

	h->uv->began = true;
	uvloop_inside++;
	lib.uv_run(&h->uv->loop, UV_RUN_NOWAIT);
	uvloop_inside--;
	own_fds_leave(h, turn);
}

bool uvloop_began(const struct hub *h)
{
	return h->uv->began;
}

void uvloop_wake(struct hub *h)
{
	unsigned turn = own_fds_enter(h);

	uvloop_inside++;
	lib.uv_async_send(&h->uv->wake);
	uvloop_inside--;
	own_fds_leave(h, turn);
}
