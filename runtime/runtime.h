/*
 * runtime.h - what the shim sees of the runtime.
 *
 * Everything here returns a value or -errno and never touches errno: the
 * shim's interpose.h turns that into what each libc symbol promises.
 * Deadlines are CLOCK_MONOTONIC nanoseconds, GREEN_FOREVER for none.
 */
#ifndef GREEN_RUNTIME_H
#define GREEN_RUNTIME_H

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "arch/arch.h"
#include "green.h"

#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define NS_PER_SEC  1000000000ull

/*
 * What a carrier does right now; who may take its hub.  The lowest byte is 1
 * in a fiber's own code and 0 elsewhere: with the raw door open, the kernel
 * reads it to know whether to trap (trap.c).
 */
enum carrier_state {
	CARRIER_RT = 0,		  /* inside the scheduler: nobody may */
	CARRIER_USER = 1,	  /* runs a fiber's own code: the monitor may */
	CARRIER_TAKEN = 0x101,	  /* runs a fiber, has no hub (taken, hopped) */
	CARRIER_TAKEN_RT = 0x100, /* the same, inside the scheduler */
};
#define CARRIER_OWN_CODE 1 /* the bit of CARRIER_USER and CARRIER_TAKEN */

/* The first words of struct carrier and struct fiber, for the inline test
 * below; scheduler.h has the rest. */
struct carrier_head {
	_Atomic int state; /* enum carrier_state */
};

struct fiber_head {
	struct carrier_head *_Atomic carrier; /* where it is mounted */
	int budget; /* below zero: threads of its making are to begin */
};

/* The running fiber; NULL on carriers outside of fibers, on aliens, and in
 * a process that has not made its first thread.  Lives in the fiber's own
 * TLS, so it moves with the fiber. */
extern __thread struct fiber *green_self
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

/*
 * The fiber whose call may park: NULL where a call must go straight to the
 * kernel (no fiber, or a signal handler that interrupted the scheduler).
 */
static inline struct fiber *rt_fiber(void)
{
	struct fiber *f = green_self;
	int state;

	if (!f)
		return NULL;
	state = atomic_load_explicit(&((struct fiber_head *)f)->carrier->state,
				     memory_order_relaxed);
	return LIKELY(state & CARRIER_OWN_CODE) ? f : NULL;
}

/*
 * Threads that the caller made a while ago may expect to have begun before what
 * it does next, which does not wait: see budget_spent().
 */
void budget_spent(struct fiber *f);
static inline void newborns_first(void)
{
	struct fiber *f = green_self;

	if (UNLIKELY(f && ((struct fiber_head *)f)->budget < 0))
		budget_spent(f);
}

/* Is the caller a kernel thread that libc made for itself? */
bool rt_is_alien(void);

/* True once green threads exist in this process. */
extern bool rt_started __attribute__((visibility("hidden")));

/*
 * Not 0 in the child of a vfork, until it calls exec: it has its parent's
 * memory and TLS, while the parent waits, but descriptors and signals of its
 * own.  It asks the kernel for everything, and writes nothing down.  Counted,
 * for a child's own vfork.
 */
extern __thread int rt_vforked
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

/* ---- start-up (shim/startup.c) ---- */
struct rt_config {
	int hubs;		/* 0: as many as the CPUs that may be used */
	size_t stack_size;	/* 0: as ulimit -s says */
	bool disabled;		/* GREENSHIM_DISABLE: only pass calls on */
	bool raw;		/* trap the program's own system calls */
	int dump_signal;	/* 0: none */
	const char *stats;	/* NULL: none; "1": stderr; else a file */
	const char *stats_door; /* a value for the report, or NULL */
};
extern struct rt_config rt_config __attribute__((visibility("hidden")));
/* Read GREENSHIM_*; on a bad value says which and exits 125. */
void config_read(void);

/* ---- fibers ---- */
struct carrier;
struct fiber *fiber_of(uintptr_t pthread_id); /* NULL: not one of ours */
uintptr_t fiber_id(struct fiber *f);	      /* = pthread_self() in it */
int fiber_tid(struct fiber *f);
/* The TCB's tid field, for any kind of thread. */
extern long tcb_tid_offset __attribute__((visibility("hidden")));
/*
 * Some of libc's functions (error, pclose, sem_open) turn the cancellation of
 * their caller off meanwhile, in the TCB and not by the symbol.  The calls that
 * the libc door leads to us from there are no cancellation points.
 */
