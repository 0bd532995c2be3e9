/*
 * main.c - greencheck, the report of greenrun --check.
 *
 * greenrun calls it, which has looked at the options, followed scripts to
 * their interpreter, and knows why a program cannot be greened: these
 * decisions are also made at every start, so they stand there alone.
 *
 *   greencheck [--json] [--refused REASON] [--script TEXT]...
 *              --library LIBRARY --program NAME [FILE]
 *
 * Nothing is executed.  Exit status: 0 can be greened, 1 with limits, 2 not;
 * 126 if FILE is damaged, 125 if greencheck itself fails.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "report.h"

#define EXIT_OURS   125
#define EXIT_BROKEN 126

static const char message_gone[] =
	"greenrun: a file changed while it was read; try again\n";

/* A mapped file was cut short. */
static void gone(int sig)
{
	(void)sig;
	if (write(STDERR_FILENO, message_gone, sizeof(message_gone) - 1) < 0)
		_exit(EXIT_OURS);
	_exit(EXIT_BROKEN);
}

static void usage(void)
{
	fputs("greencheck is called by greenrun --check; see greenrun(1)\n",
	      stderr);
	exit(EXIT_OURS);
}

static void read_options(struct report *r, bool *json, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "refused", required_argument, NULL, 'r' },
		{ "script", required_argument, NULL, 's' },
		{ "library", required_argument, NULL, 'l' },
		{ "program", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	const char *raw = getenv("GREENSHIM_RAW");
	int c;

	/* greenrun has looked at its value. */
	r->raw = raw && !strcmp(raw, "1");
	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1)
		switch (c) {
		case 'j':
			*json = true;
			break;
		case 'r':
			r->refused = optarg;
			break;
		case 's':
			/* argv has room for more than there can be. */
			r->scripts[r->scripts_count++] = optarg;
			break;
		case 'l':
			r->library = optarg;
			break;
		case 'p':
			r->program = optarg;
			break;
		default:
			usage();
		}
	r->file = argv[optind];
	if (!r->library || !r->program || (!r->file && !r->refused) ||
	    (r->file && argv[optind + 1]))
		usage();
}

static const char *find_privileges(const char *file)
{
	struct stat st;

	if (stat(file, &st) == 0 && (st.st_mode & S_ISUID))
		return "setuid";
	if (stat(file, &st) == 0 && (st.st_mode & S_ISGID))
		return "setgid";
	if (getxattr(file, "security.capability", NULL, 0) > 0)
		return "capabilities";
	return "none";
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

/* A program that was refused need not even be one; what it tells of itself is
 * told as far as it goes. */
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

	r->privileges = find_privileges(r->file);
	if (r->refused) {
		look_at_refused(r);
		return;
	}
	problem = modules_load(&r->modules, r->file, r->library);
	if (problem) {
		fprintf(stderr, "greenrun: %s: damaged: %s\n", r->file,
			problem);
		exit(EXIT_BROKEN);
	}
	r->machine = elf_machine_name();
	r->loader = r->modules.list[0]->elf.interpreter;
	look_at_modules(r);
}

int main(int argc, char **argv)
{
	struct report r = { 0 };
	bool json = false;

	signal(SIGBUS, gone);
	r.scripts = calloc((size_t)argc, sizeof(*r.scripts));
	if (!r.scripts) {
		fprintf(stderr, "greenrun: %s\n", strerror(errno));
		return EXIT_OURS;
	}
	read_options(&r, &json, argc, argv);
	features_probe(r.features, r.library);
	ceilings_read(&r.ceilings);
	if (r.file)
		look_at_file(&r);
	verdict(&r);
	if (json)
		report_json(&r);
	else
		report_text(&r);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "greenrun: cannot write the report: %s\n",
			strerror(errno));
		return EXIT_OURS;
	}
	return (int)r.result;
}
