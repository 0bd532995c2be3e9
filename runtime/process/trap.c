/*
 * The raw door: system calls that the program makes with instructions of its
 * own, past every symbol.
 *
 * Syscall User Dispatch (prctl 59, Linux 5.11) makes the kernel send SIGSYS
 * in place of a system call made outside of one range of addresses.  Each
 * carrier switches it on when it starts:
 *
 *  - The range is libc's code.  libc's calls go on as without greenshim: those
 *    that wait are seen through symbols and the libc door.  The runtime's raw
 *    calls, and the returns from signal handlers, use instructions within
 *    libc's code, too (arch_syscall_at, arch_sigreturn), so they are in the
 *    range.  With greenshim's code as the range instead, each of libc's calls
 *    would be trapped, which costs more than ten times the call.
 *  - The selector byte is the lowest byte of the carrier's state: 1 (trap) in a
 *    fiber's own code alone.  The scheduler's and libuv's calls are never
 *    trapped, whichever code makes them.
 *
 * So a trap finds a fiber in its own code.  The handler runs on the fiber's
 * stack, and may park and return on another carrier, like any handler.  The
 * kernel kills a process that traps while it blocks SIGSYS, so SIGSYS is never
 * blocked where the selector says 1, but for stretches of our own code that
 * make raw calls alone.
 *
 * Threads that the program or libc makes itself are not trapped, nor are the
 * monitor and libuv's pool; fork and exec switch trapping off in the kernel.
 */
#include <dlfcn.h>
#include <gnu/lib-names.h>
#include <link.h>
#include <linux/audit.h>
#include <sys/mman.h>

#include "base/libc_lookup.h"
#include "base/log.h"
#include "base/map.h"
#include "process/process_exec.h"
#include "process/trap.h"
#include "signal/sigstate.h"

#define PR_SYSCALL_USER_DISPATCH 59
#define DISPATCH_OFF		 0
#define DISPATCH_ON		 1
#define TRAPPED			 2 /* si_code: SYS_USER_DISPATCH */
#define ASIDE_STACK		 (64ul << 10)

_Static_assert((CARRIER_USER & 0xff) == 1 && (CARRIER_TAKEN & 0xff) == 1 &&
		       (CARRIER_RT & 0xff) == 0 &&
		       (CARRIER_TAKEN_RT & 0xff) == 0,
	       "the state's first byte is the selector");

long (*trap_hook)(void *info, void *context, long nr, const long a[6]);

static struct code_range libc_code, linker_code;

/* ---- what is trapped ---- */

/* The return stub that libc gives the kernel, seen by letting libc set an
 * action. */
static void *libc_restorer(void *libc)
{
	int (*set)(int, const struct sigaction *, struct sigaction *) =
		(int (*)(int, const struct sigaction *,
			 struct sigaction *))dlsym(libc, "sigaction");
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct action was, seen = { 0 };

	if (!set || raw_syscall(SYS_rt_sigaction, SIGSYS, 0, &was, 8) < 0)
		return NULL;
	set(SIGSYS, &ignore, NULL);
	raw_syscall(SYS_rt_sigaction, SIGSYS, 0, &seen, 8);
	raw_syscall(SYS_rt_sigaction, SIGSYS, &was, 0, 8);
	return seen.restorer;
}

int trap_init(void)
{
	void *libc = dlopen(LIBC_SO, RTLD_LAZY | RTLD_NOLOAD);
	void *call, *restorer;

	if (raw_syscall(SYS_prctl, PR_SYSCALL_USER_DISPATCH, DISPATCH_OFF, 0, 0,
			0) < 0)
		return -EINVAL;
	if (!libc)
		return -ENOSYS;
	call = dlsym(libc, "getppid");
	restorer = libc_restorer(libc);
	libc_code = code_around(dlsym(libc, "gnu_get_libc_version"));
	linker_code = code_around(dlsym(RTLD_DEFAULT, "__tls_get_addr"));
	if (!code_holds(&libc_code, (uintptr_t)call) ||
	    !code_holds(&libc_code, (uintptr_t)restorer))
		return -ENOSYS;
	return arch_trap_use_libc(call, restorer);
}

