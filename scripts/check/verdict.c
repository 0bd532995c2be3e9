/*
 * verdict.c - what the facts of a report amount to.
 *
 * A limit makes a greened program slower than it could be.  It never makes the
 * program wrong, or it would be a reason to refuse.  Not every wait that the
 * shim leaves alone is a limit: nearly every program asks a file system about
 * its files, and the answer is mostly in memory.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

/* With fewer, a process runs natively: the runtime needs some, and three are
 * always open. */
#define DESCRIPTORS_MIN 18
#define DESCRIPTORS_FEW 4096

__attribute__((format(printf, 4, 5))) static void find(struct findings *list,
						       const char *kind,
						       const struct module *in,
						       const char *fmt, ...)
{
	struct finding *more;
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	more = realloc(list->list, (list->count + 1) * sizeof(*more));
	if (!more) {
		free(text);
		return;
	}
	list->list = more;
	more[list->count++] = (struct finding){ kind, in, text };
}

/* Append a name, after a comma if it is not the first. */
static void append(char **text, const char *name)
{
	char *more;

	if (asprintf(&more, "%s%s%s", *text ? *text : "", *text ? ", " : "",
		     name) < 0)
		return;
	free(*text);
	*text = more;
}

bool report_shows(const struct module *m)
{
	return !m->ours && !m->is_libc && !m->is_loader;
}

/* ---- what forbids it ---- */

__attribute__((format(printf, 2, 3))) static void refuse(struct report *r,
							 const char *fmt, ...)
{
	va_list ap;

	if (r->reason)
		return;
	va_start(ap, fmt);
	if (vasprintf(&r->reason, fmt, ap) < 0)
		r->reason = NULL;
	va_end(ap);
	r->result = RESULT_NO;
}

struct versions {
	const struct module *libc;
	const char *missing;
};

static bool is_missing(const char *library, const char *version,
		       unsigned int id, void *arg)
{
	struct versions *v = arg;

	(void)library;
	(void)id;
	if (strncmp(version, "GLIBC_", 6) != 0 ||
	    elf_offers_version(&v->libc->elf, version))
		return false;
	v->missing = version;
	return true;
}

/* If the library, or what it needs, cannot be loaded, the loader ends the
 * program or goes on without the library. */
static void judge_library(struct report *r)
{
	struct versions v = { modules_libc(&r->modules), NULL };
	const struct module *shim = modules_shim(&r->modules);
	size_t i;

	if (!r->features[FEATURE_PRELOAD].found)
		refuse(r,
		       "%s cannot be loaded: the file system or a policy "
		       "forbids running its code (install greenshim elsewhere)",
		       r->library);
	if (!shim)
		return;
	if (shim->problem)
		refuse(r, "%s cannot be loaded: %s", r->library, shim->problem);
	for (i = 0; i < r->modules.count; i++) {
		const struct module *m = r->modules.list[i];

		if (m->ours && m->problem)
			refuse(r, "%s, which greenshim needs: %s (install it)",
			       m->name, m->problem);
	}
	if (v.libc && v.libc->elf.data &&
	    elf_each_wanted_version(&shim->elf, is_missing, &v))
		refuse(r,
		       "%s is older than the glibc that greenshim was built "
		       "with: no %s (build greenshim with that glibc)",
		       module_label(v.libc), v.missing);
}

static void judge_program(struct report *r)
{
	char *problem;

	if (r->refused)
		refuse(r, "%s", r->refused);
	else if (r->raw && !r->features[FEATURE_SUD].found)
		refuse(r, "--raw needs Syscall User Dispatch of Linux 5.11 "
			  "(leave --raw out)");
	else if (r->modules.count > 0 && (problem = offload_problem(r))) {
		refuse(r, "%s", problem);
		free(problem);
	}
}

/* ---- what limits it ---- */

static void judge_imports(struct report *r, const struct module *m)
{
	char *names = NULL;
	const char *why = NULL;
	size_t i, n = 0;

	for (i = 0; i < m->imports_count; i++) {
		if (m->imports[i].way != WAY_HANDOFF)
			continue;
		append(&names, m->imports[i].name);
		why = m->imports[i].why;
		n++;
	}
	if (n == 1)
		find(&r->limits, "symbols", m,
		     "%s blocks a kernel thread while it waits, and the others "
		     "go on after 10 ms: %s",
		     names, why);
	else if (n > 1)
		find(&r->limits, "symbols", m,
		     "%s block a kernel thread while they wait, and the others "
		     "go on after 10 ms",
		     names);
	free(names);
}

static void judge_system_calls(struct report *r, const struct module *m)
{
	const char *plural = m->raw.count == 1 ? "" : "s";
	const char *way_out = r->features[FEATURE_SUD].found
				      ? " (with --raw it does not)"
				      : "";

	if (m->raw.count == 0)
		return;
	if (r->raw)
		find(&r->notes, "system-calls", m,
		     "it may contain %zu system-call instruction%s, which "
		     "--raw takes care of",
		     m->raw.count, plural);
	else
		find(&r->limits, "system-calls", m,
		     "it may contain %zu system-call instruction%s; one that "
		     "waits blocks a kernel thread, and the others go on "
		     "after 10 ms%s",
		     m->raw.count, plural, way_out);
}

static void judge_modules(struct report *r)
{
	size_t i;

	for (i = 0; i < r->modules.count; i++) {
		const struct module *m = r->modules.list[i];

		if (m->problem && m->preloaded)
			find(&r->notes, "preload", m,
			     "named by LD_PRELOAD: %s; the loader goes on "
			     "without it",
			     m->problem);
		else if (m->problem && !m->ours)
			find(&r->limits, "library", m,
			     "needed by %s: %s; without it the program does "
			     "not start at all",
			     module_label(m->parent), m->problem);
		if (!report_shows(m))
			continue;
		judge_imports(r, m);
		judge_system_calls(r, m);
	}
}

