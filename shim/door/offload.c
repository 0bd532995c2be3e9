/*
 * offload.c - hops for functions that block where the shim cannot see it.
 *
 * For each function that GREENSHIM_OFFLOAD names, libffi makes a closure with
 * the same signature: code that collects the arguments and calls call_aside().
 * call_aside() moves the fiber to another carrier, calls the function there,
 * and moves back.  The fiber keeps its stack and its TLS, so that errno,
 * __thread variables and pointers work as before.
 *
 * The address of the closure replaces that of the function in the GOT of each
 * module that imports the function, before any constructor of the program runs.
 * So a call by the symbol is caught.  A pointer from dlsym(), or from a table
 * inside the library, still leads to the function itself.
 *
 * The closures are in pages that we map.  ffi_closure_alloc() may keep a
 * descriptor open, which the program would see.
 */
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "interpose.h"
#include "door/module.h"
#include "door/offload.h"

#define EXIT_OURS 125
#define VARIABLE  "GREENSHIM_OFFLOAD"

/*
 * Set in the environment once the closures are in place.  Programs that this
 * one executes inherit the variable.  With the variable set, a specification
 * whose library is not loaded is not an error: the shell that system() starts
 * has no libfoo.so.
 */
#define PLACED "GREENSHIM_OFFLOAD_PLACED"

static bool inherited;

void offload_refuse(const struct offload *o, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	rt_say(VARIABLE ": '%.200s': %s", o->spec, text);
	raw_syscall(SYS_exit_group, EXIT_OURS);
	__builtin_unreachable();
}

/* ---- the call ---- */

/* Runs also when an exception or a cancellation leaves the function. */
static void hop_back(const int *unused)
{
	int error = errno;

	(void)unused;
	hop_leave();
	errno = error;
}

static void call_aside(ffi_cif *cif, void *result, void **args, void *arg)
{
	const struct offload *o = arg;
	int error = errno;

	/* Outside any fiber, hop_enter() does nothing. */
	hop_enter();
	{
		__attribute__((cleanup(hop_back), unused)) int away = 1;

		errno = error;
		ffi_call(cif, o->real, result, args);
	}
}

/* ---- finding the function ---- */

struct library_search {
	const char *wanted;
	const char *found; /* the path from which the library was loaded */
};

static int match_library(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct library_search *s = arg;
	const char *name = info->dlpi_name, *slash = strrchr(name, '/');

	(void)size;
	if (strcmp(name, s->wanted) != 0 &&
	    (!slash || strcmp(slash + 1, s->wanted) != 0))
		return 0;
	s->found = name;
	return 1;
}

/* The base of the module that contains the address, or NULL. */
static void *module_of(const void *address)
{
	Dl_info info;

	return dladdr(address, &info) ? info.dli_fbase : NULL;
}

static bool is_data(void *address)
{
	const ElfW(Sym) * sym;
	Dl_info info;

	return dladdr1(address, &info, (void **)&sym, RTLD_DL_SYMENT) && sym &&
	       info.dli_saddr == address &&
	       ELF64_ST_TYPE(sym->st_info) == STT_OBJECT;
}

static void *find_in_library(const struct offload *o)
{
	struct library_search s = { .wanted = o->parsed.library };
	struct link_map *map;
	Dl_info info;
	void *handle, *f;

	if (dl_iterate_phdr(match_library, &s) == 0)
		return NULL;
	handle = dlopen(s.found, RTLD_LAZY | RTLD_NOLOAD);
	if (!handle || dlinfo(handle, RTLD_DI_LINKMAP, &map))
		return NULL;
	f = dlsym(handle, o->parsed.function);
	/* dlsym() also looks in the libraries that the library depends on. */
	if (f && dladdr1(f, &info, (void **)&map, RTLD_DL_LINKMAP) &&
	    strcmp(map->l_name, s.found) != 0)
		offload_refuse(o,
			       "%s is not in that library (name the library "
			       "that has the function: %s)",
			       o->parsed.function, map->l_name);
	if (!f)
		offload_refuse(o,
			       "that library exports no function %s "
			       "(nm -D lists the functions it exports)",
			       o->parsed.function);
	return f;
}

/* The address that the dynamic linker binds an import to.  version: NULL for
 * the default version. */
