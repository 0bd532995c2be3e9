/*
 * syslog(3) from many threads, with or without a daemon that receives the
 * messages. (The copy on standard error is not compared.)
 */
#include "lib.h"
#include <syslog.h>

#define THREADS 16

static void *logs(void *argument)
{
	for (int i = 0; i < 10; i++) {
		errno = ENOENT;
		syslog(LOG_DEBUG, "line %d of thread %d: %m", i,
		       (int)(intptr_t)argument);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	openlog("conformance", LOG_PERROR | LOG_PID, LOG_USER);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(logs, (void *)(intptr_t)i);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	CHECK_INT(setlogmask(LOG_UPTO(LOG_ERR)), 0xff);
	syslog(LOG_DEBUG, "not to be seen");
	closelog();
	ok("logged");
	return 0;
}