extern long tcb_cancel_offset __attribute__((visibility("hidden")));
/* nptl/descr.h */
enum { LIBC_CANCEL_OFF = 1, LIBC_CANCEL_AT_ONCE = 2, LIBC_EXITING = 16 };
static inline bool rt_libc_holds_cancel(uintptr_t tcb)
{
	return tcb_cancel_offset >= 0 &&
	       (*(volatile int *)(tcb + (uintptr_t)tcb_cancel_offset) &
		LIBC_CANCEL_OFF);
}
void tcb_find_tid(void); /* at start, before the program locks anything */
static inline int rt_tid(void)
{
	return *(int *)(arch_tls_base() + tcb_tid_offset);
}
bool fiber_is_main(struct fiber *f);
void fiber_set_result(struct fiber *f, void *result);
void *fiber_result(struct fiber *f);
/* green_spawn with a signal mask (NULL: the caller's), and a kernel thread of
 * its own (NULL: as the caller has one); *id is stored before the fiber can
 * run. */
int green_spawn_masked(struct fiber **out, const struct green_attr *attr,
		       void *(*start)(void *), void *arg, const sigset_t *mask,
		       struct carrier *wire, uintptr_t *id);
void fiber_stack(struct fiber *f, void **low, size_t *size, size_t *guard);
bool fiber_is_detached(struct fiber *f);
bool fiber_has_ended(struct fiber *f);
const char *fiber_name(struct fiber *f);
int fiber_set_name(struct fiber *f, const char *name);
struct fiber *fiber_by_tid(int tid);
/* The kernel takes a process by the number of any of its threads: that of ours
 * for a fiber's number, else tid itself. */
int fiber_process_of(int tid);
struct fiber *fiber_by_bits(int bits, int mask); /* of the number */
/* Nanoseconds, counted from the first call of this on. */
uint64_t fiber_cputime(struct fiber *f);
/* Ends the calling fiber; called on its last frame only. */
void fiber_exit(void *result) __attribute__((noreturn));
/* The same as the system call exit does it: no destructors.  status is the
 * process's if this is its last thread. */
void fiber_quit(int status) __attribute__((noreturn));
/* Called at a fiber's end before its TLS dies (key destructors). */
extern void (*fiber_end_hook)(void) __attribute__((visibility("hidden")));
/* A library may have come or gone.  One caller at a time, which holds the
 * dynamic linker's lock over its list of libraries. */
void tls_modules_changed(void);
/* Making a kernel thread takes the dynamic linker's lock over TLS.  Take it now
 * or not at all, on a thread that may not wait; NULL: there is no way. */
extern bool (*linker_try)(void) __attribute__((visibility("hidden")));
extern void (*linker_leave)(void) __attribute__((visibility("hidden")));
/* Before that lock is taken for long: one for the calling fiber's hub to go on,
 * one for a fiber that hops. */
void carrier_have_spares(void);

/* ---- parking ---- */
enum wake { WAKE_NONE, WAKE_EVENT, WAKE_TIMEOUT, WAKE_INTR, WAKE_CLOSED };
/* Interrupt a fiber's wait, or its next interruptible one. */
bool fiber_interrupt(struct fiber *f);
/* The number of interruptions still to be seen by an interruptible wait is
 * kept in the fiber; waits return -EINTR then. */

/* Make a blocking call on another carrier: between these two the fiber may
 * block in the kernel and nobody waits for it.  They nest not. */
void hop_enter(void);
void hop_leave(void);

