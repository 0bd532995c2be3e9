/*
 * Seccomp filters that are there before the runtime starts may refuse what the
 * runtime needs, with an error, or with the death of the process.  The start
 * finds out first, and the program then runs natively.
 *
 * What the program itself installs is known: prctl(2) and seccomp(2) are
 * interposed.  Such a filter is asked by running its program, as nothing that
 * we could try is safe from a filter that kills.  A filter that was there when
 * the program began cannot be read.  It allows exec and what the loader does,
 * so a child is made that tries each call without doing any harm.
 */
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>

#include "base/state.h"
#include "process/filters.h"
#include "signal/user_copy.h"

#if defined(__x86_64__)
#define ARCH_AUDIT AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH_AUDIT AUDIT_ARCH_AARCH64
#endif

/* A call that the runtime makes, with arguments that do no harm. */
struct needed {
	const char *name;
	long nr, a[6];
	int error;     /* what the kernel says; 0: no error */
	bool optional; /* the runtime can do without, but cannot be killed */
};

static uint32_t word;
static const struct timespec no_time;
static const struct itimerspec no_timer;

#define ID	   -2 /* in place of an argument: the pid, which is the tid */
#define NEED(call) #call, SYS_##call
static const struct needed needed[] = {
	{ NEED(getpid), { 0 }, 0, false },
	{ NEED(gettid), { 0 }, 0, false },
	{ NEED(epoll_create1), { EPOLL_CLOEXEC }, 0, false },
	{ NEED(epoll_ctl), { -1, EPOLL_CTL_DEL, -1, 0 }, EBADF, false },
#ifdef SYS_epoll_wait
	{ NEED(epoll_wait), { -1, 0, 1, 0 }, EBADF, false },
#endif
	{ NEED(epoll_pwait), { -1, 0, 1, 0, 0, 8 }, EBADF, false },
	{ NEED(eventfd2), { 0, EFD_CLOEXEC | EFD_NONBLOCK }, 0, false },
	{ NEED(timerfd_create),
	  { CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK },
	  0,
	  false },
	{ NEED(timerfd_settime),
	  { -1, TFD_TIMER_ABSTIME, (long)&no_timer, 0 },
	  EBADF,
	  false },
	{ NEED(futex), { (long)&word, FUTEX_WAKE_PRIVATE, 0 }, 0, false },
	{ NEED(tgkill), { ID, ID, 0 }, 0, false },
	{ NEED(rt_sigaction), { SIGUSR1, 0, 0, 8 }, 0, false },
	{ NEED(rt_sigprocmask), { SIG_BLOCK, 0, 0, 8 }, 0, false },
	{ NEED(sigaltstack), { 0, 0 }, 0, false },
	{ NEED(membarrier), { MEMBARRIER_CMD_QUERY, 0, 0 }, 0, false },
	{ NEED(ppoll), { 0, 0, (long)&no_time, 0, 8 }, 0, false },
	{ NEED(fstat), { -1, 0 }, EBADF, false },
	{ NEED(fcntl), { -1, F_GETFL }, EBADF, false },
	{ NEED(read), { -1, 0, 0 }, EBADF, false },
	{ NEED(write), { -1, 0, 0 }, EBADF, false },
	{ NEED(close), { -1 }, EBADF, false },
	{ NEED(sendto), { -1, 0, 0, MSG_DONTWAIT, 0, 0 }, EBADF, false },
	{ NEED(recvfrom), { -1, 0, 0, MSG_DONTWAIT, 0, 0 }, EBADF, false },
	{ NEED(pwritev2), { -1, 0, 0, -1, -1, RWF_NOWAIT }, EBADF, false },
	{ NEED(preadv2), { -1, 0, 0, -1, -1, RWF_NOWAIT }, EBADF, false },
	{ NEED(getsockopt), { -1, SOL_SOCKET, SO_TYPE, 0, 0 }, EBADF, false },
	{ NEED(clock_nanosleep),
	  { CLOCK_MONOTONIC, 0, (long)&no_time, 0 },
	  0,
	  true },
	{ NEED(sched_yield), { 0 }, 0, true },
	{ NEED(madvise), { 0, 0, MADV_DONTNEED }, 0, true },
	{ NEED(prctl), { PR_GET_DUMPABLE }, 0, true },
	{ NEED(prlimit64), { 0, 7 /* RLIMIT_NOFILE */, 0, 0 }, 0, true },
	{ NEED(get_robust_list), { 0, 0, 0 }, EFAULT, true },
	{ NEED(rt_tgsigqueueinfo), { ID, ID, SIGUSR1, 0 }, EFAULT, true },
};
#define NEEDED (sizeof(needed) / sizeof(*needed))

