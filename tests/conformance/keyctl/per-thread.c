/*
 * keyctl(2), add_key(2): a thread has a keyring of its own, and can join a new
 * session keyring without the other threads.
 */
#include "lib.h"
#include <linux/keyctl.h>

static int fds[2], back[2];

static long ring(int which, int make)
{
	return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, which, make);
}

static long find(const char *name)
{
	return syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_THREAD_KEYRING,
		       "user", name, 0);
}

static void *has_none(void *argument)
{
	for (int i = 0; i < 5; i++) {
		CHECK_ERRNO(ring(KEY_SPEC_THREAD_KEYRING, 0), ENOKEY);
		CHECK_INT(ring(KEY_SPEC_SESSION_KEYRING, 0), *(long *)argument);
		sleep_ms(1);
	}
	return NULL;
}

static void *has_another(void *argument)
{
	CHECK(ring(KEY_SPEC_THREAD_KEYRING, 1) != *(long *)argument);
	CHECK_ERRNO(find("ours"), ENOKEY);
	return NULL;
}

static void *makes(void *argument)
{
	long mine, session, key;
	char byte;

	has_none(argument);
	key = syscall(SYS_add_key, "user", "ours", "1", 1,
		      KEY_SPEC_THREAD_KEYRING);
	CHECK(key > 0);
	mine = ring(KEY_SPEC_THREAD_KEYRING, 0);
	CHECK(mine > 0);
	session = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	CHECK(session > 0);
	for (int i = 0; i < 5; i++) {
		CHECK_INT(ring(KEY_SPEC_THREAD_KEYRING, 0), mine);
		CHECK_INT(ring(KEY_SPEC_SESSION_KEYRING, 0), session);
		CHECK_INT(find("ours"), key);
		sleep_ms(1);
	}
	join(start(has_another, &mine));
	write_all(back[1], "x", 1);
	read_all(fds[0], &byte, 1);
	CHECK_INT(find("ours"), key);
	return NULL;
}

int main(void)
{
	pthread_t thread, other;
	long session = ring(KEY_SPEC_SESSION_KEYRING, 1);
	char byte;

	if (session < 0) {
		ok("not allowed");
		return 0;
	}
	CHECK_INT(pipe(fds), 0);
	CHECK_INT(pipe(back), 0);
	other = start(has_none, &session);
	thread = start(makes, &session);
	read_all(back[0], &byte, 1);
	has_none(&session);
	write_all(fds[1], "x", 1);
	join(thread);
	join(other);
	join(start(has_none, &session));
	ok("each its own");
	return 0;
}
