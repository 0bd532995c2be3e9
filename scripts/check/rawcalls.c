/*
 * rawcalls.c - see rawcalls.h.
 *
 * The bytes of a system-call instruction also occur inside other instructions
 * and in constants among the code, so finding them is no proof.  There is no
 * knowing where instructions begin either, short of following all of a
 * program's jumps.  But x86 code falls into step: decoding from a wrong place
 * meets a true start of an instruction after a few of them.  So for each
 * occurrence the decoder starts from every byte of a stretch before it, and
 * the occurrence counts if most of these lead to it as an instruction's
 * start, or if the number of a system call is put into %eax right before.
 * Over some hundred libraries that finds what objdump -d shows, and less than
 * it in constants; but it remains a guess, hence "may contain".
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "insn.h"
#include "rawcalls.h"

/* names[], by number: made from the compiler's headers (Makefile). */
#include "check_syscalls.h"

#define STRETCH	  64 /* bytes before an occurrence that are decoded */
#define RUN_UP	  12 /* starts nearer than this have no vote */
#define KEPT_MAX  1000
#define COUNT_MAX 100000 /* no honest file has so many */
#define UNTOUCHED LONG_MIN

/* Paths through the code before an occurrence. */
struct stretch {
	struct insn insns[STRETCH];
	bool leads[STRETCH];   /* this start leads to the occurrence */
	long numbers[STRETCH]; /* in %eax then; -1: not known */
	size_t size;
};

/* Whether start i leads on to the occurrence, and with what in %eax. */
static void follow(struct stretch *s, size_t i)
{
	const struct insn *insn = &s->insns[i];
	size_t to = i + (size_t)insn->length;
	bool there = to == s->size;

	s->leads[i] = insn->length && (there || (to < s->size && s->leads[to]));
	if (!s->leads[i])
		return;
	s->numbers[i] = there ? UNTOUCHED : s->numbers[to];
	if (s->numbers[i] != UNTOUCHED || insn->kind == INSN_OTHER)
		return;
	s->numbers[i] = insn->kind == INSN_SET_EAX ? insn->value : -1;
}

/* Decode what precedes code[at], from `from` on.  True: it seems to be an
 * instruction. */
static bool is_reached(const unsigned char *code, size_t at, size_t size,
		       size_t from, struct stretch *s)
{
	size_t i, yes = 0, no = 0;

	s->size = at - from;
	for (i = s->size; i-- > 0;) {
		insn_decode(code + from + i, size - from - i, &s->insns[i]);
		follow(s, i);
		if (s->size - i < RUN_UP || !s->insns[i].length)
			continue;
		yes += s->leads[i];
		no += !s->leads[i];
	}
	return yes >= 2 * no;
}

/* The number that most starts find in %eax, or -1.  Those that stand behind
 * what sets it know nothing. */
static long find_number(const struct stretch *s)
{
	size_t i, k, votes, most = 0;
	long number = -1;

	for (i = 0; i < s->size; i++) {
		if (!s->leads[i] || s->numbers[i] == UNTOUCHED)
			continue;
		votes = 0;
		for (k = 0; k < s->size; k++)
			votes += s->leads[k] && s->numbers[k] == s->numbers[i];
		if (votes > most) {
			most = votes;
			number = s->numbers[i];
		}
	}
	return number;
}

/* mov $number,%eax or %rax stands right before it: hardly by chance. */
static bool is_numbered(const unsigned char *code, size_t at)
{
	const unsigned char *p = code + at;

	return at >= 7 && p[-1] == 0 && p[-2] == 0 && p[-3] < 4 &&
	       (p[-5] == 0xb8 ||
		(p[-5] == 0xc0 && p[-6] == 0xc7 && p[-7] == 0x48));
}

static void note(struct raw_sites *out, uint64_t address, long number)
{
	struct raw_site *list;

	out->count++;
	if (out->kept == KEPT_MAX)
		return;
	list = realloc(out->list, (out->kept + 1) * sizeof(*list));
	if (!list)
		return;
	out->list = list;
	list[out->kept].address = address;
	list[out->kept++].number = number;
}

static bool looks_like_call(const unsigned char *p)
{
	return (p[0] == 0x0f && (p[1] == 0x05 || p[1] == 0x34)) ||
	       (p[0] == 0xcd && p[1] == 0x80);
}

static void scan(const unsigned char *code, size_t size, uint64_t address,
		 struct raw_sites *out)
{
	struct stretch s;
	size_t at, from;
	long number;

	for (at = 0; at + 1 < size && out->count < COUNT_MAX; at++) {
		if (!looks_like_call(code + at))
			continue;
		from = at < STRETCH ? 0 : at - STRETCH;
		if (!is_reached(code, at, size, from, &s) &&
		    !is_numbered(code, at))
			continue;
		/* The numbers of the older two are those of 32 bits. */
		number = code[at + 1] == 0x05 && out->kept < KEPT_MAX
				 ? find_number(&s)
				 : -1;
		note(out, address + at, number);
	}
}

/* The sections are narrower than the segments, which may hold data as well;
 * but a file need not have any, and they need not be true. */
static bool scan_sections(const struct elf *e, struct raw_sites *out)
{
	size_t left = e->size;
	unsigned int i, n = 0;
	Elf64_Shdr s;

	for (i = 0; elf_section(e, i, &s); i++) {
		const void *code;

		if (s.sh_type != SHT_PROGBITS || !(s.sh_flags & SHF_EXECINSTR))
			continue;
		code = elf_bytes(e, s.sh_offset, s.sh_size);
		/* Sections do not overlap. */
		if (!code || s.sh_size > left)
			break;
		left -= s.sh_size;
		scan(code, s.sh_size, s.sh_addr, out);
		n++;
	}
	return n > 0;
}

static void scan_segments(const struct elf *e, struct raw_sites *out)
{
	size_t left = e->size;
	unsigned int i;
	Elf64_Phdr p;

	for (i = 0; elf_segment(e, i, &p); i++) {
		const void *code;

		if (p.p_type != PT_LOAD || !(p.p_flags & PF_X))
			continue;
		code = elf_bytes(e, p.p_offset, p.p_filesz);
		if (!code || p.p_filesz > left)
			return;
		left -= p.p_filesz;
		scan(code, p.p_filesz, p.p_vaddr, out);
	}
}

void raw_find(const struct elf *e, struct raw_sites *out)
{
	memset(out, 0, sizeof(*out));
	if (e->header.e_machine == EM_X86_64 && !scan_sections(e, out))
		scan_segments(e, out);
}

const char *raw_name(long number)
{
	if (number < 0 || number >= (long)(sizeof(names) / sizeof(*names)))
		return NULL;
	return names[number];
}
