/*
 * inotify(7): read waits for an event; threads with a descriptor each.
 */
#include "lib.h"
#include <sys/inotify.h>

#define THREADS 30

static char dir[] = "/tmp/conformance.XXXXXX";
static int waiting;

static void *waits(void *argument)
{
	_Alignas(struct inotify_event) char data[1024];
	struct inotify_event *event = (struct inotify_event *)data;
	int fd = inotify_init1(IN_CLOEXEC);

	CHECK(inotify_add_watch(fd, dir, IN_CREATE) >= 0);
	__atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
	CHECK(read(fd, data, sizeof(data)) > 0);
	CHECK_INT(event->mask, IN_CREATE);
	CHECK(strcmp(event->name, "new") == 0);
	close(fd);
	return argument;
}

int main(void)
{
	pthread_t threads[THREADS];
	char path[64];

	be_threaded();
	CHECK(mkdtemp(dir) != NULL);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(waits, NULL);
	WAIT_UNTIL(__atomic_load_n(&waiting, __ATOMIC_SEQ_CST) == THREADS);
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	snprintf(path, sizeof(path), "%s/new", dir);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	unlink(path);
	rmdir(dir);
	ok("%d watchers", THREADS);
	return 0;
}
