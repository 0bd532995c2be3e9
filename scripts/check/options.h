/* options.h - greenrun's options and variables (options.c). */
#ifndef CHECK_OPTIONS_H
#define CHECK_OPTIONS_H

/* Look at the value of each GREENSHIM_ variable that is set and not empty; on a
 * bad one, fail with greenrun's status.  given: for each option that set its
 * variable, the option's name and a comma. */
void options_check(const char *given);

#endif
