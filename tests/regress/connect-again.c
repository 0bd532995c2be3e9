/*
 * A second connect on a connected socket fails with EISCONN at once. It once
 * returned 0 when greened: the first connect had been made without blocking,
 * and Linux reports the end of such a connect to the next one.
 */
#include "lib.h"

static void checks(void)
{
	struct sockaddr_in addr;
	int listener = tcp_listen(&addr, 5), fd = tcp_connect(&addr);

	CHECK_ERRNO(connect(fd, (struct sockaddr *)&addr, sizeof(addr)),
		    EISCONN);
	CHECK_ERRNO(connect(fd, (struct sockaddr *)&addr, sizeof(addr)),
		    EISCONN);
	close(fd);
	close(listener);
	ok("EISCONN");
}

int main(void)
{
	run_both(checks);
	return 0;
}
