/* io.h - what the files of descriptor I/O share; private to runtime/io*.c. */
#ifndef GREEN_IO_H
#define GREEN_IO_H

#include "fdtab.h"

/*
 * Wait for fd until an event newer than seq, which was read from the entry's
 * counter before the try that would have blocked.
 * 0, -EINTR, -EAGAIN (deadline), -EBADF (closed), -EPERM: no set takes it.
 */
int io_wait(int fd, struct fdent *e, int what, uint32_t seq,
	    uint64_t deadline_ns, bool exclusive, bool restartable);

/* Absolute deadline of a socket timeout; 0: none. */
uint64_t io_deadline(uint64_t timeout_ns);

/* poll(2) of one descriptor, right now. */
int io_ready_now(int fd, short events);

static inline bool io_is_socket(const struct fdent *e)
{
	return e->kind == FD_STREAM || e->kind == FD_SOCKET ||
	       e->kind == FD_LISTEN;
}

#endif
