/*
 * main.c - greencheck, which knows the programs that greenrun is to start.
 *
 *   greencheck --start  --library LIBRARY [--] PROGRAM
 *   greencheck --native [--] PROGRAM
 *   greencheck --check  [--json] --library LIBRARY [--] PROGRAM
 *
 * First the GREENSHIM_ variables are checked.  --given OPTION,... names the
 * options of greenrun from which it has set one.
 *
 * --start says how to execute the program once LIBRARY is preloaded, --native
 * how to without.  To be read by a shell, stdout has either
 *
 *   THROUGH, a line break, RUNTIME, a line break, FILE, a slash
 *
 * where FILE is what execvp(3) takes for PROGRAM and THROUGH, if there is any,
 * is to be executed in its place with FILE as its argument, and RUNTIME, if
 * there is any, is a library to preload in front of all others; or, if PROGRAM
 * cannot be started, the word "told": a message is on stderr, and the exit
 * status is greenrun's.  Anything else is a greencheck that has failed.
 *
 * --check writes the report.  Exit status: 0 can be greened, 1 with limits,
 * 2 not; else greenrun's.
 *
 * Nothing of PROGRAM is executed.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "report.h"
#include "start.h"

enum mode { MODE_NONE, MODE_START, MODE_NATIVE, MODE_CHECK };

static enum mode mode;
static bool json;
static const char *given = ""; /* options.h */

#define TOLD "told\n"

/* Nothing is freed, which is not worth a report of the leak sanitizer. */
__attribute__((noreturn)) static void leave(int status)
{
	fflush(stdout);
	_exit(status);
}

void fail(int status, const char *fmt, ...)
{
	va_list ap;

	fputs("greenrun: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	if (mode == MODE_START || mode == MODE_NATIVE)
		fputs(TOLD, stdout);
	leave(status);
}

static const char message_gone[] =
	"greenrun: a file changed while it was read (try again)\n";

/* A mapped file was cut short. */
static void gone(int sig)
{
	(void)sig;
	if (write(STDERR_FILENO, message_gone, sizeof(message_gone) - 1) < 0 ||
	    (mode != MODE_CHECK &&
	     write(STDOUT_FILENO, TOLD, sizeof(TOLD) - 1) < 0))
		_exit(EXIT_OURS);
	_exit(EXIT_NOT_EXECUTABLE);
}

static void usage(void)
{
	fputs("greencheck is called by greenrun; see greenrun(1)\n", stderr);
	exit(EXIT_OURS);
}

static void read_options(struct start *s, const char **library, int argc,
			 char **argv)
{
	static const struct option options[] = {
		{ "start", no_argument, NULL, 's' },
		{ "native", no_argument, NULL, 'n' },
		{ "check", no_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "library", required_argument, NULL, 'l' },
		{ "given", required_argument, NULL, 'g' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1)
		switch (c) {
		case 's':
			mode = MODE_START;
			break;
		case 'n':
			mode = MODE_NATIVE;
			break;
		case 'c':
			mode = MODE_CHECK;
			break;
		case 'j':
			json = true;
			break;
		case 'l':
			*library = optarg;
			break;
		case 'g':
			given = optarg;
			break;
		default:
			usage();
		}
	s->program = argv[optind];
	if (mode == MODE_NONE || !s->program || argv[optind + 1] ||
	    !*library != (mode == MODE_NATIVE))
		usage();
}

/* options_check() has looked at the value. */
static bool variable_is(const char *name, const char *value)
{
	const char *v = getenv(name);

	return v && !strcmp(v, value);
}

/* The highest of the versions GLIBC_2.N. */
static bool note_version(const char *version, void *arg)
{
	int *highest = arg, minor;

	if (sscanf(version, "GLIBC_2.%d", &minor) == 1 && minor > *highest)
		*highest = minor;
	return false;
}

static void find_libc_version(struct report *r)
{
	const struct module *libc = modules_libc(&r->modules);
	int highest = 0;

	if (!libc)
		return;
	elf_each_offered_version(&libc->elf, note_version, &highest);
	if (highest > 0)
		snprintf(r->libc_version, sizeof(r->libc_version), "2.%d",
			 highest);
}

static void look_at_modules(struct report *r)
{
	size_t i;

	for (i = 0; i < r->modules.count; i++) {
		struct module *m = r->modules.list[i];

		if (m->problem || !report_shows(m))
			continue;
		imports_find(m);
		raw_find(&m->elf, &m->raw);
	}
	find_libc_version(r);
}

/* Of a program that was refused, only the headers are known to be good. */
static void look_at_refused(struct report *r)
{
	static struct elf e; /* the report keeps its strings */

	if (elf_open(&e, r->file) != NULL)
		return;
	r->machine = elf_machine_name();
	r->loader = e.interpreter;
}

static void look_at_file(struct report *r)
{
	const char *problem;

	r->privileges = start_privileges(r->file);
	if (r->refused) {
		look_at_refused(r);
		return;
	}
	problem = modules_load(&r->modules, r->file, r->library);
	if (problem)
		fail(EXIT_NOT_EXECUTABLE, "%s: damaged: %s", r->file, problem);
	r->machine = elf_machine_name();
	r->loader = r->modules.list[0]->elf.interpreter;
	look_at_modules(r);
}

static int write_report(const struct start *s, const char *library)
{
	struct report r = {
		.program = s->file,
		.file = s->elf,
		.library = library,
		.scripts = s->scripts,
		.scripts_count = s->scripts_count,
		.raw = variable_is("GREENSHIM_RAW", "1"),
		.refused = s->refused,
		.runtime = s->runtime,
	};

	features_probe(r.features, r.library);
	ceilings_read(&r.ceilings);
	if (r.file)
		look_at_file(&r);
	verdict(&r);
	if (json)
		report_json(&r);
	else
		report_text(&r);
	if (fflush(stdout) != 0 || ferror(stdout))
		fail(EXIT_OURS, "cannot write the report: %s", strerror(errno));
	return (int)r.result;
}

static int write_answer(const struct start *s)
{
	if (s->refused)
		fail(EXIT_OURS, "cannot be greened: %s", s->refused);
	printf("%s\n%s\n%s/", s->through ? s->through : "",
	       s->runtime ? s->runtime : "", s->file);
	return fflush(stdout) == 0 ? 0 : EXIT_OURS;
}

int main(int argc, char **argv)
{
	struct start s = { 0 };
	const char *library = NULL;

	signal(SIGBUS, gone);
	read_options(&s, &library, argc, argv);
	options_check(given);
	s.follow = !variable_is("GREENSHIM_FOLLOW", "0");
	start_find(&s);
	if (mode != MODE_NATIVE) {
		start_check_library(library);
		start_inspect(&s);
	}
	leave(mode == MODE_CHECK ? write_report(&s, library)
				 : write_answer(&s));
}
