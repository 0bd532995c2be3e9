/*
 * syscall_dispatch.c - the dispatch of calls by number.
 *
 * syscalls.h is generated from syscalls.def: a function for each line that
 * names an interposer, and the array calls[], which has a function for each
 * number of the table and NULL for all others.
 */
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include "descriptor.h"
#include "number/syscall_dispatch.h"
#include "syscalls.h"

#define CALLS (sizeof(calls) / sizeof(*calls))

/* Many of libc's functions are cancellation points; no system call is one.  Not
 * inline, so that other calls save no registers. */
static bool __attribute__((noinline))
call_held(by_number *call, long nr, const long a[6], long *r)
{
	bool held = cancel_hold(), done = call(nr, a, r);

	cancel_release(held);
	return done;
}

bool syscall_dispatch(long nr, const long a[6], long *r)
{
	/* Programs key their locks by gettid(), so it must not cost a look at
	 * the table. */
	if (nr == SYS_gettid) {
		*r = own_tid();
		return true;
	}
	if ((unsigned long)nr >= CALLS || !calls[nr])
		return false;
	return call_held(calls[nr], nr, a, r);
}
