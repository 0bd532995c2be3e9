#!/bin/sh
# Tests of --offload with the library that was built: what is refused, and what
# the programs that a program starts make of it. The calls themselves are in
# demos/offload.

option=offload
# shellcheck source=tests/scripts/lib.sh
. "$(dirname "$0")/lib.sh"

# refused NAME SPEC REASON: before the program prints anything, in one line.
refused()
{
	check "$1" 125 "greenshim: GREENSHIM_OFFLOAD: '$2': $3" \
		"$greenrun" --offload "$2" "$tmp/program"
}

# malformed NAME SPEC REASON: by greenrun, and by the library alone.
malformed()
{
	check "$1" 125 "greenrun: --offload: '$2': $3" \
		"$greenrun" --offload "$2" "$tmp/program"
	check "$1-alone" 125 "greenshim: GREENSHIM_OFFLOAD: '$2': $3" \
		env LD_PRELOAD="$GREENSHIM_LIBRARY" GREENSHIM_OFFLOAD="$2" \
		"$tmp/program"
}

cat >"$tmp/lib.c" <<'END'
int add(int a, int b)
{
	return a + b;
}

int getpid(void);

int lonely(void)
{
	return getpid();
}

int number = 1;
END
cat >"$tmp/program.c" <<'END'
#include <stdio.h>
#include <stdlib.h>

int add(int a, int b);
extern int number;

int main(int argc, char **argv)
{
	printf("%d %d\n", add(1, argc), number);
	fflush(stdout);
	return argc > 1 ? system(argv[1]) != 0 : 0;
}
END
if ! cc -shared -fPIC -o "$tmp/libadd.so" "$tmp/lib.c" ||
	! cc -o "$tmp/program" "$tmp/program.c" -L"$tmp" -ladd \
		-Wl,-rpath,"$tmp" ||
	! cc -Wl,-z,now,-z,relro -o "$tmp/bound" "$tmp/program.c" \
		-L"$tmp" -ladd -Wl,-rpath,"$tmp" ||
	! cc -no-pie -Wl,-z,lazy -o "$tmp/lazy" "$tmp/program.c" \
		-L"$tmp" -ladd -Wl,-rpath,"$tmp"; then
	echo 'FAIL scripts/offload: cannot compile the programs'
	exit 1
fi

add='libadd.so:add=int(int,int)'
for program in program bound lazy; do
	check "$program" 0 '2 1' "$greenrun" --offload "$add" "$tmp/$program"
done
check any-library 0 '2 1' "$greenrun" --offload 'add=int(int, int)' \
	"$tmp/program"
check spaces 0 '2 1' "$greenrun" \
	--offload ' libadd.so : add = int ( int , int ) ; ' "$tmp/program"
check path 0 '2 1' "$greenrun" \
	--offload "$tmp/libadd.so:add=int(int,int)" "$tmp/program"

refused no-library 'libnone.so:add=int(int,int)' '*not loaded*ldd*'
refused no-function 'libadd.so:sub=int(int,int)' '*no function sub*nm -D*'
refused no-function-anywhere 'sub=int(int,int)' '*no library*function sub *nm -D*'
refused other-library 'libadd.so:getgrent=ptr()' '*not in that library*libc*'
refused no-importer 'libadd.so:lonely=int()' '*nothing*calls lonely*'
refused variable 'libadd.so:number=int()' '*a variable*'
refused ours 'read=ssize_t(int,ptr,size_t)' '*handles read already*'
malformed type 'libadd.so:add=int(int,integer)' "'integer' is not a type*ptr*"
malformed type-missing 'libadd.so:add=int(int,)' '*type is missing*'
malformed result-missing 'libadd.so:add= (int)' '*type is missing*'
malformed void-argument 'libadd.so:add=int(int,void)' '*cannot be void*'
malformed brackets 'libadd.so:add=int(int)(int)' '*not a function with*'
for function in setjmp _setjmp __sigsetjmp; do
	malformed $function "$function=int(ptr)" '*the stack of its caller*'
done
check twice 125 '*named twice*' \
	"$greenrun" --offload "$add" --offload 'add=int(int,int)' "$tmp/program"
check many-arguments 125 '*more than 32 arguments*' "$greenrun" --offload \
	"add=int($(printf 'int,%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 \
		18 19 20 21 22 23 24 25 26 27 28 29 30 31 32)int)" \
	"$tmp/program"

# What the run would refuse, a report names.
for spec in 'libnone.so:add=int(int,int)' 'libadd.so:sub=int(int,int)' \
	'sub=int(int,int)' 'read=ssize_t(int,ptr,size_t)'; do
	check "report-$spec" 2 "*cannot be greened: --offload: '$spec': *(*)" \
		"$greenrun" --check --offload "$spec" "$tmp/program"
done
check report-good '[01]' '*result *can be greened*' \
	"$greenrun" --check --offload "$add" "$tmp/program"
check report-any '[01]' '*result *can be greened*' \
	"$greenrun" --check --offload 'add=int(int,int)' "$tmp/program"

# libffi calls memcpy() to call a function, and must not come back; also as a
# library that the program brings.
cat >"$tmp/copies.c" <<'END'
#include <ffi.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static int add(int a, int b)
{
	return a + b;
}

static void *run(void *unused)
{
	ffi_type *types[] = { &ffi_type_sint, &ffi_type_sint };
	char to[4096], from[4096] = "copied";
	volatile size_t n = sizeof(to);
	int one = 1, two = 2;
	void *args[] = { &one, &two };
	ffi_arg sum;
	ffi_cif cif;
	int i;

	for (i = 0; i < 100; i++)
		memcpy(memset(to, i, n), from, n);
	if (ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 2, &ffi_type_sint, types) !=
	    FFI_OK)
		return unused;
	ffi_call(&cif, (void (*)(void))add, &sum, args);
	printf("%s %d\n", to, (int)sum);
	return unused;
}

int main(void)
{
	pthread_t t;

	return pthread_create(&t, NULL, run, NULL) || pthread_join(t, NULL);
}
END
cc -fno-builtin -o "$tmp/copies" "$tmp/copies.c" -lffi -pthread || exit 1
for function in memcpy=ptr'(ptr,ptr,size_t)' memset=ptr'(ptr,int,size_t)'; do
	check "$function" 0 'copied 3' "$greenrun" --offload "$function" \
		"$tmp/copies"
done

# A shell that the program starts has no such library.
check child 0 '3 1
in the shell' "$greenrun" --offload "$add" "$tmp/program" \
	'echo in the shell >&2'
# But greenrun in it, asked again, is as strict as the first.
check asked-again 125 '*not loaded*' \
	env GREENSHIM_OFFLOAD_PLACED=1 "$greenrun" --offload "$add" ls

exit $failed
