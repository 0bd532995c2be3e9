// ENV: GREENSHIM_RAW=1
/*
 * Children made by the program's own instructions: with memory of their own
 * and with the parent's, on the parent's stack and on another.
 */
#include "own.h"

#include <linux/futex.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>

#define STACK 65536

static char *stack;

static long wait_own(long pid)
{
	int status = -1;

	CHECK_INT(own(SYS_wait4, pid, &status, 0, NULL), pid);
	return status;
}

static void *add_one(void *arg)
{
	return (char *)arg + 1;
}

/* The child is a full process: it creates threads, and waits in them. */
static void in_child(void)
{
	struct timespec ts = { 0, 1000000 };

	CHECK_INT(own(SYS_nanosleep, &ts, NULL), 0);
	CHECK(join(start(add_one, NULL)) == (void *)1);
	CHECK_INT(own(SYS_nanosleep, &ts, NULL), 0);
	own(SYS_exit_group, 7);
}

/*
 * A call whose child runs a function on its own stack, with an argument.
 *	long on_stack(long nr, long a, long b, long c, void (*fn)(long),
 *		      long arg)
 * The child's r12 is fn and its r13 the argument, as its parent's were.
 */
long on_stack(long nr, long a, long b, long c, void (*fn)(long), long arg);

__asm__(".text\n"
	".globl on_stack\n"
	".type on_stack, @function\n"
	"on_stack:\n"
	"	push %r12\n"
	"	push %r13\n"
	"	mov %r8, %r12\n"
	"	mov %r9, %r13\n"
	"	mov %rdi, %rax\n"
	"	mov %rsi, %rdi\n"
	"	mov %rdx, %rsi\n"
	"	mov %rcx, %rdx\n"
	"	xor %r10d, %r10d\n"
	"	xor %r8d, %r8d\n"
	"	syscall\n"
	"	test %rax, %rax\n"
	"	jz 1f\n"
	"	pop %r13\n"
	"	pop %r12\n"
	"	ret\n"
	"1:	mov %r13, %rdi\n"
	"	call *%r12\n"
	"	hlt\n"
	".size on_stack, .-on_stack\n");

static volatile long shared;
static atomic_uint thread_done;

static void set_shared(long value)
{
	char here;

	shared = value + (&here >= stack && &here < stack + STACK);
	own(SYS_exit, 3);
}

/* A thread unknown to libc, so it must not use libc. */
static void as_thread(long value)
{
	shared = value;
	thread_done = 1;
	own(SYS_futex, &thread_done, FUTEX_WAKE_PRIVATE, 1);
	own(SYS_exit, 0);
}

static void wait_thread(void)
{
	while (!thread_done) {
		long r = own(SYS_futex, &thread_done, FUTEX_WAIT_PRIVATE, 0,
			     NULL);

		CHECK(r == 0 || r == -EAGAIN);
	}
	CHECK_INT(shared, 4);
	thread_done = 0;
}

long vfork_own(void) __attribute__((returns_twice));
__asm__(".text\n"
	".globl vfork_own\n"
	".type vfork_own, @function\n"
	"vfork_own:\n"
	"	pop %rdx\n"
	"	mov $58, %eax\n"
	"	syscall\n"
	"	push %rdx\n"
	"	ret\n"
	".size vfork_own, .-vfork_own\n");

static void check_memory(void)
{
	char *const argv[] = { "sh", "-c", "exit 5", NULL };
	volatile long pid;

	shared = 0;
	pid = vfork_own();
	if (pid == 0) {
		shared = 1;
		own(SYS_execve, "/bin/sh", argv, environ);
		own(SYS_exit, 1);
	}
	CHECK(pid > 0);
	CHECK_INT(shared, 1);
	CHECK_INT(wait_own(pid), 5 << 8);
	ok("vfork shares memory until exec");

	shared = 0;
	pid = on_stack(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD,
		       (long)(stack + STACK), 0, set_shared, 1);
	CHECK(pid > 0);
	CHECK_INT(shared, 2);
	CHECK_INT(wait_own(pid), 3 << 8);
	ok("clone with our memory and a stack");
}

static void check(void)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	long pid;

	pid = own(SYS_fork);
	if (pid == 0)
		in_child();
	CHECK(pid > 0);
	CHECK_INT(wait_own(pid), 7 << 8);
	ok("fork");

	pid = own(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		in_child();
	CHECK(pid > 0);
	CHECK_INT(wait_own(pid), 7 << 8);
	ok("clone");

	pid = own(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		in_child();
	CHECK(pid > 0);
	CHECK_INT(wait_own(pid), 7 << 8);
	ok("clone3");

	shared = 0;
	pid = on_stack(SYS_clone, SIGCHLD, (long)(stack + STACK), 0, set_shared,
		       1);
	CHECK(pid > 0);
	CHECK_INT(wait_own(pid), 3 << 8);
	CHECK_INT(shared, 0);
	args.stack = (uintptr_t)stack;
	args.stack_size = STACK;
	pid = on_stack(SYS_clone3, (long)&args, sizeof(args), 0, set_shared, 1);
	CHECK(pid > 0);
	CHECK_INT(wait_own(pid), 3 << 8);
	ok("a copy on another stack");

	CHECK_INT(own(SYS_clone3, NULL, 64), -EFAULT);
	CHECK_INT(own(SYS_clone3, &args, 8), -EINVAL);
	CHECK_INT(own(SYS_clone, CLONE_THREAD, 0, 0, 0, 0), -EINVAL);
	ok("mistakes");

	check_memory();

	pid = on_stack(SYS_clone,
		       CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
			       CLONE_THREAD | CLONE_SYSVSEM,
		       (long)(stack + STACK), 0, as_thread, 4);
	CHECK(pid > 0);
	wait_thread();
	settle();
	args.flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
		     CLONE_THREAD | CLONE_SYSVSEM;
	args.exit_signal = 0;
	pid = on_stack(SYS_clone3, (long)&args, sizeof(args), 0, as_thread, 4);
	CHECK(pid > 0);
	wait_thread();
	settle();
	ok("a thread of the kernel's");
}

int main(void)
{
	stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(stack != MAP_FAILED);
	be_threaded();
	run_both(check);
	return 0;
}
