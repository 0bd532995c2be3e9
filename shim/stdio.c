/*
 * stdio.c - the stream functions that close a descriptor.
 *
 * Reads and writes of a stream get to our read() and write() by the libc door,
 * with the lock of the stream held.  So a thread that closes a stream while
 * another reads it waits for that lock, as it does natively.
 */
#include <stdio.h>

#include "descriptor.h"
#include "door/libc_door.h"

/* Tell the table that the descriptor of the stream is about to be closed,
 * unless another thread has the lock of the stream: libc closes the descriptor
 * only after that thread has released the lock.  Returns the descriptor, or -1
 * if the table was not told. */
static int closing(FILE *f)
{
	int fd = -1;

	if (rt_started && ftrylockfile(f) == 0) {
		fd = fileno_unlocked(f);
		if (fd >= 0)
			fdtab_closing(fd);
		funlockfile(f);
	}
	return fd;
}

/* The flush before the close used the descriptor again.  The libc door sees the
 * close itself; without the door, have the table check the entry. */
static void closed(int fd)
{
	if (fd >= 0 && !libc_door_sees_close())
		fdtab_suspect(fd);
}

INTERPOSE(int, fclose, (FILE * f))
{
	int fd = closing(f);
	int r = LIBC(fclose, "GLIBC_2.2.5")(f);

	closed(fd);
	return r;
}
INTERPOSE_ALIAS(_IO_fclose, fclose)

INTERPOSE(FILE *, freopen,
	  (const char *restrict path, const char *restrict mode,
	   FILE *restrict f))
{
	int fd = closing(f);

	f = LIBC(freopen, "GLIBC_2.2.5")(path, mode, f);
	closed(fd);
	return f;
}

INTERPOSE(FILE *, freopen64,
	  (const char *restrict path, const char *restrict mode,
	   FILE *restrict f))
{
	int fd = closing(f);

	f = LIBC(freopen64, "GLIBC_2.2.5")(path, mode, f);
	closed(fd);
	return f;
}
