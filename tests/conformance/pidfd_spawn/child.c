/* pidfd_spawn(3), which libc has since 2.39: a child of a thread's, by a
 * descriptor that waitid(2) takes. */
#include "lib.h"
#include <spawn.h>
#include <sys/wait.h>

#if __GLIBC_PREREQ(2, 39)

static void checks(void)
{
	char *good[] = { "sh", "-c", "exit 7", NULL }, *env[] = { NULL };
	siginfo_t info;
	int fd = -1;

	CHECK_INT(pidfd_spawn(&fd, "/bin/sh", NULL, NULL, good, env), 0);
	CHECK(fd >= 0);
	CHECK_INT(waitid(P_PIDFD, (id_t)fd, &info, WEXITED), 0);
	CHECK_INT(info.si_status, 7);
	close(fd);
	CHECK_INT(pidfd_spawnp(&fd, "sh", NULL, NULL, good, env), 0);
	CHECK_INT(waitid(P_PIDFD, (id_t)fd, &info, WEXITED), 0);
	CHECK_INT(info.si_status, 7);
	close(fd);
	CHECK_INT(pidfd_spawn(&fd, "/nonesuch", NULL, NULL, good, env), ENOENT);
}

#else

static void checks(void)
{
}

#endif

int main(void)
{
	run_both(checks);
	ok("children");
	return 0;
}