/* ---- a kernel thread of one's own (wire.c) ---- */
/* For good: 0, -EAGAIN.  Another fiber moves there when it is next woken. */
int fiber_wire(struct fiber *f);
/* The kernel thread that f has of its own; 0: none, it is like all others. */
int fiber_kernel_tid(struct fiber *f);
struct fiber *fiber_of_kernel(int tid); /* whose own that is, or NULL */
/* One that is as all others are; 0: the caller's. */
int wire_common_tid(void);
/* Another thread changed f's policy: libc's note of it in f's TCB is old. */
void fiber_reschedule(struct fiber *f);
bool fiber_was_rescheduled(struct fiber *f); /* since this was last asked */
/* A kernel thread for a fiber that is yet to be made; NULL: none to be had. */
struct carrier *wire_make(void);
int wire_carrier_tid(struct carrier *c);
void wire_adopt(struct fiber *f, struct carrier *c);
void wire_discard(struct carrier *c);
/* The calling fiber, from one to the other; they nest. */
int wire_enter(void); /* 0, -EAGAIN */
void wire_leave(void);
bool wire_is_entered(void);

/* ---- waiting for descriptors; fds are the program's ---- */
enum fd_kind {
	FD_UNKNOWN,
	FD_STREAM, /* TCP: a short read means drained */
	FD_SOCKET, /* any other socket */
	FD_LISTEN, /* a listening socket */
	FD_PIPE,   /* pipe, eventfd, timerfd: RWF_NOWAIT works */
	FD_POLLED, /* tty, FIFO, inotify...: poll, then call */
	FD_FILE,   /* regular file, directory, block device */
	FD_EPOLL,
	FD_OTHER, /* cannot be waited for: straight to the kernel */
};
/* Reserve the table; the earlier the more is known.  Idempotent. */
int fdtab_init(void);
/* A new descriptor came to be; nonblock: as the program asked. */
void fdtab_opened(int fd, enum fd_kind kind, bool nonblock);
/* fd is a new name for old's open file. */
void fdtab_duped(int fd, int old);
/* fd is about to be closed: wakes its waiters with -EBADF. */
void fdtab_closing(int fd);
/* fd may have been closed or replaced behind our back.  Any context. */
void fdtab_suspect(int fd);
/* Its open file may now be held by another process too. */
void fdtab_shared(int fd);
void fdtab_set_nonblock(int fd, bool on);
void fdtab_set_direct(int fd, bool on); /* O_DIRECT */
void fdtab_set_timeout(int fd, bool send, uint64_t timeout_ns);
void fdtab_set_kind(int fd, enum fd_kind kind);
/* A short read no longer means "drained" (kernel TLS, urgent data). */
void fdtab_no_short_read(int fd);
/* Every descriptor now open is shared with a child process. */
void fdtab_forked(void);
/* The same, but for those that exec closes; settled when fd is next looked at,
 * or is to be closed by the next exec only from now on. */
void fdtab_spawned(void);
void fdtab_settle(int fd);
/* Descriptors from this number on were never in the table. */
int fdtab_size(void);
enum fd_kind fdtab_kind(int fd);
bool fdtab_nonblock(int fd);
/* Are there any descriptors that belong to the runtime? */
extern bool fdtab_hides __attribute__((visibility("hidden")));
/* 1: fd belongs to the runtime: to the program it is not open. */
bool fdtab_is_ours(int fd);
/* Move the runtime's own fd out of the program's way (dup2 onto it). */
int fdtab_vacate(int fd);
/* fds of the runtime in [first, last], ascending; for close_range. */
int fdtab_next_ours(int first);

ssize_t io_read(int fd, void *buf, size_t n);
ssize_t io_write(int fd, const void *buf, size_t n);
ssize_t io_readv(int fd, const struct iovec *iov, int n);
ssize_t io_writev(int fd, const struct iovec *iov, int n);
/* At a place of the file, with flags of preadv2(2). */
ssize_t io_preadv(int fd, const struct iovec *iov, int n, off_t at, int flags);
ssize_t io_pwritev(int fd, const struct iovec *iov, int n, off_t at, int flags);
ssize_t io_recvfrom(int fd, void *buf, size_t n, int flags,
		    struct sockaddr *from, socklen_t *fromlen);
ssize_t io_sendto(int fd, const void *buf, size_t n, int flags,
		  const struct sockaddr *to, socklen_t tolen);
