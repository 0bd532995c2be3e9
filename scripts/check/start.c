/*
 * start.c - see start.h.
 *
 * Every reason to refuse a start is in this file, and a report goes through it
 * too.  (A report has more, in verdict.c: what the loader or the library
 * itself would complain about.)  The program waits meanwhile, so only the
 * headers of an ELF file are read.
 *
 * Nothing is freed: the process ends as soon as it has answered.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "elf_file.h"
#include "start.h"

#define SCRIPTS_MAX 5	 /* the kernel gives up at about the same depth */
#define LINE_BYTES  4096 /* of a script's first line; the kernel takes less */
#define ENV_WORDS   (LINE_BYTES / 2)
#define BLANKS	    " \t"

static char *copy_text(const char *text, size_t length)
{
	char *copy = strndup(text, length);

	if (!copy)
		fail(EXIT_OURS, "%s", strerror(ENOMEM));
	return copy;
}

__attribute__((format(printf, 1, 2))) static char *format(const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		fail(EXIT_OURS, "%s", strerror(ENOMEM));
	return text;
}

#define REFUSE(s, ...) ((void)((s)->refused = format(__VA_ARGS__)))

/* ---- which file a name stands for ---- */

static bool is_executable(const char *path)
{
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0;
}

/* Neither exec in a shell nor an interpreter may take it for an option. */
static char *no_option(char *path)
{
	return *path == '-' ? format("./%s", path) : path;
}

static char *find_path(const char *name, int *status)
{
	struct stat st;

	if (stat(name, &st) < 0)
		return NULL;
	if (!S_ISDIR(st.st_mode) && is_executable(name))
		return no_option(copy_text(name, strlen(name)));
	*status = EXIT_NOT_EXECUTABLE;
	return NULL;
}

/* The file that execvp(3) takes for this name; or NULL, and the exit status
 * that a shell has then. */
static char *find_program(const char *name, int *status)
{
	const char *path = getenv("PATH"), *end;
	struct stat st;
	char *file;

	*status = EXIT_NOT_FOUND;
	if (!*name)
		return NULL;
	if (strchr(name, '/'))
		return find_path(name, status);
	for (path = path ? path : "/bin:/usr/bin"; path;
	     path = *end ? end + 1 : NULL) {
		end = strchrnul(path, ':');
		file = end == path ? format("./%s", name)
				   : format("%.*s/%s", (int)(end - path), path,
					    name);
		if (stat(file, &st) == 0 && S_ISREG(st.st_mode)) {
			if (is_executable(file))
				return no_option(file);
			*status = EXIT_NOT_EXECUTABLE;
		}
		free(file);
	}
	return NULL;
}

void start_find(struct start *s)
{
	int status;

	s->file = find_program(s->program, &status);
	if (s->file)
		return;
	if (status == EXIT_NOT_EXECUTABLE)
		fail(status, "%s: not an executable file", s->program);
	fail(status, "%s: not found", s->program);
}

/* ---- ELF ---- */

static const char *machine_name(const Elf64_Ehdr *h)
{
	static const struct {
		int class, machine;
		const char *name;
	} known[] = {
		{ ELFCLASS32, EM_386, "i386 (32 bits)" },
		{ ELFCLASS32, EM_ARM, "arm (32 bits)" },
		{ ELFCLASS32, EM_X86_64, "x32" },
		{ ELFCLASS64, EM_PPC64, "ppc64le" },
		{ ELFCLASS64, EM_X86_64, "x86-64" },
		{ ELFCLASS64, EM_AARCH64, "aarch64" },
		{ ELFCLASS64, EM_RISCV, "riscv64" },
		{ ELFCLASS64, EM_LOONGARCH, "loongarch64" },
	};
	size_t i;

	if (h->e_ident[EI_DATA] != ELFDATA2LSB)
		return format("a big-endian CPU (ELF machine %d)",
			      __builtin_bswap16(h->e_machine));
	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].class == h->e_ident[EI_CLASS] &&
		    known[i].machine == h->e_machine)
			return known[i].name;
	return format("ELF machine %d", h->e_machine);
}

const char *start_privileges(const char *file)
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

