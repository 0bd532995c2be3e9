/*
 * What is left of a call after its first parts.
 */
#include <sys/ioctl.h>

#include "io/io.h"

int iov_rest(const struct iovec *v, int n, size_t skip,
	     struct iovec out[IOV_LOCAL])
{
	int i, m = 0;

	for (i = 0; i < n && m < IOV_LOCAL; i++) {
		if (skip >= v[i].iov_len) {
			skip -= v[i].iov_len;
			continue;
		}
		out[m].iov_base = (char *)v[i].iov_base + skip;
		out[m++].iov_len = v[i].iov_len - skip;
		skip = 0;
	}
	return m;
}

size_t io_later_control(const struct msghdr *m, char room[CONTROL_LOCAL])
{
	struct cmsghdr *c;
	size_t size = 0, one;

	for (c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR((struct msghdr *)m, c)) {
		one = CMSG_ALIGN(c->cmsg_len);
		if ((c->cmsg_level == SOL_SOCKET &&
		     c->cmsg_type == SCM_RIGHTS) ||
		    one > CONTROL_LOCAL - size)
			continue;
		memcpy(room + size, c, c->cmsg_len);
		size += one;
	}
	return size;
}

bool io_is_over(const struct fdent *e, int what)
{
	struct pollfd p = { fdtab_fd(e), 0, 0 };
	int n = 0;

	if (e->kind != FD_STREAM)
		return false;
	if (what == WAIT_READ) {
		raw_syscall(SYS_ioctl, p.fd, FIONREAD, &n); /* to the mark */
		if (n > 0)
			return false;
		raw_syscall(SYS_ioctl, p.fd, SIOCATMARK, &n);
	}
	return n || (io_poll_now(&p, 1) > 0 && (p.revents & POLLHUP));
}
