/*
 * rawcalls.c - see rawcalls.h.
 *
 * The bytes of a system-call instruction also occur inside other instructions
 * and in constants among the code, so finding them proves nothing.  Where
 * instructions begin cannot be known without following all of a program's
 * jumps.  But x86 code falls into step: decoding from a wrong place arrives at
 * the true start of an instruction after a few of them.  So for each
 * occurrence the decoder starts from every byte of a stretch before it, and
 * the occurrence counts if most of these starts arrive at it, or if the number
 * of a system call is put into %eax right before it.  In some hundred
 * libraries that finds what objdump -d shows, with fewer mistakes in
 * constants.  It remains a guess, so the report says "may contain".
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "insn.h"
#include "rawcalls.h"

/* names[], by number: the Makefile makes it from the kernel's headers. */
#include "check_syscalls.h"

#define STRETCH	  64 /* bytes before an occurrence that are decoded */
#define RUN_UP	  12 /* starts nearer than this do not count */
#define KEPT_MAX  1000
#define COUNT_MAX 100000 /* no sane file has so many */
#define UNTOUCHED LONG_MIN

/* What decoding from each byte before an occurrence arrives at. */
struct stretch {
	struct insn insns[STRETCH];
	bool leads[STRETCH];   /* this start leads to the occurrence */
	long numbers[STRETCH]; /* in %eax on arrival; -1: not known */
	size_t size;
};

/* Note whether start i leads to the occurrence, and with what in %eax. */
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

/* Decode the code from `from` up to `at`.  Does an instruction seem to begin at
 * `at`? */
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

/* The number that most starts find in %eax, or -1.  A start behind the
 * instruction that sets %eax does not know the number. */
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

/* Is there a mov $number,%eax or %rax right before it?  Hardly by chance. */
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
		/* sysenter and int $0x80 use the numbers of 32-bit programs. */
		number = code[at + 1] == 0x05 && out->kept < KEPT_MAX
				 ? find_number(&s)
				 : -1;
		note(out, address + at, number);
	}
}

/* Sections are better than segments, which may hold data as well; but a file
 * need not have sections, and they may be wrong. */
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
