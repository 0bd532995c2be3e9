/*
 * epoll_ctl(2), epoll_wait(2), epoll_create(2), ERRORS.
 */
#include "lib.h"
#include <sys/epoll.h>

static void checks(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create(1), fds[2], file = scratch_file();

	CHECK_INT(pipe(fds), 0);
	CHECK_INT(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &event), 0);
	CHECK_ERRNO(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &event), EEXIST);
	CHECK_ERRNO(epoll_ctl(epoll, EPOLL_CTL_MOD, fds[1], &event), ENOENT);
	CHECK_ERRNO(epoll_ctl(epoll, EPOLL_CTL_DEL, fds[1], NULL), ENOENT);
	CHECK_ERRNO(epoll_ctl(epoll, EPOLL_CTL_ADD, file, &event), EPERM);
	CHECK_ERRNO(epoll_ctl(epoll, EPOLL_CTL_ADD, epoll, &event), EINVAL);
	CHECK_ERRNO(epoll_ctl(fds[0], EPOLL_CTL_ADD, fds[1], &event), EINVAL);
	CHECK_ERRNO(epoll_ctl(epoll, 99, fds[1], &event), EINVAL);
	CHECK_ERRNO(epoll_ctl(epoll, EPOLL_CTL_ADD, -1, &event), EBADF);
	CHECK_ERRNO(epoll_ctl(-1, EPOLL_CTL_ADD, fds[1], &event), EBADF);
	CHECK_ERRNO(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[1], NULL), EFAULT);
	ok("epoll_ctl");
	CHECK_ERRNO(epoll_wait(epoll, &event, 0, 0), EINVAL);
	CHECK_ERRNO(epoll_wait(epoll, &event, UNSEEN(-1), -1), EINVAL);
	CHECK_ERRNO(epoll_wait(fds[0], &event, 1, -1), EINVAL);
	CHECK_ERRNO(epoll_wait(-1, &event, 1, -1), EBADF);
	CHECK_INT(write(fds[1], "x", 1), 1);
	CHECK_ERRNO(epoll_wait(epoll, UNSEEN((struct epoll_event *)8), 1, -1),
		    EFAULT);
	ok("epoll_wait");
	CHECK_ERRNO(epoll_create(0), EINVAL);
	CHECK_ERRNO(epoll_create1(77), EINVAL);
	ok("epoll_create");
	close(epoll);
	close(file);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	run_both(checks);
	return 0;
}
