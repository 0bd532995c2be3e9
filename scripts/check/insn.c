/*
 * insn.c - see insn.h.
 *
 * Only lengths are decoded, from the opcode maps of Intel's manual (volume 2,
 * appendix A).  Instructions that a program may not use (in, out, cli and the
 * like) count as invalid: where they turn up, the bytes are data, or the
 * decoder is not at the start of an instruction.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "insn.h"

enum {
	NONE = 0,     /* no operands in the code */
	MODRM = 1,    /* a ModRM byte and what it calls for */
	BYTE = 2,     /* an immediate byte */
	WORD = 4,     /* an immediate word */
	LONG = 8,     /* four bytes; two with the operand size prefix */
	REL = 16,     /* four bytes, whatever the prefix */
	QUAD = 32,    /* four bytes; eight with REX.W; two with the prefix */
	ADDRESS = 64, /* an address of eight bytes */
	GROUP = 128,  /* test, not, neg, ...: immediate in two of them only */
	BAD = 256,
};

/* clang-format off */
#define FOUR(x)	 x, x, x, x
#define EIGHT(x) FOUR(x), FOUR(x)
#define ALU	 FOUR(MODRM), BYTE, LONG, BAD, BAD

static const uint16_t one_byte[256] = {
	ALU, ALU, ALU, ALU, ALU, ALU, ALU, ALU,			/* 00 */
	EIGHT(BAD), EIGHT(BAD),					/* 40: REX */
	EIGHT(NONE), EIGHT(NONE),				/* 50 */
	BAD, BAD, BAD, MODRM, FOUR(BAD),			/* 60 */
	LONG, MODRM | LONG, BYTE, MODRM | BYTE, FOUR(BAD),	/* 68 */
	EIGHT(BYTE), EIGHT(BYTE),				/* 70 */
	MODRM | BYTE, MODRM | LONG, BAD, MODRM | BYTE, FOUR(MODRM), /* 80 */
	EIGHT(MODRM),						/* 88 */
	EIGHT(NONE),						/* 90 */
	NONE, NONE, BAD, NONE, FOUR(NONE),			/* 98 */
	FOUR(ADDRESS), FOUR(NONE),				/* a0 */
	BYTE, LONG, NONE, NONE, FOUR(NONE),			/* a8 */
	EIGHT(BYTE), EIGHT(QUAD),				/* b0 */
	MODRM | BYTE, MODRM | BYTE, WORD, NONE,			/* c0 */
	BAD, BAD, MODRM | BYTE, MODRM | LONG,			/* c4: VEX */
	WORD | BYTE, NONE, BAD, BAD, NONE, BYTE, BAD, BAD,	/* c8 */
	FOUR(MODRM), BAD, BAD, BAD, NONE,			/* d0 */
	EIGHT(MODRM),						/* d8 */
	FOUR(BYTE), FOUR(BAD),					/* e0 */
	REL, REL, BAD, BYTE, FOUR(BAD),				/* e8 */
	BAD, BAD, BAD, BAD, NONE, NONE, GROUP | BYTE, GROUP | LONG, /* f0 */
	NONE, NONE, BAD, BAD, NONE, NONE, MODRM, MODRM,		/* f8 */
};

