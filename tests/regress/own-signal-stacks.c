// LIBS: -Wl,-z,now
/*
 * A program that sets its signal stacks by its own instructions, and runs its
 * threads on stacks without room for a signal's frame, as Go does. Handlers
 * once ran on those stacks and overwrote the memory below. (There is no room
 * either for the dynamic linker to resolve a function.)
 */
#include "lib.h"
#include <ucontext.h>

enum { THREADS = 4, SIGNALS = 50, TINY = 1024, SIGNAL_STACK = 65536 };

struct tiny {
	char below[8192]; /* is somebody else's */
	char stack[TINY] __attribute__((aligned(16)));
	ucontext_t home, there;
	pthread_t thread;
	_Atomic int spins, stop;
};

static struct tiny tiny[THREADS];
static _Atomic int caught, off_stack;
static __thread struct tiny *own;
static __thread char *signal_stack;

static long own_sigaltstack(const stack_t *st)
{
#ifdef __x86_64__
	long r = SYS_sigaltstack;

	__asm__ volatile("syscall"
			 : "+a"(r)
			 : "D"(st), "S"(0)
			 : "rcx", "r11", "memory");
	return r;
#else
	return syscall(SYS_sigaltstack, st, NULL);
#endif
}

static void use_signal_stack(void)
{
	stack_t st = { .ss_size = SIGNAL_STACK };

	st.ss_sp = signal_stack = malloc(SIGNAL_STACK);
	CHECK(st.ss_sp);
	CHECK_INT(own_sigaltstack(&st), 0);
}

static void on_signal(int sig)
{
	char here;

	(void)sig;
	if (&here < signal_stack || &here >= signal_stack + SIGNAL_STACK)
		off_stack++;
	caught++;
}

static void spin(void)
{
	struct tiny *t = own;

	t->spins = 1;
	while (!t->stop)
		;
	setcontext(&t->home);
}

static void *runs(void *argument)
{
	struct tiny *t = argument;

	own = t;
	use_signal_stack();
	memset(t->below, 'x', sizeof(t->below));
	getcontext(&t->there);
	t->there.uc_stack.ss_sp = t->stack;
	t->there.uc_stack.ss_size = sizeof(t->stack);
	t->there.uc_link = NULL;
	makecontext(&t->there, spin, 0);
	swapcontext(&t->home, &t->there);
	for (size_t i = 0; i < sizeof(t->below); i++)
		CHECK_INT(t->below[i], 'x');
	return NULL;
}

int main(void)
{
	struct sigaction act = { .sa_handler = on_signal,
				 .sa_flags = SA_ONSTACK | SA_RESTART };

	use_signal_stack();
	CHECK_INT(sigaction(SIGURG, &act, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		tiny[i].thread = start(runs, &tiny[i]);
	for (int i = 0; i < THREADS; i++)
		while (!tiny[i].spins)
			usleep(1000);
	for (int n = 0; n < SIGNALS; n++)
		for (int i = 0; i < THREADS; i++) {
			int before = caught;

			CHECK_INT(pthread_kill(tiny[i].thread, SIGURG), 0);
			while (caught == before)
				usleep(100);
		}
	for (int i = 0; i < THREADS; i++)
		tiny[i].stop = 1;
	for (int i = 0; i < THREADS; i++)
		join(tiny[i].thread);
	CHECK_INT(off_stack, 0);
	ok("each on its own");
	return 0;
}
