/*
 * unwind.c - the two functions of libgcc that our cleanups need.
 *
 * The compiler calls them where an exception or a cancellation leaves one of
 * our functions (-fexceptions: Makefile).  An unwinder is at work then, so libgcc_s
 * is loaded; the functions are looked up only now: as a library that this one needs
 * it would cost every process 0.1 ms.
 */
#include <dlfcn.h>
#include <gnu/lib-names.h>
#include <unwind.h>

#include "interpose.h"

static void *find(const char *name)
{
	void *libgcc = dlopen(LIBGCC_S_SO, RTLD_NOW);
	void *f = libgcc ? dlsym(libgcc, name) : NULL;

	if (!f) {
		rt_say("cannot unwind: %s (install libgcc)", dlerror());
		abort();
	}
	return f;
}

void _Unwind_Resume(struct _Unwind_Exception *exception)
{
	static __typeof__(&_Unwind_Resume) resume;

	if (!resume)
		resume = (__typeof__(resume))find("_Unwind_Resume");
	resume(exception);
	__builtin_unreachable();
}

/* Not in unwind.h: the compiler alone refers to it. */
_Unwind_Reason_Code __gcc_personality_v0(int version, _Unwind_Action actions,
					 _Unwind_Exception_Class class,
					 struct _Unwind_Exception *exception,
					 struct _Unwind_Context *context);

_Unwind_Reason_Code __gcc_personality_v0(int version, _Unwind_Action actions,
					 _Unwind_Exception_Class class,
					 struct _Unwind_Exception *exception,
					 struct _Unwind_Context *context)
{
	static __typeof__(&__gcc_personality_v0) personality;

	if (!personality)
		personality = (__typeof__(personality))find(
			"__gcc_personality_v0");
	return personality(version, actions, class, exception, context);
}
