/*
 * json.h - JSON, written piece by piece to stdout.
 *
 * Names are given for members of an object and are NULL in an array.
 */
#ifndef CHECK_JSON_H
#define CHECK_JSON_H

#include <stdbool.h>

void json_object(const char *name);
void json_array(const char *name);
/* End the innermost object or array; the outermost ends the line. */
void json_end(void);

/* Bytes that are not UTF-8 become U+FFFD, NULL becomes null. */
void json_string(const char *name, const char *value);
void json_number(const char *name, long value);
void json_bool(const char *name, bool value);

#endif