/* The names that m defines of those that the shim does, or NULL. */
static char *definitions(const struct module *m, size_t *n)
{
	char *names = NULL, **list = imports_defined(m, n);
	size_t i;

	for (i = 0; i < *n; i++)
		append(&names, list[i]);
	free(list);
	return names;
}

/* The loader looks for symbols in the program first, then in what LD_PRELOAD
 * names, where greenrun puts the shim last, and then in the other libraries
 * until libc.  shim/door/others.c says the same when the program starts. */
static void judge_definitions(struct report *r)
{
	size_t i, n;

	for (i = 0; i < r->modules.count; i++) {
		const struct module *m = r->modules.list[i];
		char *names;

		if (m->is_libc)
			break;
		if (m->problem || !report_shows(m))
			continue;
		names = definitions(m, &n);
		if (names && i == 0)
			find(&r->limits, "definitions", m,
			     "it defines %s itself; calls of %s do not reach "
			     "greenshim",
			     names, n == 1 ? "that" : "these");
		else if (names && m->preloaded)
			find(&r->notes, "in-front", m,
			     "preloaded, and defines %s; calls of %s reach "
			     "greenshim only through it",
			     names, n == 1 ? "that" : "these");
		else if (names && !imports_allocates(m))
			find(&r->limits, "cut-off", m,
			     "it defines %s, and greenshim stands in front; "
			     "calls of %s do not reach it (put it first: "
			     "LD_PRELOAD=%s greenrun ...)",
			     names, n == 1 ? "that" : "these", module_label(m));
		free(names);
	}
}

static void judge_features(struct report *r)
{
	static const enum feature_id costly[] = {
		FEATURE_FSGSBASE, FEATURE_GUARD_PAGES, FEATURE_PIPE_NOWAIT,
		FEATURE_PIDFD,	  FEATURE_LIBC_DOOR,
	};
	size_t i;

	for (i = 0; i < sizeof(costly) / sizeof(*costly); i++) {
		const struct feature *f = &r->features[costly[i]];

		if (!f->found)
			find(&r->limits, "feature", NULL, "no %s: %s", f->title,
			     f->use);
	}
	if (r->ceilings.descriptors >= 0 &&
	    r->ceilings.descriptors < DESCRIPTORS_MIN)
		find(&r->limits, "descriptors", NULL,
		     "ulimit -n is %ld, too few for greenshim's own: the "
		     "program would run natively",
		     r->ceilings.descriptors);
}

/* ---- what is worth knowing ---- */

static void note_threads(struct report *r)
{
	char *makers = NULL, *loaders = NULL;
	size_t i;

	for (i = 0; i < r->modules.count; i++) {
		const struct module *m = r->modules.list[i];

		if (!report_shows(m))
			continue;
		if (m->makes_threads)
			append(&makers, module_label(m));
		if (m->loads_more)
			append(&loaders, module_label(m));
	}
	if (makers)
		find(&r->notes, "threads", NULL, "threads may be made by %s",
		     makers);
	else if (r->modules.count > 0)
		find(&r->notes, "threads", NULL,
		     "nothing here makes threads: without any, every call goes "
		     "straight to the kernel");
	if (r->modules.count > 0 && r->modules.list[0]->is_loader)
		find(&r->notes, "loader", r->modules.list[0],
		     "it is the loader itself; what it is told to run is not "
		     "in this report");
	if (loaders)
		find(&r->notes, "loads-more", NULL,
		     "what is loaded while it runs is not in this report "
		     "(dlopen: %s)",
		     loaders);
	free(makers);
	free(loaders);
}

static void note_ceilings(struct report *r)
{
	const struct ceilings *c = &r->ceilings;

	if (c->descriptors >= DESCRIPTORS_MIN &&
	    c->descriptors < DESCRIPTORS_FEW)
		find(&r->notes, "descriptors", NULL,
		     "ulimit -n is %ld: no more connections and files than "
		     "that (ulimit -Hn: %ld)",
		     c->descriptors, c->descriptors_hard);
	if (!r->features[FEATURE_GUARD_PAGES].found && c->mappings >= 0)
		find(&r->notes, "mappings", NULL,
		     "vm.max_map_count is %ld: no more than about %ld threads",
		     c->mappings, c->mappings / 2);
	if (c->address_space >= 0)
		find(&r->notes, "address-space", NULL,
		     "ulimit -v leaves room for about %ld stacks of %ld KiB "
		     "(see --stack)",
		     c->address_space / c->stack, c->stack >> 10);
	if (c->strict_memory)
		find(&r->notes, "memory", NULL,
		     "vm.overcommit_memory is 2: each thread's stack of %ld "
		     "KiB counts in full (see --stack)",
		     c->stack >> 10);
}

static void note_sanitizer(struct report *r)
{
	if (r->runtime && !r->reason)
		find(&r->notes, "sanitizer", NULL,
		     "it is built with a sanitizer: greenrun preloads %s in "
		     "front of greenshim, for this program alone",
		     r->runtime);
}

void verdict(struct report *r)
{
	judge_program(r);
	if (!r->reason)
		judge_library(r);
	judge_modules(r);
	judge_definitions(r);
	judge_features(r);
	note_threads(r);
	note_sanitizer(r);
	note_ceilings(r);
	if (!r->reason)
		r->result = r->limits.count ? RESULT_LIMITS : RESULT_GOOD;
}