/* Will the loader heed LD_PRELOAD? */
static bool has_privileges(struct start *s)
{
	const char *p = start_privileges(s->elf);

	if (!strcmp(p, "none"))
		return false;
	if (!strcmp(p, "capabilities"))
		REFUSE(s,
		       "%s has file capabilities, so the loader ignores "
		       "LD_PRELOAD (run a copy without them)",
		       s->elf);
	else
		REFUSE(s,
		       "%s is %s, so the loader ignores LD_PRELOAD (run a copy "
		       "without this bit)",
		       s->elf, p);
	return true;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static void inspect_loader(struct start *s, const char *loader)
{
	const char *name = loader ? base_name(loader) : "";
	const char *self = base_name(s->elf);

	/* The loader itself has none. */
	if (!*name && begins(self, "ld-linux") && strstr(self, ".so."))
		return;
	if (!*name)
		REFUSE(s,
		       "%s is statically linked, so nothing can be preloaded "
		       "(link it dynamically)",
		       s->elf);
	else if (strstr(name, "musl"))
		REFUSE(s,
		       "%s is linked with musl, and greenshim is for glibc "
		       "(link it with glibc)",
		       s->elf);
	else if (!begins(name, "ld-linux") && !begins(name, "ld64.so."))
		REFUSE(s,
		       "%s has the loader %s, and greenshim is for glibc's "
		       "(link it with glibc)",
		       s->elf, loader);
	else if (access(loader, F_OK) < 0)
		fail(EXIT_NOT_FOUND, "%s: its loader %s does not exist", s->elf,
		     loader);
}

static bool defines(const struct elf *e, const char *wanted)
{
	uint64_t i, n = elf_defined_symbols(e);
	Elf64_Sym sym;

	for (i = 1; i < n && elf_symbol(e, i, &sym); i++) {
		const char *name = elf_string(e, sym.st_name);

		if (name && !strcmp(name, wanted) && sym.st_shndx != SHN_UNDEF)
			return true;
	}
	return false;
}

/*
 * AddressSanitizer and LeakSanitizer see what the shim does as they would see
 * libc, if they stand in front.  ThreadSanitizer keeps a state for each kernel
 * thread, by which it tells threads apart.
 */
static void inspect_sanitizer(struct start *s, const char *file)
{
	bool tsan = false;
	uint64_t cursor = 0;
	const char *name;
	struct elf e;

	if (elf_open(&e, file))
		return; /* a report says what is wrong, as does the loader */
	while ((name = elf_needed(&e, &cursor))) {
		if (begins(name, "libtsan.so") ||
		    begins(name, "libclang_rt.tsan"))
			tsan = true;
		else if ((begins(name, "libasan.so") ||
			  begins(name, "liblsan.so") ||
			  begins(name, "libclang_rt.asan")) &&
			 !strpbrk(name, ": \n"))
			s->runtime = copy_text(name, strlen(name));
	}
	if (tsan || defines(&e, "__tsan_init"))
		REFUSE(s,
		       "%s is built with ThreadSanitizer, which takes kernel "
		       "threads for the program's (build it without, or run it "
		       "natively)",
		       file);
	elf_close(&e);
}

static void inspect_elf(struct start *s, const char *file, const Elf64_Ehdr *h)
{
	const char *problem;
	struct elf e;

	s->elf = copy_text(file, strlen(file));
	if (h->e_ident[EI_DATA] != ELFDATA2LSB ||
	    strcmp(machine_name(h), elf_machine_name()) != 0) {
		REFUSE(s, "%s is for %s, and this greenshim for %s", file,
		       machine_name(h), elf_machine_name());
		return;
	}
	if (h->e_type != ET_EXEC && h->e_type != ET_DYN)
		fail(EXIT_NOT_EXECUTABLE,
		     "%s: not a program, but another kind of ELF file", file);
	if (has_privileges(s))
		return;
	problem = elf_open_headers(&e, file);
	if (problem)
		fail(EXIT_NOT_EXECUTABLE, "%s: damaged: %s", file, problem);
	inspect_loader(s, e.interpreter);
	if (!s->refused)
		inspect_sanitizer(s, file);
}

void start_check_library(const char *library)
{
	struct elf e;
	const char *problem = elf_open_headers(&e, library);

	if (problem)
		fail(EXIT_OURS, "%s: not a library that can be preloaded: %s",
		     library, problem);
	elf_close(&e);
}

/* ---- scripts ---- */

static void inspect(struct start *s, const char *file, int depth);

static void note_script(struct start *s, char *text)
{
	size_t size = ((size_t)s->scripts_count + 1) * sizeof(*s->scripts);
	char **more = realloc(s->scripts, size);

	if (!more)
		fail(EXIT_OURS, "%s", strerror(ENOMEM));
	s->scripts = more;
	more[s->scripts_count++] = text;
}

/* Go past env's options; what they do to the search is env's affair.  *plain
 * becomes false if env does more than to start the interpreter. */
static char **skip_options(struct start *s, const char *script, char **words,
			   bool *plain)
{
	for (; *words; words++) {
		char *w = *words;

		if (!strcmp(w, "-i") || !strcmp(w, "-") ||
		    !strcmp(w, "--ignore-environment")) {
			REFUSE(s,
			       "%s clears the environment in its first line "
			       "(run its interpreter yourself)",
			       script);
			return NULL;
		}
		if (!strcmp(w, "-S"))
			continue;
		if (begins(w, "-S")) {
			*words-- = w + 2; /* look at it once more */
			continue;
		}
		if (*w != '-' && !strchr(w, '='))
			return words;
		*plain = false;
		if ((!strcmp(w, "-u") || !strcmp(w, "-C")) && words[1])
			words++;
	}
	return words;
}

/* A script of #!/usr/bin/env, which is a program of its own that starts the
 * interpreter: with --no-follow, the interpreter would run natively. */
static void inspect_env(struct start *s, const char *script, char *line,
			int depth)
{
	char *words[ENV_WORDS + 1], *save = NULL, **w, *word, *file;
	bool plain = true;
	int n = 0, status;

	for (word = strtok_r(line, BLANKS, &save); word && n < ENV_WORDS;
	     word = strtok_r(NULL, BLANKS, &save))
		words[n++] = word;
	words[n] = NULL;
	w = skip_options(s, script, words, &plain);
	if (!w)
		return;
	if (!*w) {
		REFUSE(s,
		       "%s names no interpreter in its first line "
		       "(run its interpreter yourself)",
		       script);
		return;
	}
	file = find_program(*w, &status);
	if (!file)
		fail(EXIT_NOT_FOUND, "%s: its interpreter '%s' is not found",
		     script, *w);
	if (!s->follow && depth == 0) {
		if (!plain || w[1]) {
			REFUSE(s,
			       "%s starts its interpreter through env, which "
			       "--no-follow leaves alone (run its interpreter "
			       "yourself)",
			       script);
			return;
		}
		s->through = copy_text(*w, strlen(*w));
	}
	inspect(s, file, depth + 1);
}

/* line: what follows the #!. */
static void inspect_script(struct start *s, const char *script, char *line,
			   int depth)
{
	char *interpreter = line + strspn(line, BLANKS), *rest, *file;
	size_t length = strcspn(interpreter, BLANKS);
	int status;

	rest = interpreter + length;
	rest += strspn(rest, BLANKS);
	interpreter = copy_text(interpreter, length);
	note_script(s, format("%s, run by %s%s%s", script, interpreter,
			      *rest ? " " : "", rest));
	/* The kernel does not search. */
	file = find_program(strchr(interpreter, '/')
				    ? interpreter
				    : format("./%s", interpreter),
			    &status);
	if (!file)
		fail(status, "%s: its interpreter '%s' cannot be run", script,
		     interpreter);
	if (!strcmp(base_name(interpreter), "env"))
		inspect_env(s, script, rest, depth);
	else
		inspect(s, file, depth + 1);
}

/* Neither ELF nor #!.  execvp(3) has /bin/sh run a text file; the exec of a
 * shell would read it itself, natively, so it is named here. */
static void inspect_text(struct start *s, const char *file, const char *head,
			 size_t size, int depth)
{
	if (memchr(head, 0, size))
		fail(EXIT_NOT_EXECUTABLE,
		     "%s: neither an ELF program nor a script", file);
	note_script(s, format("%s, run by /bin/sh", file));
	if (depth == 0)
		s->through = copy_text("/bin/sh", 7);
	inspect(s, "/bin/sh", depth + 1);
}

/* Read the start of a file, and put a NUL behind it. */
static size_t read_head(const char *file, char head[LINE_BYTES + 1])
{
	/* Opening a FIFO or a device must not wait. */
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	ssize_t n;

	if (fd < 0)
		fail(EXIT_OURS, "%s: cannot be read, so cannot be checked: %s",
		     file, strerror(errno));
	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		fail(EXIT_NOT_EXECUTABLE, "%s: not an executable file", file);
	n = read(fd, head, LINE_BYTES);
	if (n < 0)
		fail(EXIT_OURS, "%s: cannot be read, so cannot be checked: %s",
		     file, strerror(errno));
	close(fd);
	head[n] = 0;
	return (size_t)n;
}

/* depth: how many scripts have led here. */
static void inspect(struct start *s, const char *file, int depth)
{
	char head[LINE_BYTES + 1];
	size_t n = read_head(file, head);
	Elf64_Ehdr h = { 0 };

	if (n >= SELFMAG && !memcmp(head, ELFMAG, SELFMAG)) {
		/* A shorter one is damaged, which is found out later. */
		memcpy(&h, head, n < sizeof(h) ? n : sizeof(h));
		inspect_elf(s, file, &h);
	} else if (depth == SCRIPTS_MAX) {
		REFUSE(s,
		       "the interpreters of %s do not end (one must be a program)",
		       s->program);
	} else if (begins(head, "#!")) {
		head[strcspn(head, "\n")] = 0;
		inspect_script(s, file, head + 2, depth);
	} else {
		inspect_text(s, file, head, n < sizeof(h) ? n : sizeof(h),
			     depth);
	}
}

void start_inspect(struct start *s)
{
	inspect(s, s->file, 0);
}
