/*
 * mmap.c - notes which memory other processes may share.
 *
 * A wait for a futex in shared memory has to take place in the kernel; all
 * other waits are in the runtime's table.  FUTEX_PRIVATE_FLAG tells the two
 * apart, but many callers (libstdc++'s atomics) omit the flag for private
 * memory.  So the shim notes each shared mapping.  No mapping is forgotten: a
 * range too many costs a hop, a range too few would lose a wake-up.
 */
#include <sys/mman.h>
#include <sys/shm.h>

#include "interpose.h"
#include "mmap.h"

#define RANGES_MAX 512

static struct {
	uintptr_t low, high;
} ranges[RANGES_MAX];
static _Atomic unsigned count; /* above RANGES_MAX: some are missing */

static void note(const void *p, size_t size)
{
	unsigned i = atomic_fetch_add(&count, 1);

	if (i < RANGES_MAX) {
		ranges[i].low = (uintptr_t)p;
		atomic_store_explicit((_Atomic uintptr_t *)&ranges[i].high,
				      (uintptr_t)p + size,
				      memory_order_release);
	}
}

bool mmap_maybe_shared(const void *p)
{
	unsigned n = count, i;

	if (n > RANGES_MAX)
		return true;
	for (i = 0; i < n; i++)
		if ((uintptr_t)p >= ranges[i].low &&
		    (uintptr_t)p < ranges[i].high)
			return true;
	return false;
}

INTERPOSE(void *, mmap,
	  (void *at, size_t size, int prot, int flags, int fd, off_t offset))
{
	long r = raw_syscall(SYS_mmap, at, size, prot, flags, program_fd(fd),
			     offset);

	/* Note read-only mappings too: mprotect() may add PROT_WRITE. */
	if ((r >= 0 || r < -4095) && (flags & MAP_SHARED))
		note((void *)r, size);
	return (void *)as_errno(r);
}
INTERPOSE_ALIAS(mmap64, mmap)

INTERPOSE(void *, shmat, (int id, const void *at, int flags))
{
	long r = raw_syscall(SYS_shmat, id, at, flags);
	struct shmid_ds info;

	if (r >= 0 || r < -4095)
		note((void *)r, raw_syscall(SYS_shmctl, id, IPC_STAT, &info) < 0
					? SIZE_MAX / 2
					: info.shm_segsz);
	return (void *)as_errno(r);
}
