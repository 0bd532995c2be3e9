/*
 * The second connect on a connected socket once returned 0 when greened: the
 * first had been made without blocking, and Linux reports the end of such a
 * one to the next connect.  It is EISCONN at once.
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
