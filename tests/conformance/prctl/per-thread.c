/*
 * Attributes that the kernel keeps per thread: a call changes those of the
 * calling thread and of the threads that it creates later, and of no other
 * thread; and the thread continues to work as a thread. Steps that are not
 * permitted print so.
 */
#include "lib.h"
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/personality.h>
#include <sys/prctl.h>

static int fds[2];

static int no_new_privs(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
}

static int timer_slack(void)
{
	return prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
}

static void *inherits(void *argument)
{
	CHECK_INT(no_new_privs(), 1);
	CHECK_INT(timer_slack(), *(int *)argument);
	sleep_ms(1);
	CHECK_INT(no_new_privs(), 1);
	return NULL;
}

static void *changes(void *argument)
{
	int slack = timer_slack() + 1234;
	char byte;

	CHECK_INT(no_new_privs(), 0);
	CHECK_INT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	CHECK_INT(prctl(PR_SET_TIMERSLACK, slack, 0, 0, 0), 0);
	for (int i = 0; i < 3; i++) {
		CHECK_INT(no_new_privs(), 1);
		CHECK_INT(timer_slack(), slack);
		sleep_ms(1);
	}
	/* Natively, a new thread gets its creator's present slack. */
	join(start(inherits, &slack));
	read_all(fds[0], &byte, 1);
	CHECK_INT(no_new_privs(), 1);
	return argument;
}

static void *persona(void *argument)
{
	int before = personality(0xffffffff);

	CHECK_INT(personality(before | ADDR_NO_RANDOMIZE), before);
	sleep_ms(1);
	CHECK_INT(personality(0xffffffff), before | ADDR_NO_RANDOMIZE);
	return argument;
}

static void *others(void *argument)
{
	for (int i = 0; i < 10; i++) {
		CHECK_INT(no_new_privs(), 0);
		CHECK(!(personality(0xffffffff) & ADDR_NO_RANDOMIZE));
		CHECK_INT(timer_slack(), *(int *)argument);
		CHECK_INT(geteuid(), getuid());
		sleep_ms(1);
	}
	return NULL;
}

/* As file servers do: a thread takes on its client's user. */
static void *another_user(void *argument)
{
	uid_t user = getuid();
	struct stat st;
	int fd = -1;

	if (syscall(SYS_setresuid, -1, 65534, -1) < 0) {
		printf("setresuid: not allowed\n");
		return NULL;
	}
	CHECK_INT(geteuid(), 65534);
	sleep_ms(2);
	CHECK_INT(geteuid(), 65534);
	fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	CHECK(fd >= 0);
	CHECK_INT(fstat(fd, &st), 0);
	CHECK_INT(st.st_uid, 65534);
	close(fd);
	CHECK_INT(syscall(SYS_setresuid, -1, user, -1), 0);
	CHECK_INT(setfsuid(65533), user);
	CHECK_INT(setfsuid(-1), 65533);
	return argument;
}

static void *own_directory(void *argument)
{
	char where[256];

	if (unshare(CLONE_FS) < 0)
		printf("unshare: errno %d\n", errno);
	CHECK_INT(chdir("/proc"), 0);
	sleep_ms(2);
	CHECK(getcwd(where, sizeof(where)) != NULL);
	CHECK(!strcmp(where, "/proc"));
	return argument;
}

int main(void)
{
	int slack = timer_slack();
	pthread_t thread, watching;
	char before[4096], after[4096];

	CHECK_INT(pipe(fds), 0);
	CHECK(getcwd(before, sizeof(before)) != NULL);
	watching = start(others, &slack);
	thread = start(changes, NULL);
	sleep_ms(3);
	write_all(fds[1], "x", 1);
	join(thread);
	join(start(persona, NULL));
	join(start(another_user, NULL));
	join(start(own_directory, NULL));
	join(watching);
	CHECK_INT(no_new_privs(), 0);
	CHECK(getcwd(after, sizeof(after)) != NULL);
	CHECK(!strcmp(before, after));
	join(start(others, &slack));
	ok("each its own");
	return 0;
}
