/* A signal's frame where the program's signal stack has no memory for it. */
#include "signal/frame.h"
#include "signal/sigstate.h"

/*
 * Can the frame be written there?  The program's signal stack may have become
 * read-only, or be gone.  Asked by a call that writes, as no fault may happen
 * here.
 */
bool signal_frame_fits(const char *top, const void *context)
{
	const char *at = top - arch_frame_room(context);

	for (; at < top - 8; at += 4096)
		if (raw_syscall(SYS_rt_sigpending, at, 8) < 0)
			return false;
	return raw_syscall(SYS_rt_sigpending, top - 8, 8) == 0;
}

/* Where the kernel cannot write a frame, there is a SIGSEGV in the signal's
 * place, if the program can handle one. */
int signal_without_frame(struct fiber *f, int sig, siginfo_t *info)
{
	if (sig == SIGSEGV || (f->sigmask & BIT(SIGSEGV)) ||
	    !(signals_caught & BIT(SIGSEGV)))
		signal_default(SIGSEGV);
	memset(info, 0, sizeof(*info));
	info->si_signo = SIGSEGV;
	info->si_code = SI_KERNEL;
	return SIGSEGV;
}