static void arguments(const struct needed *n, long a[6])
{
	int i;

	for (i = 0; i < 6; i++)
		a[i] = n->a[i] == ID ? raw_syscall(SYS_getpid) : n->a[i];
}

/* ---- filters that the program installed ---- */

struct filter {
	struct filter *next;
	struct sock_fprog prog;
	struct sock_filter code[];
};

static struct filter *filters;

struct sock_fprog *filters_copy(const struct sock_fprog *from)
{
	size_t size = from->len * sizeof(*from->filter);
	struct filter *f = malloc(sizeof(*f) + size);

	if (!f)
		return NULL;
	if (user_copy(f->code, from->filter, size) < 0) {
		free(f);
		return NULL;
	}
	f->prog.len = from->len;
	f->prog.filter = f->code;
	return &f->prog;
}

void filters_add(struct sock_fprog *copy)
{
	struct filter *f = (void *)((char *)copy -
				    offsetof(struct filter, prog));

	f->next = filters;
	filters = f;
}

static uint32_t compute(uint16_t op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_ADD:
		return a + b;
	case BPF_SUB:
		return a - b;
	case BPF_MUL:
		return a * b;
	case BPF_DIV:
		return b ? a / b : 0;
	case BPF_OR:
		return a | b;
	case BPF_AND:
		return a & b;
	case BPF_XOR:
		return a ^ b;
	case BPF_LSH:
		return b < 32 ? a << b : 0;
	case BPF_RSH:
		return b < 32 ? a >> b : 0;
	default:
		return -a; /* BPF_NEG */
	}
}

static bool compare(uint16_t op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_JEQ:
		return a == b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	default:
		return a & b; /* BPF_JSET */
	}
}

/* What the filter answers: SECCOMP_RET_ALLOW or another.  The kernel has
 * checked the program: jumps lead forward and stay inside, and so do loads. */
static uint32_t ask(const struct sock_fprog *p, const struct seccomp_data *data)
{
	uint32_t a = 0, x = 0, m[BPF_MEMWORDS] = { 0 };
	const struct sock_filter *s = p->filter, *end = s + p->len;

	for (; s < end; s++) {
		uint32_t b = BPF_SRC(s->code) == BPF_X ? x : s->k;
		uint32_t *to = BPF_CLASS(s->code) == BPF_LD ? &a : &x;

		switch (BPF_CLASS(s->code)) {
		case BPF_LD:
		case BPF_LDX:
			if (BPF_MODE(s->code) == BPF_IMM)
				*to = s->k;
			else if (BPF_MODE(s->code) == BPF_MEM)
				*to = m[s->k % BPF_MEMWORDS];
			else if (BPF_MODE(s->code) == BPF_LEN)
				*to = sizeof(*data);
			else if (s->k <= sizeof(*data) - sizeof(*to))
				memcpy(to, (const char *)data + s->k,
				       sizeof(*to));
			break;
		case BPF_ST:
			m[s->k % BPF_MEMWORDS] = a;
			break;
		case BPF_STX:
			m[s->k % BPF_MEMWORDS] = x;
			break;
		case BPF_ALU:
			a = compute(BPF_OP(s->code), a, b);
			break;
		case BPF_JMP:
			if (BPF_OP(s->code) == BPF_JA)
				s += s->k;
			else
				s += compare(BPF_OP(s->code), a, b) ? s->jt
								    : s->jf;
			break;
		case BPF_RET:
			return BPF_RVAL(s->code) == BPF_A ? a : s->k;
		default: /* BPF_MISC */
			if (BPF_MISCOP(s->code) == BPF_TAX)
				x = a;
			else
				a = x;
		}
	}
	return SECCOMP_RET_ALLOW;
}