static void *resolve(const char *name, const char *version)
{
	const ElfW(Sym) * sym;
	Dl_info info;
	void *p;

	p = version ? dlvsym(RTLD_DEFAULT, name, version)
		    : dlsym(RTLD_DEFAULT, name);
	/* In a program that is not position-independent, the address of a
	 * function may be an entry of the program's PLT. */
	if (p && dladdr1(p, &info, (void **)&sym, RTLD_DL_SYMENT) && sym &&
	    info.dli_saddr == p && sym->st_shndx == SHN_UNDEF)
		p = version ? dlvsym(RTLD_NEXT, name, version)
			    : dlsym(RTLD_NEXT, name);
	return p;
}

/* False: the specification was inherited, and the function is not loaded
 * here. */
static bool find_function(struct offload *o)
{
	void *visible = resolve(o->parsed.function, NULL), *f;

	if (visible && module_of(visible) == module_of(&inherited))
		offload_refuse(o,
			       "greenshim handles %s already "
			       "(leave this specification out)",
			       o->parsed.function);
	f = *o->parsed.library ? find_in_library(o) : visible;
	if (!f && inherited)
		return false;
	if (!f && *o->parsed.library)
		offload_refuse(o,
			       "%s is not loaded when %s starts (name a "
			       "library that ldd lists for the program)",
			       o->parsed.library,
			       program_invocation_short_name);
	if (!f)
		offload_refuse(o,
			       "no library that is loaded when %s starts "
			       "exports a function %s (nm -D lists the "
			       "functions that a library exports)",
			       program_invocation_short_name,
			       o->parsed.function);
	if (is_data(f))
		offload_refuse(o,
			       "%s is a variable, not a function "
			       "(name a function)",
			       o->parsed.function);
	o->real = (void (*)(void))f;
	return true;
}

/* ---- the GOT entries of the modules that import the function ---- */

/* The version of a symbol that the module imports, or NULL. */
static const char *version_of(const struct module *m, size_t symbol)
{
	const char *need = (const char *)m->needed;
	unsigned number = m->versions ? m->versions[symbol] & 0x7fff : 0;

	while (need && number > 1) {
		const ElfW(Verneed) *n = (const ElfW(Verneed) *)need;
		const char *aux = need + n->vn_aux;
		unsigned i;

		for (i = 0; i < n->vn_cnt; i++) {
			const ElfW(Vernaux) *a = (const ElfW(Vernaux) *)aux;

			if ((a->vna_other & 0x7fff) == number)
				return m->strings + a->vna_name;
			aux += a->vna_next;
		}
		need = n->vn_next ? need + n->vn_next : NULL;
	}
	return NULL;
}

static void write_entry(const struct offload *o, const struct module *m,
			void **entry)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t at = (uintptr_t)entry & -page;
	bool guarded = at >= m->relro && at < m->relro_end;

	if (guarded &&
	    raw_syscall(SYS_mprotect, at, page, PROT_READ | PROT_WRITE) < 0)
		offload_refuse(o,
			       "the kernel does not allow writing to a GOT "
			       "that imports %s (leave this specification "
			       "out)",
			       o->parsed.function);
	__atomic_store_n(entry, o->closure, __ATOMIC_RELEASE);
	if (guarded)
		raw_syscall(SYS_mprotect, at, page, PROT_READ);
}

static void scan_table(struct offload *o, const struct module *m,
		       const ElfW(Rela) * r, size_t bytes)
{
	const ElfW(Rela) *end = r + bytes / sizeof(*r);

	for (; r < end; r++) {
		size_t symbol = ELF64_R_SYM(r->r_info);
		void **entry = (void **)(m->base + r->r_offset);
		const char *name;

		if (!module_binds(r))
			continue;
		name = module_names(m, r);
		if (strcmp(name, o->parsed.function) != 0)
			continue;
		/* Skip an entry that is bound to another definition.  An entry
		 * that is not bound yet points into its own module. */
		if (*entry != (void *)o->real &&
		    (ELF64_R_TYPE(r->r_info) != ARCH_REL_JUMP_SLOT ||
		     module_of(*entry) != module_of(entry) ||
		     resolve(name, version_of(m, symbol)) != (void *)o->real))
			continue;
		write_entry(o, m, entry);
		o->entries++;
	}
}