ssize_t io_recvmsg(int fd, struct msghdr *m, int flags);
ssize_t io_sendmsg(int fd, const struct msghdr *m, int flags);
int io_accept(int fd, struct sockaddr *sa, socklen_t *len, int flags);
int io_connect(int fd, const struct sockaddr *sa, socklen_t len);
/* Wait until fd is readable / writable.  0, -EINTR, -ETIMEDOUT, -EBADF;
 * -EPERM: that file cannot be waited for (it is always ready). */
int io_wait_fd(int fd, bool write, uint64_t deadline_ns);
/* The same for an epoll set, whose wait no handler lets go on. */
int io_wait_epoll(int fd, uint64_t deadline_ns);
/* The fiber asked for events and need not wait for them, or will not: those who
 * are runnable come first. */
void io_did_not_wait(void);
/* poll(2) with a deadline in place of a timeout. */
int io_poll(struct pollfd *fds, unsigned long n, uint64_t deadline_ns);

/*
 * A condition's wait: get in line at *signals, unlock(mutex), park.  counts:
 * who wakes adds 1 to *signals before, so that the wait can go on after a
 * handler.  0 woken, or maybe so; -ETIMEDOUT; -EINTR: cancelled, or a handler
 * ran where signals are not counted.
 */
int green_cond_wait(uint32_t *signals, bool counts, void (*unlock)(void *),
		    void *mutex, uint64_t deadline_ns);

/* ---- robust mutexes (robust.c) ---- */
/* libc's struct __pthread_mutex_s, as robust mutexes use it. */
struct robust_list;
struct robust_list_head;
struct robust_lock {
	uint32_t word; /* owner, FUTEX_WAITERS, FUTEX_OWNER_DIED */
	uint32_t count;
	int owner; /* or what libc writes when one has died */
	uint32_t nusers;
	int kind;
	uint32_t fiber; /* ours; libc's __spins, __elision: unused here */
	struct robust_list *prev, *next;
};
/* The number that stands in the word of what a fiber owns. */
uint32_t robust_keeper(void);
/* Own it if the word is *seen (as in compare-and-swap); flags: more bits. */
bool robust_claim(struct robust_lock *l, uint32_t *seen, uint32_t flags);
void robust_release(struct robust_lock *l); /* and wake one */
/* Around waiting for it in the kernel, on a hop. */
struct robust_list_head *robust_wait_begin(struct robust_lock *l);
void robust_wait_end(struct robust_list_head *own);
/* Around a call of libc's with it, as a kernel thread: what that owns. */
void robust_lend(struct robust_lock *l);
void robust_take_back(struct robust_lock *l);
/*
 * Be the kernel thread that one runs on, for functions of libc's that tell the
 * kernel their thread's number: between these the TCB has it.  Wired.
 */
void kernel_self_begin(void);
void kernel_self_end(void);

/* ---- signals ---- */
/* A fiber's mask is its own, and not the kernel's.  Sets are the kernel's 64
 * bits at the start of a sigset_t.  On kernel threads that run no fiber, and
 * before the first, all of these are the kernel's own calls. */
struct action { /* the kernel's struct sigaction */
	void *handler;
	unsigned long flags;
	void *restorer;
	uint64_t mask;
};
int signal_action(int sig, const struct action *act, struct action *old);
int signal_mask(int how, const uint64_t *set, uint64_t *old);
int signal_altstack(const stack_t *stack, stack_t *old);
int signal_pending(uint64_t *out);
/* Send; info's si_code and what follows as it is to arrive. */
int signal_send(struct fiber *f, int sig, const siginfo_t *info);
int signal_kill(pid_t pid, int sig, const siginfo_t *info);
int signal_tgkill(int tgid, int tid, int sig); /* tids as gettid() says */
/* Wait for one of set: its number, -EAGAIN at the deadline, -EINTR. */
int signal_wait(uint64_t set, siginfo_t *info, uint64_t deadline_ns);
/* Wait until a handler ran, under another mask (NULL: the present): -EINTR */
int signal_suspend(const uint64_t *mask);
/* Around a wait under another mask, as in ppoll: what to restore. */
uint64_t signal_mask_swap(uint64_t mask);
void signal_mask_restore(uint64_t mask);
void signal_keep(uint64_t set); /* for a signalfd or a timer, while blocked */
/* Timers, by the kernel's numbers.  A new one's signal is for one fiber: 0,
 * -EAGAIN. */
