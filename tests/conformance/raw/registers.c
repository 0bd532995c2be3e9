// ENV: GREENSHIM_RAW=1
// CFLAGS: -mavx
/*
 * A system call keeps every register but rax, rcx and r11, the flags, the
 * floating-point state and the red zone, also when it waits.
 */
#include "own.h"

#include <stddef.h>

struct registers {
	unsigned long r[13]; /* rbx rbp rdi rsi rdx r8 r9 r10 r12..r15, flags */
	unsigned char ymm[16][32];
	unsigned int mxcsr, x87;
	unsigned long red[16];
};

/* long call(long nr, struct registers *in_and_out): load them, make the call,
 * store them. */
long call(long nr, struct registers *r);

__asm__(".text\n"
	".globl call\n"
	".type call, @function\n"
	"call:\n"
	"	push %rbx\n"
	"	push %rbp\n"
	"	push %r12\n"
	"	push %r13\n"
	"	push %r14\n"
	"	push %r15\n"
	"	push %rsi\n"
	"	stmxcsr -8(%rsp)\n"
	"	fnstcw -4(%rsp)\n"
	"	sub $8, %rsp\n"
	"	ldmxcsr 616(%rsi)\n"
	"	fldcw 620(%rsi)\n"
	"	vmovdqu 104(%rsi), %ymm0\n"
	"	vmovdqu 136(%rsi), %ymm1\n"
	"	vmovdqu 168(%rsi), %ymm2\n"
	"	vmovdqu 584(%rsi), %ymm15\n"
	"	mov %rdi, %rax\n"
	"	mov 624(%rsi), %rcx\n"
	"	mov %rcx, -8(%rsp)\n"
	"	mov 744(%rsi), %rcx\n"
	"	mov %rcx, -128(%rsp)\n"
	"	mov 0(%rsi), %rbx\n"
	"	mov 8(%rsi), %rbp\n"
	"	mov 16(%rsi), %rdi\n"
	"	mov 32(%rsi), %rdx\n"
	"	mov 40(%rsi), %r8\n"
	"	mov 48(%rsi), %r9\n"
	"	mov 56(%rsi), %r10\n"
	"	mov 64(%rsi), %r12\n"
	"	mov 72(%rsi), %r13\n"
	"	mov 80(%rsi), %r14\n"
	"	mov 88(%rsi), %r15\n"
	"	mov 24(%rsi), %rsi\n"
	"	stc\n"
	"	syscall\n"
	"	mov 8(%rsp), %rcx\n"
	"	mov %rsi, 24(%rcx)\n"
	"	mov %rcx, %rsi\n"
	"	mov -8(%rsp), %rcx\n"
	"	mov %rcx, 624(%rsi)\n"
	"	mov -128(%rsp), %rcx\n"
	"	mov %rcx, 744(%rsi)\n"
	"	mov %rbx, 0(%rsi)\n"
	"	mov %rbp, 8(%rsi)\n"
	"	mov %rdi, 16(%rsi)\n"
	"	mov %rdx, 32(%rsi)\n"
	"	mov %r8, 40(%rsi)\n"
	"	mov %r9, 48(%rsi)\n"
	"	mov %r10, 56(%rsi)\n"
	"	mov %r12, 64(%rsi)\n"
	"	mov %r13, 72(%rsi)\n"
	"	mov %r14, 80(%rsi)\n"
	"	mov %r15, 88(%rsi)\n"
	"	pushfq\n"
	"	pop 96(%rsi)\n"
	"	vmovdqu %ymm0, 104(%rsi)\n"
	"	vmovdqu %ymm1, 136(%rsi)\n"
	"	vmovdqu %ymm2, 168(%rsi)\n"
	"	vmovdqu %ymm15, 584(%rsi)\n"
	"	stmxcsr 616(%rsi)\n"
	"	fnstcw 620(%rsi)\n"
	"	vzeroupper\n"
	"	add $8, %rsp\n"
	"	ldmxcsr -8(%rsp)\n"
	"	fldcw -4(%rsp)\n"
	"	pop %rsi\n"
	"	pop %r15\n"
	"	pop %r14\n"
	"	pop %r13\n"
	"	pop %r12\n"
	"	pop %rbp\n"
	"	pop %rbx\n"
	"	ret\n"
	".size call, .-call\n");

_Static_assert(offsetof(struct registers, mxcsr) == 616, "as in call");
_Static_assert(offsetof(struct registers, red) == 624, "as in call");

static int ends[2];

static void fill(struct registers *r, long a, long b, long c)
{
	int i;

	for (i = 0; i < 13; i++)
		r->r[i] = 0x1111111111111111ul * (unsigned)(i + 1);
	fill_pattern(r->ymm, sizeof(r->ymm), 5);
	r->mxcsr = 0x1f80 | 3 << 13; /* towards zero */
	r->x87 = 0x37f | 1 << 10;    /* down */
	fill_pattern(r->red, sizeof(r->red), 9);
	r->r[2] = (unsigned long)a;
	r->r[3] = (unsigned long)b;
	r->r[4] = (unsigned long)c;
}

static void same(const struct registers *a, const struct registers *b)
{
	int i;

	for (i = 0; i < 12; i++)
		if (a->r[i] != b->r[i])
			FAIL("register %d is %lx, was %lx", i, b->r[i],
			     a->r[i]);
	CHECK(b->r[12] & 1); /* carry */
	CHECK_INT(memcmp(a->ymm, b->ymm, sizeof(a->ymm)), 0);
	CHECK_INT(b->mxcsr & 0x6000, a->mxcsr & 0x6000);
	CHECK_INT(b->x87 & 0xffff, a->x87 & 0xffff);
	CHECK_INT(memcmp(a->red, b->red, sizeof(a->red)), 0);
}

static void *writer(void *arg)
{
	settle();
	CHECK_INT(own(SYS_write, ends[1], "x", 1), 1);
	return arg;
}

static void check(void)
{
	struct registers in, out;
	pthread_t thread;
	char c = 0;

	fill(&in, 1, 2, 3);
	out = in;
	CHECK_INT(call(SYS_getppid, &out), getppid());
	same(&in, &out);
	thread = start(writer, NULL);
	fill(&in, ends[0], (long)&c, 1);
	out = in;
	CHECK_INT(call(SYS_read, &out), 1);
	CHECK_INT(c, 'x');
	same(&in, &out);
	join(thread);
	fill(&in, -1, (long)&c, 1);
	out = in;
	CHECK_INT(call(SYS_read, &out), -EBADF);
	same(&in, &out);
	ok("registers are kept");
}

int main(void)
{
	CHECK_INT(pipe(ends), 0);
	be_threaded();
	run_both(check);
	return 0;
}
