/*
 * fork, vfork: the child has the calling thread alone, and no runtime until it
 * makes another.
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
 * The first handler of all: libc runs a child's handlers in the order in which
 * they came, and those of the program may lock, wake and create.  What libc
 * itself does in the child before that must not touch the runtime; see
 * fork_pid.
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
	else if (fork_pid) /* there was no memory for the handler */
		rt_fork_child();
	fork_pid = 0;
	return pid;
}
INTERPOSE_ALIAS(__fork, fork)
INTERPOSE_ALIAS(__libc_fork, fork)

/*
 * A child in our memory and on our stack, which must not return through a frame
 * of ours: its parent would find that overwritten.  No handler runs while the
 * one still has the other's mark.
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

/* What pthread_atfork() is in every module. */
INTERPOSE(int, __register_atfork,
	  (void (*prepare)(void), void (*parent)(void), void (*child)(void),
	   void *dso))
{
	if (uvloop_takes_atfork(child))
		return 0;
	return LIBC(__register_atfork, "GLIBC_2.3.2")(prepare, parent, child,
						      dso);
}

/* ---- what libc does with a fork of its own ---- */

/* The null device, and not a file that somebody put in its place. */
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
