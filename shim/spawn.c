/*
 * spawn.c - children that libc makes: posix_spawn, popen.
 *
 * The child shares our memory until it calls exec, and starts with the signal
 * mask of the kernel thread.  spawn_enter() sets that mask to the fiber's, and
 * keeps the fiber on the kernel thread until spawn_leave().
 */
#include <dlfcn.h>
#include <spawn.h>
#include <stdio.h>

#include "interpose.h"
#include "preload.h"

/* The child may change the file status flags of the files that it inherits.
 * Without actions these are the ones that are not close-on-exec; with actions,
 * the child may have a duplicate of any descriptor. */
static void note_child(const posix_spawn_file_actions_t *actions)
{
	if (actions)
		fdtab_forked();
	else
		fdtab_spawned();
}

INTERPOSE(int, posix_spawn,
	  (pid_t *restrict pid, const char *restrict path,
	   const posix_spawn_file_actions_t *actions,
	   const posix_spawnattr_t *restrict attr, char *const argv[restrict],
	   char *const envp[restrict]))
{
	int r;

	PRELOAD_LAST(envp);
	spawn_enter();
	r = LIBC(posix_spawn, "GLIBC_2.15")(pid, path, actions, attr, argv,
					    envp);
	spawn_leave();
	note_child(actions);
	return r;
}

INTERPOSE(int, posix_spawnp,
	  (pid_t *restrict pid, const char *restrict file,
	   const posix_spawn_file_actions_t *actions,
	   const posix_spawnattr_t *restrict attr, char *const argv[restrict],
	   char *const envp[restrict]))
{
	int r;

	PRELOAD_LAST(envp);
	spawn_enter();
	r = LIBC(posix_spawnp, "GLIBC_2.15")(pid, file, actions, attr, argv,
					     envp);
	spawn_leave();
	note_child(actions);
	return r;
}

/* libc has these two since 2.39.  A program that runs with an older libc may
 * find ours all the same. */
typedef int spawns(int *, const char *, const posix_spawn_file_actions_t *,
		   const posix_spawnattr_t *, char *const[], char *const[]);

static int spawn_pidfd(const char *name, int *pidfd, const char *path,
		       const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attr, char *const argv[],
		       char *const envp[])
{
	spawns *libcs = (spawns *)dlsym(RTLD_NEXT, name);
	int r;

	if (!libcs)
		return ENOSYS;

	PRELOAD_LAST(envp);
	spawn_enter();
	r = libcs(pidfd, path, actions, attr, argv, envp);
	spawn_leave();
	note_child(actions);
	return r;
}

INTERPOSE(int, pidfd_spawn,
	  (int *restrict pidfd, const char *restrict path,
	   const posix_spawn_file_actions_t *actions,
	   const posix_spawnattr_t *restrict attr, char *const argv[restrict],
	   char *const envp[restrict]))
{
	return spawn_pidfd("pidfd_spawn", pidfd, path, actions, attr, argv,
			   envp);
}

INTERPOSE(int, pidfd_spawnp,
	  (int *restrict pidfd, const char *restrict file,
	   const posix_spawn_file_actions_t *actions,
	   const posix_spawnattr_t *restrict attr, char *const argv[restrict],
	   char *const envp[restrict]))
{
	return spawn_pidfd("pidfd_spawnp", pidfd, file, actions, attr, argv,
			   envp);
}

INTERPOSE(FILE *, popen, (const char *command, const char *mode))
{
	FILE *f;

	spawn_enter();
	f = LIBC(popen, "GLIBC_2.2.5")(command, mode);
	spawn_leave();
	note_child(NULL);
	return f;
}
INTERPOSE_ALIAS(_IO_popen, popen)
