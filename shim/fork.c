/*
 * fork, vfork: the child has the calling fiber alone and a fresh hub.
 *
 * A greened process's vfork is a fork: in a child that shares memory, the
 * runtime would believe that it is the parent.
 */
#include <pthread.h>
#include <unistd.h>

#include "interpose.h"
#include "startup.h"

void process_start(void)
{
}

INTERPOSE(pid_t, fork, (void))
{
	pid_t pid;

	fork_prepare();
	pid = LIBC(fork, "GLIBC_2.2.5")();
	if (pid == 0)
		rt_fork_child();
	else
		fork_parent();
	return pid;
}
INTERPOSE_ALIAS(__fork, fork)
INTERPOSE_ALIAS(__libc_fork, fork)
INTERPOSE_ALIAS(vfork, fork)
INTERPOSE_ALIAS(__vfork, fork)

INTERPOSE(pid_t, _Fork, (void))
{
	pid_t pid;

	fork_prepare();
	pid = LIBC(_Fork, "GLIBC_2.34")();
	if (pid == 0)
		rt_fork_child();
	else
		fork_parent();
	return pid;
}
