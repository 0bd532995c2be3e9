/*
 * report_text.c - the report for people, in lines of 80 columns.
 */
#include <stdio.h>
#include <string.h>

#include "report.h"

#define WIDTH 80

/* File names may hold anything, so control characters are spelled out. */
static void put(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			printf("\\x%02x", (unsigned char)*s);
		else
			putchar(*s);
}

static void line(const char *label, const char *text)
{
	printf("%-12s ", label);
	put(text);
	putchar('\n');
}

/* Words, broken into lines from column `indent` on. */
struct words {
	int indent, column;
};

static void put_word(struct words *w, const char *word)
{
	int n = (int)strlen(word);

	if (w->column > w->indent && w->column + 1 + n > WIDTH) {
		printf("\n%*s", w->indent, "");
		w->column = w->indent;
	} else if (w->column > w->indent) {
		putchar(' ');
		w->column++;
	}
	put(word);
	w->column += n;
}

/* Write text in the columns from this one on. */
static void put_text(int indent, const char *text)
{
	struct words w = { indent, indent };
	char word[256];
	size_t n;

	while (*text) {
		n = strcspn(text, " ");
		/* A longer word is the name of a file, and is not broken. */
		snprintf(word, sizeof(word), "%.*s",
			 n < sizeof(word) ? (int)n : 0, text);
		if (n < sizeof(word)) {
			put_word(&w, word);
		} else {
			printf(" %.*s", (int)n, text);
			w.column += (int)n;
		}
		text += n;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void write_program(const struct report *r)
{
	const struct module *libc = modules_libc(&r->modules);
	int i;

	line("program", r->program);
	for (i = 0; i < r->scripts_count; i++)
		line("script", r->scripts[i]);
	if (r->machine) {
		printf("%-12s ELF, %s\n", "format", r->machine);
		line("privileges",
		     strcmp(r->privileges, "none") == 0
			     ? "neither setuid nor setgid, no file capabilities"
			     : r->privileges);
	}
	if (r->loader)
		line("loader", r->loader);
	if (libc && libc->elf.path) {
		printf("%-12s glibc%s%s, ", "libc", *r->libc_version ? " " : "",
		       r->libc_version);
		put(libc->elf.path);
		putchar('\n');
	}
	line("library", r->library);
}

static void write_way(const struct module *m, enum way way, const char *title)
{
	struct words w = { 24, 24 };
	size_t i;
	bool any = false;

	for (i = 0; i < m->imports_count; i++) {
		if (m->imports[i].way != way)
			continue;
		if (!any)
			printf("    %-20s", title);
		any = true;
		put_word(&w, m->imports[i].name);
	}
	if (any)
		putchar('\n');
}

static void write_imports(const struct report *r)
{
	bool door = r->features[FEATURE_LIBC_DOOR].found;
	size_t i, none = 0;

	puts("\nCalls of libc that may wait, and where they wait:");
	for (i = 0; i < r->modules.count; i++) {
		const struct module *m = r->modules.list[i];

		if (!report_shows(m) || m->problem)
			continue;
		if (m->imports_count == 0) {
			none++;
			continue;
		}
		fputs("  ", stdout);
		put(module_label(m));
		putchar('\n');
		write_way(m, WAY_PARK, "in the event loop");
		write_way(m, WAY_DOOR,
			  door ? "by the libc door" : "shut libc door");
		write_way(m, WAY_HOP, "on the pool");
		write_way(m, WAY_BRIEF, "in place, briefly");
		write_way(m, WAY_HANDOFF, "in place: hand-off");
	}
	if (none)
		printf("  %zu %s for nothing\n", none,
		       none == 1 ? "file waits" : "files wait");
}

/* Write the names of the system calls, each once. */
static void write_names(const struct raw_sites *raw)
{
	struct words w = { 4, 4 };
	size_t i, k, unknown = raw->count - raw->kept;
	char text[64];

	fputs("    ", stdout);
	for (i = 0; i < raw->kept; i++) {
		const char *name = raw_name(raw->list[i].number);

		for (k = 0; k < i; k++)
			if (raw->list[k].number == raw->list[i].number)
				break;
		if (!name)
			unknown++;
		else if (k == i)
			put_word(&w, name);
	}
	if (unknown) {
		snprintf(text, sizeof(text), "(%zu not known)", unknown);
		put_word(&w, text);
	}
	putchar('\n');
}

static void write_system_calls(const struct report *r)
{
	bool any = false;
	size_t i;

	for (i = 0; i < r->modules.count; i++) {
		const struct module *m = r->modules.list[i];

		if (!report_shows(m) || m->raw.count == 0)
			continue;
		if (!any)
			puts("\nSystem-call instructions outside libc:");
		any = true;
		fputs("  ", stdout);
		put(module_label(m));
		printf(" may contain %zu, the first at 0x%lx\n", m->raw.count,
		       (unsigned long)m->raw.list[0].address);
		write_names(&m->raw);
	}
	if (any)
		put_text(
			0,
			"They are found by their bytes, decoded from several "
			"places before each; constants among the code may look "
			"like one.");
}

static void write_features(const struct report *r)
{
	int i;

	puts("\nKernel, CPU and policy:");
	for (i = 0; i < FEATURES; i++) {
		printf("  %-26s%-5s ", r->features[i].title,
		       r->features[i].found ? "yes" : "no");
		put_text(34, r->features[i].use);
	}
}

static void write_findings(const char *title, const struct findings *f)
{
	size_t i;

	if (f->count == 0)
		return;
	printf("\n%s:\n", title);
	for (i = 0; i < f->count; i++) {
		char text[4096];
		const struct module *m = f->list[i].in;

		snprintf(text, sizeof(text), "%s%s%s", m ? module_label(m) : "",
			 m ? ": " : "", f->list[i].text);
		fputs("  - ", stdout);
		put_text(4, text);
	}
}

void report_text(const struct report *r)
{
	write_program(r);
	if (r->modules.count > 0) {
		write_imports(r);
		write_system_calls(r);
	}
	write_features(r);
	write_findings("Limits", &r->limits);
	write_findings("Notes", &r->notes);
	printf("\n%-12s ", "result");
	if (r->result == RESULT_NO) {
		fputs("cannot be greened: ", stdout);
		put(r->reason);
	} else {
		fputs("can be greened", stdout);
		if (r->result == RESULT_LIMITS)
			fputs(", with limits", stdout);
	}
	putchar('\n');
}
