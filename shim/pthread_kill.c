/*
 * pthread_kill.c - sending signals to threads and to processes.
 */
#include <pthread.h>
#include <unistd.h>

#include "sigset.h"

static void kill_info_fill(siginfo_t *info, int sig, int code,
			   union sigval value)
{
	memset(info, 0, sizeof(*info));
	info->si_signo = sig;
	info->si_code = code;
	info->si_pid = getpid();
	info->si_uid = getuid();
	info->si_value = value;
}

static int send_to(struct fiber *f, int sig, int code, union sigval value)
{
	siginfo_t info;

	if (sig < 0 || sig > SIGNAL_MAX || (sig && !signal_valid(sig)))
		return -EINVAL;
	if (sig == 0)
		return 0;
	kill_info_fill(&info, sig, code, value);
	return signal_send(f, sig, &info);
}

static const union sigval no_value;

INTERPOSE(int, pthread_kill, (pthread_t id, int sig))
{
	struct fiber *f;

	yield_to_spawned();
	f = fiber_of(id);
	if (!f || rt_vforked)
		return LIBC(pthread_kill, "GLIBC_2.34")(id, sig);
	return as_error(send_to(f, sig, SI_TKILL, no_value));
}

INTERPOSE(int, pthread_sigqueue,
	  (pthread_t id, int sig, const union sigval value))
{
	struct fiber *f;

	yield_to_spawned();
	f = fiber_of(id);
	if (!f)
		return LIBC(pthread_sigqueue, "GLIBC_2.34")(id, sig, value);
	return as_error(send_to(f, sig, SI_QUEUE, value));
}

INTERPOSE(int, raise, (int sig))
{
	struct fiber *f = fiber_of(pthread_self());

	if (!rt_started || !f || rt_vforked)
		return LIBC(raise, "GLIBC_2.2.5")(sig);
	return (int)as_errno(send_to(f, sig, SI_TKILL, no_value));
}
INTERPOSE_ALIAS(gsignal, raise)

INTERPOSE(int, kill, (pid_t pid, int sig))
{
	yield_to_spawned();
	return (int)as_errno(signal_kill(pid, sig, NULL));
}

INTERPOSE(int, killpg, (pid_t group, int sig))
{
	if (group < 0)
		return (int)as_errno(-EINVAL);
	return kill(-group, sig);
}

INTERPOSE(int, sigqueue, (pid_t pid, int sig, const union sigval value))
{
	siginfo_t info;

	kill_info_fill(&info, sig, SI_QUEUE, value);
	return (int)as_errno(signal_kill(pid, sig, &info));
}

INTERPOSE(int, tgkill, (pid_t process, pid_t thread, int sig))
{
	if (process <= 0 || thread <= 0)
		return (int)as_errno(-EINVAL);
	return (int)as_errno(signal_tgkill(process, thread, sig));
}
