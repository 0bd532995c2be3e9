/*
 * spawn.c - children that libc makes: posix_spawn, popen.
 *
 * libc's child shares our memory until it has called exec, and starts with
 * the kernel thread's signal mask: spawn_enter() makes that the fiber's own
 * and sees to it that the fiber does not move before spawn_leave().
 */
#include <spawn.h>
#include <stdio.h>

#include "interpose.h"

/* Its flags are the child's to change from now on.  Actions may have given the
 * child another name for any file. */
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

	spawn_enter();
	r = LIBC(posix_spawnp, "GLIBC_2.15")(pid, file, actions, attr, argv,
					     envp);
	spawn_leave();
	note_child(actions);
	return r;
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
