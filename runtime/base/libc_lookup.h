/* libc_lookup.h - libc's own functions, past our interposers. */
#ifndef GREEN_LIBC_LOOKUP_H
#define GREEN_LIBC_LOOKUP_H

/*
 * The definition of a function that follows ours in the search order: libc's,
 * or that of another library that interposes it.
 * name, version  as dlvsym(3) takes them; a libc without that version answers
 *                with its default one, as dlsym(3) does.
 * Ends the process where there is none.  Takes the dynamic linker's lock.
 */
void *rt_libc_symbol(const char *name, const char *version);

#endif
