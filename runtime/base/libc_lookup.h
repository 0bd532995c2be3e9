/* libc_lookup.h - libc's own functions, past our interposers. */
#ifndef GREEN_LIBC_LOOKUP_H
#define GREEN_LIBC_LOOKUP_H

/*
 * Return the definition of a function that follows ours in the search order:
 * libc's, or that of another library that interposes the function.
 * name, version  as for dlvsym(3); if libc lacks that version, the default
 *                version is returned, as by dlsym(3)
 * Ends the process if there is no definition.  Takes the dynamic linker's
 * lock, so not for signal handlers or the inside of the scheduler.
 */
void *rt_libc_symbol(const char *name, const char *version);

#endif
