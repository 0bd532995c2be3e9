/*
 * seccomp(2): a filter that is there before the first thread, whatever it
 * refuses and however, leaves a program alone that does not make the calls that
 * are refused.  The filter may also come from before exec.
 */
#include "lib_seccomp.h"

#include <sys/epoll.h>

static int fds[2];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int sum;

static void *works(void *argument)
{
	char byte;

	for (int i = 0; i < 100; i++) {
		pthread_mutex_lock(&mutex);
		sum++;
		pthread_mutex_unlock(&mutex);
	}
	CHECK_INT(read(fds[0], &byte, 1), 1);
	return argument;
}

static void work(void)
{
	pthread_t threads[3];
	int i;

	sum = 0;
	for (i = 0; i < 3; i++)
		threads[i] = start(works, NULL);
	for (i = 0; i < 3; i++)
		CHECK_INT(write(fds[1], "x", 1), 1);
	for (i = 0; i < 3; i++)
		join(threads[i]);
	CHECK_INT(sum, 300);
}

/* Everything else kills. */
static void allow_a_few(void)
{
	static const int allowed[] = {
		SYS_read,	  SYS_write,	    SYS_futex,
		SYS_clone,	  SYS_clone3,	    SYS_mmap,
		SYS_mprotect,	  SYS_munmap,	    SYS_madvise,
		SYS_rseq,	  SYS_exit,	    SYS_exit_group,
		SYS_gettid,	  SYS_getpid,	    SYS_rt_sigprocmask,
		SYS_rt_sigaction, SYS_rt_sigreturn, SYS_set_robust_list,
		SYS_brk,	  SYS_sched_yield,
	};
	enum { N = sizeof(allowed) / sizeof(*allowed) };
	struct sock_filter code[N + 3] = { BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)) };
	struct sock_fprog program = { N + 3, code };
	int i;

	for (i = 0; i < N; i++)
		code[i + 1] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (unsigned)allowed[i],
			(unsigned char)(N - i), 0);
	code[N + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
						   SECCOMP_RET_KILL_PROCESS);
	code[N + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
						   SECCOMP_RET_ALLOW);
	CHECK_INT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	CHECK_INT(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0),
		  0);
}

static void in_child(int call, unsigned action, unsigned flags, char *program)
{
	int pid = fork(), status;

	CHECK(pid >= 0);
	if (pid == 0) {
		if (call < 0)
			allow_a_few();
		else
			CHECK_INT(filter_call((unsigned)call, action, flags),
				  0);
		if (program)
			execl("/proc/self/exe", program, "work", NULL);
		else
			work();
		_exit(0);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	if (status)
		FAIL("call %d, action %#x, flags %u%s: status %#x", call,
		     action, flags, program ? ", exec" : "", status);
}

int main(int argc, char **argv)
{
	static const int calls[] = {
		SYS_epoll_create1,   SYS_epoll_ctl, SYS_epoll_wait,
		SYS_epoll_pwait,     SYS_eventfd2,  SYS_timerfd_create,
		SYS_timerfd_settime, SYS_sendto,    SYS_recvfrom,
		SYS_pwritev2,	     SYS_preadv2,   SYS_membarrier,
		SYS_sigaltstack,     SYS_ppoll,
	};
	static const unsigned actions[] = {
		SECCOMP_RET_ERRNO | EPERM,
		SECCOMP_RET_ERRNO | ENOSYS,
		SECCOMP_RET_KILL_THREAD,
		SECCOMP_RET_KILL_PROCESS,
	};
	unsigned i, k;

	CHECK_INT(pipe(fds), 0);
	if (argc > 1) {
		work();
		return 0;
	}
	for (i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		for (k = 0; k < sizeof(actions) / sizeof(*actions); k++) {
			in_child(calls[i], actions[k], 0, NULL);
			in_child(calls[i], actions[k], 0, argv[0]);
		}
	ok("one call is refused");
	in_child(SYS_epoll_wait, SECCOMP_RET_KILL_PROCESS,
		 SECCOMP_FILTER_FLAG_LOG, NULL);
	ok("by seccomp(2)");
	in_child(-1, 0, 0, NULL);
	ok("most calls kill");
	in_child(SYS_uname, SECCOMP_RET_ERRNO | EDOM, 0, NULL);
	in_child(SYS_uname, SECCOMP_RET_ERRNO | EDOM, 0, argv[0]);
	ok("a call that nobody makes");
	return 0;
}