int signal_timer_direct(int timer, int tid);
/* timer_getoverrun(2); -1: the kernel knows. */
int signal_timer_overrun(int timer);
void signal_timer_set(int timer); /* made, or about to be set anew */
void signal_timer_deleted(int timer);
/* A blocking call was interrupted and returned -EINTR: must it?  restartable:
 * it goes on after a handler with SA_RESTART.  cancels: it is a cancellation
 * point. */
bool signal_interrupted(bool restartable, bool cancels);

/* The cancellation word of f, or (NULL) of the calling thread; NULL: that is
 * libc's business. */
_Atomic uint32_t *fiber_cancel_word(struct fiber *f);
/* The shim's end of asynchronous cancellation; does not return. */
extern void (*signal_cancel_hook)(void) __attribute__((visibility("hidden")));
/* libc put its own handler of the cancellation signal in place of ours. */
void signal_install_poke(void);
void fiber_poke(struct fiber *f); /* end its wait or call; look at cancel */

/* ---- system calls by the program's own instructions (trap.c) ---- */
/*
 * The shim's part: make the call nr of these arguments, which was trapped at
 * context (a ucontext_t), and return its value or -errno.
 */
extern long (*trap_hook)(void *info, void *context, long nr, const long a[6])
	__attribute__((visibility("hidden")));
/*
 * Go on in fn, which must not return, on a stack of its own, while the
 * trapped fiber's own belongs to a child.  Copies of info and context come
 * along.  Back with trap_return_aside(), with the call's value.  Returns only
 * where there is no memory.
 */
void trap_aside(void *info, void *context,
		void (*fn)(int sig, void *info, void *context));
void trap_return_aside(void *info, void *context, long value)
	__attribute__((noreturn));
/* Before a thread starts that is none of ours and makes system calls with its
 * own instructions: waits of the futex table that it may end. */
void futex_meet_strangers(void);
/* As green_futex_wait, but -ENOTSUP where strangers may have to end it. */
int futex_wait_known(const uint32_t *addr, uint32_t expected,
		     uint64_t deadline_ns, uint32_t bitset);
/* The calling fiber's signal mask becomes the kernel thread's, for a thread
 * or a process that it makes; and back. */
void mask_lend(void);
void mask_return(void);
/* Before a system call on what may be a terminal, which asks whether its caller
 * blocks or ignores SIGTTIN and SIGTTOU. True: mask_return() after it. */
bool terminal_enter(void);
/* Cancellation is not acted on in between, but in signal handlers; returns
 * whether that is so for cancel_release() to undo. */
bool cancel_hold(void);
void cancel_release(bool held);

/* ---- processes ---- */
void fork_prepare(void);  /* before fork, on the forking thread */
void fork_parent(void);	  /* after it, in the parent */
void rt_fork_child(void); /* in the child of fork, on its one thread */
/* What that thread was in the parent, until it makes another: so long it is no
 * fiber.  NULL in other processes. */
struct fiber *fiber_forked(void);
/* pthread_atfork() was called: true if by libuv for a loop of ours. */
bool uvloop_takes_atfork(void (*child)(void));
/* Load libuv now, and not with the first thread.  NULL, or why it cannot. */
const char *uvloop_load(void);
void exec_prepare(void); /* the kernel's signal mask becomes the fiber's */
void exec_failed(void);
/* Between these libc may make a child that takes over this kernel thread's
 * mask; the fiber waits nowhere but in the kernel. */
void spawn_enter(void);
void spawn_leave(void);
/* Around a vfork, in the parent, with all signals blocked: enter returns the mask
 * before, which child gives back to the child and leave to the parent. */
uint64_t vfork_enter(void);
void vfork_child(uint64_t mask);
void vfork_leave(bool made, uint64_t mask);

/* ---- libc's own functions, past our interposers ---- */
void *rt_libc_symbol(const char *name, const char *version);

/* ---- saying things ---- */
void rt_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void rt_panic(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

#endif
