/*
 * values.h - what the GREENSHIM_ variables may say (values.c).
 *
 * The library and greencheck, which reads the variables and greenrun's options
 * first, share this one parser.  Each function takes a value that is not empty,
 * stores what it means, and returns NULL; or returns what was expected, for the
 * message, and stores nothing.
 */
#ifndef GREEN_VALUES_H
#define GREEN_VALUES_H

#include <stdbool.h>
#include <stddef.h>

/* The message about such a value: the variable or the option, the value, and
 * what was expected. */
#define VALUE_INVALID "%s: invalid value '%.200s' (expected %s)"

/* 0: auto. */
const char *value_hubs(const char *v, int *hubs);
/* In bytes. */
const char *value_stack(const char *v, size_t *bytes);
const char *value_flag(const char *v, bool *flag);
/* A signal that a program can catch, and that libc does not use. */
const char *value_signal(const char *v, int *number);

#endif