/* A supervisor (TRACE, USER_NOTIF) can let the call pass. */
static bool answer_refuses(uint32_t answer, bool optional)
{
	switch (answer & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ERRNO:
		return !optional;
	case SECCOMP_RET_KILL_PROCESS:
	case SECCOMP_RET_KILL_THREAD:
	case SECCOMP_RET_TRAP:
		return true;
	default:
		return false;
	}
}

static const char *ask_all(void)
{
	struct seccomp_data data = { .arch = ARCH_AUDIT };
	const struct filter *f;
	size_t i;
	int k;

	for (i = 0; i < NEEDED; i++) {
		long a[6];

		arguments(&needed[i], a);
		data.nr = (int)needed[i].nr;
		for (k = 0; k < 6; k++)
			data.args[k] = (uint64_t)a[k];
		for (f = filters; f; f = f->next)
			if (answer_refuses(ask(&f->prog, &data),
					   needed[i].optional))
				return needed[i].name;
	}
	return NULL;
}

/* ---- filters from before ---- */

static bool asked, inherited;

void filters_inherited(void)
{
	char text[4096];
	const char *at;
	long fd, n;

	if (asked)
		return;
	asked = true;
	fd = raw_syscall(SYS_openat, AT_FDCWD, "/proc/self/status",
			 O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return;
	n = raw_syscall(SYS_read, fd, text, sizeof(text) - 1);
	raw_syscall(SYS_close, fd);
	text[n > 0 ? n : 0] = 0;
	at = strstr(text, "\nSeccomp:\t");
	inherited = at && at[10] == '2';
}

/* In the child: reach has the number of the call that is tried. */
static void try_all(_Atomic uint32_t *reach)
{
	size_t i;

	raw_syscall(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0); /* no core file */
	for (i = 0; i < NEEDED; i++) {
		long a[6], r;

		*reach = (uint32_t)i;
		arguments(&needed[i], a);
		r = raw_syscall(needed[i].nr, a[0], a[1], a[2], a[3], a[4],
				a[5]);
		if (r < 0 && r != -needed[i].error && !needed[i].optional)
			raw_syscall(SYS_exit_group, 1);
	}
	*reach = NEEDED;
	raw_syscall(SYS_exit_group, 0);
}

/* A process that the program does not notice: without a signal at its end, and
 * waited for only by who asks for such (__WCLONE). */
static const char *try_in_child(void)
{
	_Atomic uint32_t *reach;
	uint32_t reached;
	uint64_t all = ~0ull, mask;
	long pid;

	reach = (void *)raw_syscall(SYS_mmap, NULL, sizeof(*reach),
				    PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if ((uintptr_t)reach >= (uintptr_t)-4095)
		return NULL;
	*reach = NEEDED;
	raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, &mask, 8);
	pid = raw_syscall(SYS_clone, 0, 0, 0, 0, 0);
	if (pid == 0)
		try_all(reach);
	while (pid > 0 &&
	       raw_syscall(SYS_wait4, pid, NULL, 0x80000000 /* __WCLONE */,
			   NULL) == -EINTR)
		;
	raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, 8);
	reached = *reach;
	raw_syscall(SYS_munmap, (void *)reach, sizeof(*reach));
	return reached < NEEDED ? needed[reached].name : NULL;
}

const char *filters_refuse(void)
{
	const char *name = filters ? ask_all() : NULL;

	filters_inherited();
	if (!name && inherited)
		name = try_in_child();
	return name;
}
