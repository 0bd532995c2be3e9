/* json.c - see json.h.  Members are indented: people read it, too. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "json.h"

#define DEPTH_MAX 16

static struct {
	char close;
	bool used; /* it has a member already */
} levels[DEPTH_MAX];
static int depth;

static void new_line(void)
{
	printf("\n%*s", 2 * depth, "");
}

/* How many bytes the UTF-8 character at s has; 0: it is not UTF-8. */
static int character(const unsigned char *s)
{
	int n, i;

	if (s[0] < 0x80)
		return 1;
	n = s[0] >= 0xc2 && s[0] < 0xe0	  ? 2
	    : (s[0] & 0xf0) == 0xe0	  ? 3
	    : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
					  : 0;
	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80) /* also at the NUL */
			return 0;
	/* Longer than necessary, a surrogate, or beyond Unicode. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

static void quote(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	int n;

	putchar('"');
	for (; *s; s += n ? n : 1) {
		n = character(s);
		if (n == 0)
			fputs("\\ufffd", stdout);
		else if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if (*s < 0x20 || *s == 0x7f)
			printf("\\u%04x", *s);
		else
			fwrite(s, 1, (size_t)n, stdout);
	}
	putchar('"');
}

static void begin(const char *name)
{
	if (depth > 0) {
		if (levels[depth - 1].used)
			putchar(',');
		levels[depth - 1].used = true;
		new_line();
	}
	if (name) {
		quote(name);
		fputs(": ", stdout);
	}
}

static void open_level(const char *name, char open, char close)
{
	begin(name);
	putchar(open);
	levels[depth].close = close;
	levels[depth++].used = false;
}

void json_object(const char *name)
{
	open_level(name, '{', '}');
}

void json_array(const char *name)
{
	open_level(name, '[', ']');
}

void json_end(void)
{
	depth--;
	if (levels[depth].used)
		new_line();
	putchar(levels[depth].close);
	if (depth == 0)
		putchar('\n');
}

void json_string(const char *name, const char *value)
{
	begin(name);
	if (value)
		quote(value);
	else
		fputs("null", stdout);
}

void json_number(const char *name, long value)
{
	begin(name);
	printf("%ld", value);
}

void json_bool(const char *name, bool value)
{
	begin(name);
	fputs(value ? "true" : "false", stdout);
}