static const uint16_t two_bytes[256] = {
	FOUR(MODRM), BAD, NONE, BAD, BAD,			/* 00 */
	BAD, BAD, BAD, NONE, BAD, MODRM, NONE, MODRM | BYTE,	/* 08 */
	EIGHT(MODRM), EIGHT(MODRM),				/* 10 */
	FOUR(BAD), FOUR(BAD), EIGHT(MODRM),			/* 20 */
	BAD, NONE, BAD, NONE, NONE, BAD, BAD, BAD,		/* 30 */
	EIGHT(BAD),						/* 38 */
	EIGHT(MODRM), EIGHT(MODRM),				/* 40 */
	EIGHT(MODRM), EIGHT(MODRM),				/* 50 */
	EIGHT(MODRM), EIGHT(MODRM),				/* 60 */
	FOUR(MODRM | BYTE), MODRM, MODRM, MODRM, NONE,		/* 70 */
	BAD, BAD, BAD, BAD, FOUR(MODRM),			/* 78 */
	EIGHT(REL), EIGHT(REL),					/* 80 */
	EIGHT(MODRM), EIGHT(MODRM),				/* 90 */
	NONE, NONE, NONE, MODRM, MODRM | BYTE, MODRM, BAD, BAD,	/* a0 */
	NONE, NONE, BAD, MODRM, MODRM | BYTE, MODRM, MODRM, MODRM, /* a8 */
	EIGHT(MODRM),						/* b0 */
	MODRM, MODRM, MODRM | BYTE, MODRM, FOUR(MODRM),		/* b8 */
	MODRM, MODRM, MODRM | BYTE, MODRM,			/* c0 */
	MODRM | BYTE, MODRM | BYTE, MODRM | BYTE, MODRM,	/* c4 */
	EIGHT(NONE),						/* c8 */
	EIGHT(MODRM), EIGHT(MODRM),				/* d0 */
	EIGHT(MODRM), EIGHT(MODRM),				/* e0 */
	EIGHT(MODRM), EIGHT(MODRM),				/* f0 */
};
/* clang-format on */

struct cursor {
	const unsigned char *code;
	size_t size, at;
};

/* The byte at the cursor, or -1. */
static int peek(const struct cursor *c)
{
	return c->at < c->size ? c->code[c->at] : -1;
}

static int next(struct cursor *c)
{
	int byte = peek(c);

	c->at++;
	return byte;
}

/* Skip a ModRM byte and the bytes of its address. */
static void skip_modrm(struct cursor *c)
{
	int modrm = next(c), mod = modrm >> 6, rm = modrm & 7, base = rm;

	if (modrm < 0 || mod == 3)
		return;
	if (rm == 4)
		base = next(c) & 7;
	if (mod == 1)
		c->at += 1;
	else if (mod == 2 || base == 5)
		c->at += 4;
}

struct prefixes {
	bool operand_size, wide, extends_rm;
};

static struct prefixes skip_prefixes(struct cursor *c)
{
	struct prefixes p = { false, false, false };
	int byte;

	for (;; c->at++) {
		byte = peek(c);
		if (byte == 0x66)
			p.operand_size = true;
		else if (byte != 0x67 && byte != 0xf0 && byte != 0xf2 &&
			 byte != 0xf3 && byte != 0x2e && byte != 0x36 &&
			 byte != 0x3e && byte != 0x26 && byte != 0x64 &&
			 byte != 0x65)
			break;
	}
	if (byte >= 0x40 && byte < 0x50) {
		p.wide = byte & 8;
		p.extends_rm = byte & 1;
		c->at++;
	}
	return p;
}

/* What follows the opcode of a VEX or EVEX instruction of this map. */
static uint16_t vector_operands(int map, int opcode)
{
	switch (map) {
	case 1:
		if (opcode == 0x77)
			return NONE;
		return (two_bytes[opcode] & BYTE) | MODRM;
	case 2:
	case 5:
	case 6:
		return MODRM;
	case 3:
		return MODRM | BYTE;
	default:
		return BAD;
	}
}

static uint16_t find_vector(struct cursor *c, int first)
{
	int map = 1, opcode;

	if (first == 0xc5) {
		next(c);
	} else {
		map = next(c) & (first == 0x62 ? 7 : 31);
		next(c);
		if (first == 0x62)
			next(c);
	}
	opcode = next(c);
	return opcode < 0 ? BAD : vector_operands(map, opcode);
}

/* Skip the opcode; returns what follows it. */
static uint16_t find_operands(struct cursor *c, int *opcode)
{
	int first = next(c), second;

	*opcode = first;
	if (first < 0)
		return BAD;
	if (first == 0x62 || first == 0xc4 || first == 0xc5)
		return find_vector(c, first);
	if (first != 0x0f)
		return one_byte[first];
	second = next(c);
	*opcode = 0x0f00 | second;
	if (second < 0)
		return BAD;
	if (second == 0x38 || second == 0x3a) {
		*opcode = 0;
		next(c);
		return second == 0x38 ? MODRM : MODRM | BYTE;
	}
	return two_bytes[second];
}

