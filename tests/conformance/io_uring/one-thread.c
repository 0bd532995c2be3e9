/*
 * io_uring_setup(2), IORING_SETUP_SINGLE_ISSUER: one thread alone submits, and
 * the kernel knows it.  io_uring_register(2), IORING_REGISTER_RING_FDS: a number
 * of a ring that only one thread can use.  Such a thread waits in other ways, too,
 * while others compute.  A ring that the main thread made before there were other
 * threads stays the main thread's.
 */
#include "lib.h"
#include <linux/io_uring.h>
#include <stddef.h>
#include <sys/mman.h>

#define ROUNDS 40

struct ring {
	int fd;
	unsigned *sq_head, *sq_tail, *sq_mask, *sq_array;
	unsigned *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
	unsigned flags; /* of each io_uring_enter(2) */
	int number;	/* of the ring, for io_uring_enter(2) */
};

static int over;

static void *map(int fd, size_t size, long offset)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_POPULATE, fd, offset);

	CHECK(at != MAP_FAILED);
	return at;
}

/* False: this kernel has no such rings. */
static int ring_make(struct ring *r)
{
	struct io_uring_params p = { .flags = IORING_SETUP_SINGLE_ISSUER |
					      IORING_SETUP_DEFER_TASKRUN };
	char *sq, *cq;

	r->fd = (int)syscall(SYS_io_uring_setup, 8, &p);
	if (r->fd < 0)
		return 0;
	sq = map(r->fd, p.sq_off.array + p.sq_entries * sizeof(unsigned),
		 IORING_OFF_SQ_RING);
	cq = map(r->fd, p.cq_off.cqes + p.cq_entries * sizeof(*r->cqes),
		 IORING_OFF_CQ_RING);
	r->sqes = map(r->fd, p.sq_entries * sizeof(*r->sqes), IORING_OFF_SQES);
	r->sq_head = (unsigned *)(sq + p.sq_off.head);
	r->sq_tail = (unsigned *)(sq + p.sq_off.tail);
	r->sq_mask = (unsigned *)(sq + p.sq_off.ring_mask);
	r->sq_array = (unsigned *)(sq + p.sq_off.array);
	r->cq_head = (unsigned *)(cq + p.cq_off.head);
	r->cq_tail = (unsigned *)(cq + p.cq_off.tail);
	r->cq_mask = (unsigned *)(cq + p.cq_off.ring_mask);
	r->cqes = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
	r->flags = 0;
	r->number = r->fd;
	return 1;
}

/* From here on the ring is named by a number that the kernel keeps for the
 * calling thread. */
static void ring_register(struct ring *r)
{
	struct io_uring_rsrc_update update = { .offset = (unsigned)-1,
					       .data = (unsigned)r->fd };

	CHECK_INT(syscall(SYS_io_uring_register, r->fd,
			  IORING_REGISTER_RING_FDS, &update, 1),
		  1);
	r->number = (int)update.offset;
	r->flags = IORING_ENTER_REGISTERED_RING;
}

static void enter(struct ring *r, unsigned submit, unsigned wait)
{
	long n;

	do {
		n = syscall(SYS_io_uring_enter, r->number, submit, wait,
			    r->flags | (wait ? IORING_ENTER_GETEVENTS : 0),
			    NULL, 8);
	} while (n < 0 && errno == EINTR);
	CHECK_INT(n, submit);
}

static void submit_read(struct ring *r, int fd, void *to)
{
	unsigned tail = *r->sq_tail, i = tail & *r->sq_mask;

	memset(&r->sqes[i], 0, sizeof(r->sqes[i]));
	r->sqes[i].opcode = IORING_OP_READ;
	r->sqes[i].fd = fd;
	r->sqes[i].addr = (uintptr_t)to;
	r->sqes[i].len = 1;
	r->sqes[i].off = -1ull;
	r->sq_array[i] = i;
	__atomic_store_n(r->sq_tail, tail + 1, __ATOMIC_RELEASE);
	enter(r, 1, 0);
}

static int reap(struct ring *r)
{
	unsigned head = *r->cq_head;
	int result;

	while (head == __atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE))
		enter(r, 0, 1);
	result = r->cqes[head & *r->cq_mask].res;
	__atomic_store_n(r->cq_head, head + 1, __ATOMIC_RELEASE);
	return result;
}

static void use(struct ring *r)
{
	struct timespec a_bit = { 0, 300000 };
	int fds[2], i;
	char byte;

	CHECK_INT(pipe(fds), 0);
	for (i = 0; i < ROUNDS; i++) {
		submit_read(r, fds[0], &byte);
		nanosleep(&a_bit, NULL);
		if (i % 8 == 0)
			for (volatile int k = 0; k < 10000000; k++)
				;
		CHECK_INT(write(fds[1], "x", 1), 1);
		CHECK_INT(reap(r), 1);
		CHECK_INT(byte, 'x');
	}
	close(fds[0]);
	close(fds[1]);
}

static void *computes(void *argument)
{
	while (!__atomic_load_n(&over, __ATOMIC_SEQ_CST)) {
		for (volatile int i = 0; i < 1000000; i++)
			;
		sched_yield();
	}
	return argument;
}

static void checks(void)
{
	struct ring r;

	CHECK(ring_make(&r));
	use(&r);
	ring_register(&r);
	use(&r);
	close(r.fd);
}

int main(void)
{
	struct ring early;
	pthread_t others[3];
	int i;

	if (!ring_make(&early)) {
		ok("no such rings here");
		return 0;
	}
	for (i = 0; i < 3; i++)
		others[i] = start(computes, NULL);
	use(&early);
	ok("a ring from before the threads");
	run_both(checks);
	use(&early);
	ok("rings of one thread");
	over = 1;
	for (i = 0; i < 3; i++)
		join(others[i]);
	return 0;
}