static int offload_scan_module(struct dl_phdr_info *info, size_t size,
			       void *arg)
{
	struct offload *o = arg;
	struct module m;
	int i;

	(void)size;
	/* Skip the shim itself, and what it calls: the runtime's calls must not
	 * hop, and libffi, which calls memcpy() to call a function, would not
	 * come to an end. */
	if (info->dlpi_addr == (uintptr_t)module_of(&inherited) ||
	    info->dlpi_addr == (uintptr_t)module_of((void *)ffi_call) ||
	    strstr(info->dlpi_name, "/libffi.so") ||
	    strstr(info->dlpi_name, "/libuv.so"))
		return 0;
	if (!module_read(&m, info))
		return 0;
	for (i = 0; i < 2; i++)
		if (m.tables[i])
			scan_table(o, &m, m.tables[i], m.sizes[i]);
	return 0;
}

/* ---- at start ---- */

#define TYPE(name, type) &ffi_type_##type
static ffi_type *const types[] = { OFFLOAD_TYPES(TYPE) };

static void make_closure(struct offload *o, ffi_closure *closure)
{
	const struct offload_spec *s = &o->parsed;
	unsigned i;

	for (i = 0; i < s->nargs; i++)
		o->args[i] = types[s->args[i]];
	if (ffi_prep_cif(&o->cif, FFI_DEFAULT_ABI, s->nargs, types[s->result],
			 o->args) != FFI_OK ||
	    ffi_prep_closure_loc(closure, &o->cif, call_aside, o, closure) !=
		    FFI_OK)
		offload_refuse(o, "libffi cannot make a closure with that "
				  "signature (leave this specification out)");
	o->closure = closure;
}

/* Make all closures, then make their pages executable. */
static void make_closures(struct offload *list, int n)
{
	size_t size = (size_t)n * sizeof(ffi_closure);
	ffi_closure *closures;
	int i;

	closures = (void *)raw_syscall(SYS_mmap, NULL, size,
				       PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if ((long)closures < 0 && (long)closures >= -4095)
		offload_refuse(list, "out of memory");
	for (i = 0; i < n; i++)
		if (list[i].real)
			make_closure(&list[i], &closures[i]);
	if (raw_syscall(SYS_mprotect, closures, size, PROT_READ | PROT_EXEC) <
	    0)
		offload_refuse(list, "the kernel does not allow making code at "
				     "run time (run without --offload)");
}

static int count_specs(const char *value)
{
	int n = 1;

	while ((value = strchr(value, ';'))) {
		value++;
		n++;
	}
	return n;
}

/* The list is never freed: the closures refer to it. */
static int read_specs(const char *value, struct offload **list)
{
	char *copy = strdup(value), *names = strdup(value);
	const char *why;
	char *spec;
	int n = 0;

	*list = calloc((size_t)count_specs(value), sizeof(**list));
	if (!copy || !names || !*list)
		rt_panic(VARIABLE ": out of memory");
	/* Cut two copies in the same way: offload_parse() changes the one, and
	 * messages need the other. */
	while ((spec = offload_next_spec(&copy))) {
		struct offload *o = &(*list)[n++];

		o->spec = offload_next_spec(&names);
		why = offload_parse(&o->parsed, spec);
		if (why)
			offload_refuse(o, "%s", why);
	}
	return n;
}

static void refuse_twice(const struct offload *list, int i)
{
	int j;

	for (j = 0; j < i; j++)
		if (list[j].real && list[j].real == list[i].real)
			offload_refuse(&list[i],
				       "%s is named twice (leave "
				       "one out)",
				       list[i].parsed.function);
}

void offload_start(void)
{
	const char *value = secure_getenv(VARIABLE);
	struct offload *list;
	int i, n;

	if (!value || !*value)
		return;
	inherited = secure_getenv(PLACED) != NULL;
	n = read_specs(value, &list);
	if (n == 0)
		return;
	for (i = 0; i < n; i++)
		if (find_function(&list[i]))
			refuse_twice(list, i);
	make_closures(list, n);
	for (i = 0; i < n; i++) {
		if (!list[i].real)
			continue;
		dl_iterate_phdr(offload_scan_module, &list[i]);
		if (!list[i].entries && !inherited)
			offload_refuse(&list[i],
				       "nothing in %s calls %s by its symbol, "
				       "so that no call can be caught (leave "
				       "this specification out)",
				       program_invocation_short_name,
				       list[i].parsed.function);
	}
	setenv(PLACED, "1", 1);
}