static int immediate_bytes(uint16_t what, struct prefixes p)
{
	int n = 0;

	if (what & BYTE)
		n += 1;
	if (what & WORD)
		n += 2;
	if (what & REL)
		n += 4;
	if (what & LONG)
		n += p.operand_size ? 2 : 4;
	if (what & QUAD)
		n += p.wide ? 8 : p.operand_size ? 2 : 4;
	if (what & ADDRESS)
		n += 8;
	return n;
}

static long read_long(const unsigned char *p)
{
	int32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Find out what an instruction with this opcode does to %eax.  p: what follows
 * the opcode. */
static void classify(struct insn *out, int opcode, struct prefixes prefix,
		     const unsigned char *p)
{
	/* plain: both operands are registers, namely these two. */
	bool plain = (p[0] >> 6) == 3;
	int reg = p[0] >> 3 & 7, rm = p[0] & 7;

	out->kind = INSN_OTHER;
	switch (opcode) {
	case 0x0f05:
	case 0x0f34:
		out->kind = INSN_SYSCALL;
		return;
	case 0xcd:
		out->kind = p[0] == 0x80 ? INSN_SYSCALL : INSN_OTHER;
		if (out->kind == INSN_OTHER)
			out->length =
				0; /* no other interrupt is a system call */
		return;
	case 0xb8:
		if (prefix.extends_rm || prefix.operand_size)
			return;
		out->kind = INSN_SET_EAX;
		out->value = prefix.wide ? -1 : read_long(p);
		return;
	case 0xc7:
		if (p[0] != 0xc0 || prefix.extends_rm || prefix.operand_size)
			return;
		out->kind = INSN_SET_EAX;
		out->value = read_long(p + 1);
		return;
	case 0x31:
	case 0x33:
		if (p[0] != 0xc0 || prefix.extends_rm)
			return;
		out->kind = INSN_SET_EAX;
		out->value = 0;
		return;
	case 0x89:
	case 0x01:
		if (plain && rm == 0 && !prefix.extends_rm)
			out->kind = INSN_WRITE_EAX;
		return;
	case 0x8b:
	case 0x8d:
	case 0x63:
		if (reg == 0)
			out->kind = INSN_WRITE_EAX;
		return;
	case 0x58:
		out->kind = INSN_WRITE_EAX;
		return;
	case 0xe8:
		out->kind = INSN_WRITE_EAX;
		return;
	case 0xff:
		if (reg == 2)
			out->kind = INSN_WRITE_EAX;
		else if (reg == 4)
			out->kind = INSN_LEAVE;
		return;
	case 0xc3:
	case 0xc2:
	case 0xe9:
	case 0xeb:
		out->kind = INSN_LEAVE;
		return;
	}
}

void insn_decode(const unsigned char *code, size_t size, struct insn *out)
{
	static const unsigned char nothing[1];
	struct cursor c = { code, size < 15 ? size : 15, 0 };
	struct prefixes p = skip_prefixes(&c);
	size_t operands;
	uint16_t what;
	int opcode, reg;

	memset(out, 0, sizeof(*out));
	what = find_operands(&c, &opcode);
	if (what & BAD)
		return;
	operands = c.at;
	if (what & GROUP) {
		reg = peek(&c) >> 3 & 7;
		/* Only test has an immediate. */
		what = reg < 2 ? (what & ~GROUP) | MODRM : MODRM;
	}
	if (what & MODRM)
		skip_modrm(&c);
	c.at += (size_t)immediate_bytes(what, p);
	if (c.at > c.size)
		return;
	out->length = (int)c.at;
	classify(out, opcode, p, operands < c.at ? code + operands : nothing);
}
