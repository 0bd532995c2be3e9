/*
 * execl, execlp, execle, execv, execvp, execvpe, fexecve, posix_spawn: each
 * runs its program with the arguments in order, from children of threads.
 */
#include "lib.h"
#include <spawn.h>

extern char **environ;

static void *each(void *argument)
{
	char *args[] = {
		"sh", "-c", "exit $(($1 + $2))", "sh", "20", "3", NULL
	};
	int way = (int)(intptr_t)argument, fd;
	pid_t pid;

	if (way >= 8) {
		posix_spawn_file_actions_t actions;
		int fds[2];
		char data[16];
		char *echo[] = { "sh", "-c", "printf spawned; exit 23", NULL };

		CHECK_INT(pipe2(fds, O_CLOEXEC), 0);
		CHECK_INT(posix_spawn_file_actions_init(&actions), 0);
		CHECK_INT(posix_spawn_file_actions_adddup2(&actions, fds[1], 1),
			  0);
		if (way == 8)
			CHECK_INT(posix_spawn(&pid, "/bin/sh", &actions, NULL,
					      echo, environ),
				  0);
		else
			CHECK_INT(posix_spawnp(&pid, "sh", &actions, NULL, echo,
					       environ),
				  0);
		close(fds[1]);
		read_all(fds[0], data, 7);
		CHECK(memcmp(data, "spawned", 7) == 0);
		CHECK_INT(read(fds[0], data, 1), 0);
		close(fds[0]);
		posix_spawn_file_actions_destroy(&actions);
		CHECK_INT(posix_spawn(&fd, "/nonexistent", NULL, NULL, echo,
				      environ),
			  ENOENT);
	} else {
		pid = fork();
		CHECK(pid >= 0);
	}
	if (pid == 0) {
		switch (way) {
		case 0:
			execl("/bin/sh", args[0], args[1], args[2], args[3],
			      args[4], args[5], NULL);
			break;
		case 1:
			execlp("sh", args[0], args[1], args[2], args[3],
			       args[4], args[5], NULL);
			break;
		case 2:
			execle("/bin/sh", args[0], args[1], args[2], args[3],
			       args[4], args[5], NULL, environ);
			break;
		case 3:
			execv("/bin/sh", args);
			break;
		case 4:
			execvp("sh", args);
			break;
		case 5:
			execvpe("sh", args, environ);
			break;
		case 6:
			fd = open("/bin/sh", O_RDONLY | O_CLOEXEC);
			fexecve(fd, args, environ);
			break;
		case 7:
			execve("/bin/sh", args, environ);
			break;
		}
		_exit(127);
	}
	CHECK_INT(wait_for(pid), 23 << 8);
	return NULL;
}

int main(void)
{
	pthread_t threads[10];

	for (int i = 0; i < 10; i++)
		threads[i] = start(each, (void *)(intptr_t)i);
	for (int i = 0; i < 10; i++)
		join(threads[i]);
	for (int i = 0; i < 10; i++)
		each((void *)(intptr_t)i);
	ok("each way");
	return 0;
}
