/*
 * stdio.c - streams: only what closes a descriptor.
 *
 * Reading and writing a stream reach our read and write through the libc
 * door, holding the stream's lock; so would-be closers of a stream that
 * somebody reads wait for that lock, as they do natively.
 */
#include <stdio.h>

#include "descriptor.h"
#include "door/libc_door.h"

/* Tell the table that the stream's descriptor goes, unless somebody is inside
 * the stream: then it goes only when they have left. */
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

/* Flushing used the descriptor anew before it went.  The libc door sees the
 * close itself; without it the table is told afterwards. */
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
