/*
 * What is nobody's: F_GETOWN of a descriptor without an owner is 0, and a tid
 * below 0 gives each call's own error. Greened, the first was the pid, and the
 * others said EPERM.
 */
#include "lib.h"
#include <fcntl.h>
#include <sys/resource.h>

static void say(const char *what, long result)
{
	printf("%s: %ld, errno %d\n", what, result, result < 0 ? errno : 0);
	fflush(stdout);
}

static void checks(void)
{
	struct sched_param param = { 0 };
	struct f_owner_ex owner = { F_OWNER_PID, 1 };
	struct {
		unsigned size, policy;
		unsigned long long flags;
		int nice;
		unsigned priority;
		unsigned long long rest[3];
	} attr = { .size = 48 };
	cpu_set_t set;
	int fds[2];

	CHECK_INT(pipe(fds), 0);
	say("F_GETOWN", fcntl(fds[0], F_GETOWN));
	say("F_GETOWN_EX", fcntl(fds[0], F_GETOWN_EX, &owner));
	printf("type %d, pid %d\n", owner.type, owner.pid);
	CHECK_INT(fcntl(fds[0], F_SETOWN, getpid()), 0);
	CHECK_INT(fcntl(fds[0], F_GETOWN), getpid());
	CHECK_INT(fcntl(fds[0], F_SETOWN, 0), 0);
	say("F_GETOWN, taken back", fcntl(fds[0], F_GETOWN));
	CHECK_INT(sched_getaffinity(0, sizeof(set), &set), 0);
	say("sched_setaffinity", sched_setaffinity(-2, sizeof(set), &set));
	say("sched_setscheduler", sched_setscheduler(-2, SCHED_OTHER, &param));
	say("sched_setparam", sched_setparam(-2, &param));
	say("sched_setattr", syscall(SYS_sched_setattr, -2, &attr, 0));
	say("setpriority", setpriority(PRIO_PROCESS, (id_t)-2, 0));
	say("ioprio_set", syscall(SYS_ioprio_set, 1, -2, 0));
	say("sched_getscheduler", sched_getscheduler(-2));
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	run_both(checks);
	return 0;
}
