/*
 * capset(2), capget(2): capabilities belong to one thread, named by 0 or its
 * tid, and to the threads that it creates later; so does PR_CAPBSET_DROP.
 */
#include "lib.h"
#include <linux/capability.h>
#include <sys/prctl.h>

#define CAP CAP_SYS_TIME

int capget(cap_user_header_t header, cap_user_data_t data);
int capset(cap_user_header_t header, const cap_user_data_t data);

static pthread_barrier_t barrier;
static pid_t dropped_in, kept_in;

/* Whether the calling thread has the capability. */
static int has(pid_t tid)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3,
						   tid };
	struct __user_cap_data_struct data[2];

	CHECK_INT(capget(&header, data), 0);
	return (data[CAP_TO_INDEX(CAP)].effective & CAP_TO_MASK(CAP)) != 0;
}

static int drop(pid_t tid, int by_number)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3,
						   0 };
	struct __user_cap_data_struct data[2];

	CHECK_INT(capget(&header, data), 0);
	data[CAP_TO_INDEX(CAP)].effective &= ~CAP_TO_MASK(CAP);
	header.pid = tid;
	return by_number ? (int)syscall(SYS_capset, &header, data)
			 : capset(&header, data);
}

static void *inherits(void *argument)
{
	CHECK_INT(has(0), 0);
	CHECK_INT(has(gettid()), 0);
	CHECK_INT(prctl(PR_CAPBSET_READ, CAP, 0, 0, 0), 0);
	return argument;
}

static void *drops(void *argument)
{
	struct __user_cap_header_struct header = { 1, 0 };

	CHECK_ERRNO(capget(&header, (cap_user_data_t)argument), EINVAL);
	CHECK_INT(header.version, _LINUX_CAPABILITY_VERSION_3);
	CHECK_ERRNO(drop(getpid(), 0), EPERM);
	CHECK_INT(drop(gettid(), 0), 0);
	CHECK_INT(drop(gettid(), 1), 0);
	CHECK_INT(drop(0, 0), 0);
	CHECK_INT(prctl(PR_CAPBSET_DROP, CAP, 0, 0, 0), 0);
	dropped_in = gettid();
	for (int i = 0; i < 5; i++) {
		inherits(NULL);
		sleep_ms(1);
	}
	join(start(inherits, NULL));
	pthread_barrier_wait(&barrier);
	CHECK_INT(has(kept_in), 1);
	CHECK_INT(has(getpid()), 1);
	pthread_barrier_wait(&barrier);
	return NULL;
}

static void *keeps(void *argument)
{
	kept_in = gettid();
	pthread_barrier_wait(&barrier);
	CHECK_INT(has(0), 1);
	CHECK_INT(has(gettid()), 1);
	CHECK_INT(has(dropped_in), 0);
	CHECK_INT(prctl(PR_CAPBSET_READ, CAP, 0, 0, 0), 1);
	pthread_barrier_wait(&barrier);
	return argument;
}

int main(void)
{
	struct __user_cap_data_struct data[2];
	pthread_t threads[2];

	if (!has(0)) {
		ok("has none");
		return 0;
	}
	CHECK_INT(pthread_barrier_init(&barrier, NULL, 2), 0);
	threads[0] = start(drops, data);
	threads[1] = start(keeps, NULL);
	join(threads[0]);
	join(threads[1]);
	CHECK_INT(has(0), 1);
	ok("each its own");
	return 0;
}
