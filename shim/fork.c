/*
 * fork.c - fork, vfork and libc's functions that use them.
 *
 * The child has one thread, the one that called fork(), and no runtime until
 * that thread makes another.
 */
#include <fcntl.h>
#include <paths.h>
#include <pthread.h>
#include <pty.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <utmp.h>

#include "interpose.h"
#include "ptrace.h"
#include "door/startup.h"

/*
 * Registered before all other handlers: in the child libc runs the handlers in
 * the order of their registration, and the program's handlers may lock, wake
 * and create threads.  What libc does in the child before the handlers run must
 * not use the runtime: see fork_pid.
 */
static void in_child(void)
{
	fork_pid = 0;
	rt_fork_child();
}

void process_start(void)
{
	pthread_atfork(NULL, NULL, in_child);
}

__thread pid_t fork_pid;

INTERPOSE(pid_t, fork, (void))
{
	pid_t pid;

	ptrace_before_fork();
	fork_prepare();
	fork_pid = (pid_t)raw_syscall(SYS_getpid);
	pid = LIBC(fork, "GLIBC_2.2.5")();
	if (pid != 0)
		fork_parent();
	else if (fork_pid) /* pthread_atfork() failed: in_child() did not run */
		rt_fork_child();
	fork_pid = 0;
	return pid;
}
INTERPOSE_ALIAS(__fork, fork)
INTERPOSE_ALIAS(__libc_fork, fork)

/*
 * vfork(2): the child runs in our memory and on our stack.  The child must not
 * return through one of our frames, because the parent returns through the same
 * frame later and would find it overwritten.  rt_vforked, which both see, is
 * true of the child only: the parent blocks all signals while it is set, so
 * that no handler of the parent sees it.
 */
__attribute__((used)) static uint64_t before_vfork(void)
{
	ptrace_before_fork();
	return vfork_enter();
}

__attribute__((used)) static void in_vfork(uint64_t mask)
{
	vfork_child(mask);
}

__attribute__((used)) static pid_t after_vfork(long r, uint64_t mask)
{
	vfork_leave(r > 0, mask);
	return (pid_t)as_errno(r);
}

ARCH_VFORK(vfork, before_vfork, in_vfork, after_vfork);
ARCH_VFORK(__vfork, before_vfork, in_vfork, after_vfork);

INTERPOSE(pid_t, _Fork, (void))
{
	pid_t pid;

	ptrace_before_fork();
	fork_prepare();
	pid = LIBC(_Fork, "GLIBC_2.34")();
	if (pid == 0)
		rt_fork_child();
	else
		fork_parent();
	return pid;
}

/* pthread_atfork() is linked statically into each module and calls this. */
INTERPOSE(int, __register_atfork,
	  (void (*prepare)(void), void (*parent)(void), void (*child)(void),
	   void *dso))
{
	if (uvloop_takes_atfork(child))
		return 0;
	/* Our handler is to be the first that runs in the child. */
	shim_start();
	return LIBC(__register_atfork, "GLIBC_2.3.2")(prepare, parent, child,
						      dso);
}

/* ---- functions in which libc calls its own fork() ---- */

/* Open /dev/null.  ENODEV if another file has taken the place of the device. */
static int open_null(void)
{
	struct stat st;
	int fd = open(_PATH_DEVNULL, O_RDWR);

	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) ||
			st.st_rdev != makedev(1, 3))) {
		close(fd);
		errno = ENODEV;
		fd = -1;
	}
	return fd;
}

INTERPOSE(int, daemon, (int keep_directory, int keep_streams))
{
	int fd;

	if (!rt_started)
		return LIBC(daemon, "GLIBC_2.2.5")(keep_directory,
						   keep_streams);
	switch (fork()) {
	case -1:
		return -1;
	case 0:
		break;
	default:
		_exit(0);
	}
	if (setsid() < 0)
		return -1;
	if (!keep_directory && chdir("/") < 0)
		return -1;
	if (keep_streams)
		return 0;
	fd = open_null();
	if (fd < 0)
		return -1;
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
	return 0;
}

INTERPOSE(int, forkpty,
	  (int *master_out, char *name, const struct termios *term,
	   const struct winsize *size))
{
	int master, slave;
	pid_t pid;

	if (openpty(&master, &slave, name, term, size) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		close(master);
		if (login_tty(slave) < 0)
			_exit(1);
		return 0;
	}
	close(slave);
	if (pid < 0)
		close(master);
	else
		*master_out = master;
	return pid;
}