void trap_carrier(struct carrier *c)
{
	if (rt_config.raw &&
	    raw_syscall(SYS_prctl, PR_SYSCALL_USER_DISPATCH, DISPATCH_ON,
			libc_code.low, libc_code.size, &c->state) < 0)
		rt_say("GREENSHIM_RAW: cannot trap system calls on another "
		       "kernel thread: prctl failed (a seccomp filter must "
		       "allow it)");
}

/* ---- the trap ---- */

/*
 * Calls that are made as they are, with no thread-local data used afterwards.
 * The dynamic linker's locks are waited for and woken in the kernel
 * (shim/door/linker_door.c), and arch_prctl() changes where thread-local data
 * lie.
 */
static bool is_left_alone(uintptr_t pc, long nr)
{
	return code_holds(&linker_code, pc)
#ifdef SYS_arch_prctl
	       || nr == SYS_arch_prctl
#endif
		;
}

static void finish_trap(ucontext_t *uc, long value)
{
	/* In the child of a fork the kernel keeps the mask again. */
	uint64_t held = rt_started ? signals_held : fiber_early()->sigmask;

	arch_trap_return(uc, value);
	memcpy(&uc->uc_sigmask, &held, sizeof(held));
}

/*
 * The program returns from a handler that was entered before the first thread
 * was made; the returns of others are made within libc's code.  The frame has
 * the kernel's mask of that time, which was the thread's.
 */
static void end_handler(uintptr_t sp)
{
	ucontext_t *uc = arch_sigreturn_context(sp);
	uint64_t mask, held;

	memcpy(&mask, &uc->uc_sigmask, sizeof(mask));
	signal_mask(SIG_SETMASK, &mask, NULL);
	held = signals_held;
	memcpy(&uc->uc_sigmask, &held, sizeof(held));
	uc->uc_stack.ss_flags = ~0;
	arch_trap_sigreturn(sp);
}

static void on_trap(siginfo_t *info, ucontext_t *uc)
{
	int saved = errno;
	long a[6], nr;

	atomic_fetch_add_explicit(&rt.traps, 1, memory_order_relaxed);
	/* The program may return to this frame on another carrier, whose signal
	 * stack must stay: the kernel ignores a stack with invalid flags. */
	uc->uc_stack.ss_flags = ~0;
	if (UNLIKELY(info->si_arch != ARCH_AUDIT)) {
		/* A child that the call makes has a copy of the selector, which
		 * must say 0. */
		spawn_enter();
		arch_trap_foreign(uc);
		spawn_leave();
		return;
	}
	nr = arch_trap_call(uc, a);
	if (nr == SYS_rt_sigreturn)
		end_handler(arch_context_sp(uc));
	if (is_left_alone(arch_context_pc(uc), nr)) {
		arch_trap_return(uc, raw_syscall(nr, a[0], a[1], a[2], a[3],
						 a[4], a[5]));
		return;
	}
	finish_trap(uc, trap_hook(info, uc, nr, a));
	errno = saved;
}

void trap_entry(int sig, siginfo_t *info, void *context)
{
	if (info->si_code == TRAPPED) {
		on_trap(info, context);
		return;
	}
	kernel_mask(KERNEL_ALL);
	signal_trampoline(sig, info, context);
}

/* ---- while a child has our stack ---- */

void trap_aside(void *info, void *context, void (*fn)(int, void *, void *))
{
	char *low = rt_map(ASIDE_STACK);
	void *sp;

	if (!low)
		return;
	sp = arch_frame_move(low + ASIDE_STACK, &info, &context);
	((siginfo_t *)info)->si_addr = low;
	arch_frame_enter(sp, fn, SIGSYS, info, context);
}

static void aside_done(int sig, void *info, void *context)
{
	(void)sig;
	(void)context;
	raw_syscall(SYS_munmap, ((siginfo_t *)info)->si_addr, ASIDE_STACK);
}

void trap_return_aside(void *info, void *context, long value)
{
	void *sp;

	finish_trap(context, value);
	sp = arch_frame_move((void *)(arch_context_sp(context) - ARCH_RED_ZONE),
			     &info, &context);
	arch_frame_enter(sp, aside_done, SIGSYS, info, context);
}
