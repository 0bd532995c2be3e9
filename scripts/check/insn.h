/*
 * insn.h - how long an x86-64 instruction is, and what it says about %eax.
 */
#ifndef CHECK_INSN_H
#define CHECK_INSN_H

#include <stddef.h>

struct insn {
	int length; /* in bytes; 0: not an instruction */
	enum {
		INSN_OTHER,
		INSN_SYSCALL,	/* syscall, sysenter or int $0x80 */
		INSN_SET_EAX,	/* %eax becomes value */
		INSN_WRITE_EAX, /* %eax becomes something else */
		INSN_LEAVE,	/* a return or an unconditional jump */
	} kind;
	long value;
};

/* Decode the instruction at code, where there are size bytes. */
void insn_decode(const unsigned char *code, size_t size, struct insn *out);

#endif
