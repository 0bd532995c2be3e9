/*
 * fanotify(7), inotify(7): a reader waits for what another thread does to a
 * directory; the marks are set while it waits.
 */
#include "lib.h"
#include <sys/fanotify.h>
#include <sys/inotify.h>

static char directory[] = "/tmp/conformance.XXXXXX";

static void *reads(void *argument)
{
	char events[4096];

	CHECK(read((int)(intptr_t)argument, events, sizeof(events)) > 0);
	return NULL;
}

static void touch(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/file", directory);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	unlink(path);
}

/* Some kernels and users have no fanotify. */
static int fanotify(void)
{
	int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_FID, 0);

	if (fd >= 0 && fanotify_mark(fd, FAN_MARK_ADD, FAN_CREATE | FAN_ONDIR,
				     AT_FDCWD, directory) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

int main(void)
{
	char events[4096];
	pthread_t thread;
	int fd;

	CHECK(mkdtemp(directory));
	be_threaded();
	fd = fanotify();
	if (fd >= 0) {
		thread = start(reads, (void *)(intptr_t)fd);
		settle();
		CHECK_INT(pthread_tryjoin_np(thread, NULL), EBUSY);
		touch();
		join(thread);
		CHECK_INT(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
		while (read(fd, events, sizeof(events)) > 0)
			;
		CHECK_INT(errno, EAGAIN);
		close(fd);
	}
	ok("fanotify");

	fd = inotify_init1(IN_CLOEXEC);
	CHECK(fd >= 0);
	thread = start(reads, (void *)(intptr_t)fd);
	settle();
	CHECK(inotify_add_watch(fd, directory, IN_CREATE) >= 0);
	touch();
	join(thread);
	CHECK_ERRNO(inotify_rm_watch(fd, 99), EINVAL);
	CHECK_ERRNO(inotify_add_watch(-1, directory, IN_CREATE), EBADF);
	close(fd);
	rmdir(directory);
	ok("inotify");
	return 0;
}
