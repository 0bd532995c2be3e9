#!/bin/sh
# lint.sh: every check of the sources that runs no test. `make lint` builds
# first, because two checks look at what was built. All checks run; the exit
# status is 1 if any of them failed.

# shellcheck disable=SC2317 # the checks are called by name, through step

set -u
cd "$(dirname "$0")/.." || exit 1
export BUILD="${BUILD:-build}"
failed=0

# step NAME COMMAND...
step()
{
	name=$1
	shift
	if "$@"; then
		echo "ok      $name"
	else
		echo "FAILED  $name"
		failed=1
	fi
}

# The files that match the patterns and that git has, or would add.
sources()
{
	git ls-files -co --exclude-standard "$@" | while IFS= read -r file; do
		[ -e "$file" ] && printf '%s\n' "$file"
	done
}

format()
{
	sources '*.c' '*.h' | xargs -r clang-format --dry-run -Werror
}

# The checks of cppcheck that find mistakes; clang-format decides about style.
# Demos and tests are ordinary programs, and are left out.
static_checks()
{
	sources 'runtime/*.c' 'shim/*.c' 'scripts/check/*.c' | xargs -r cppcheck --quiet \
		--suppress=syntaxError:shim/longjmp.c \
		--std=c11 --language=c --platform=unix64 -j2 \
		--enable=warning,portability --inline-suppr \
		--suppress=missingIncludeSystem \
		--suppress=normalCheckLevelMaxBranches \
		--suppress=unknownMacro \
		-D_GNU_SOURCE -D__x86_64__ -D__linux__ -Iruntime -Ishim \
		-I"$BUILD/gen" \
		--error-exitcode=1
}

# Every file with a #! line of a shell, whatever its name.
shell_checks()
{
	sources scripts tests demos .ci | while IFS= read -r file; do
		IFS= read -r line <"$file" || continue
		case $line in
		'#!'*sh | '#!'*'sh '*) printf '%s\n' "$file" ;;
		esac
	done | xargs -r shellcheck -x -e SC2119
}

manual_pages()
{
	for page in docs/man/*; do
		[ -e "$page" ] || continue
		if command -v mandoc >/dev/null; then
			mandoc -T lint -W warning "$page" || return 1
		elif command -v groff >/dev/null; then
			warnings=$(LC_ALL=C.UTF-8 groff -man -Tutf8 -ww -z \
				"$page" 2>&1)
			if [ -n "$warnings" ]; then
				printf '%s\n' "$warnings"
				return 1
			fi
		fi
	done
}

# The version is the same everywhere.
versions()
{
	header=$(sed -n 's/^#define GREEN_VERSION "\(.*\)"/\1/p' \
		runtime/green.h)
	script=$(sed -n 's/^VERSION=//p' scripts/greenrun)
	if [ -z "$header" ] || [ "$header" != "$script" ]; then
		echo "runtime/green.h says version '$header'," \
			"scripts/greenrun '$script'"
		return 1
	fi
}

# docs/SYMBOLS.md is what the table makes it.
symbol_page()
{
	scripts/gen_symbols.sh doc | diff -q - docs/SYMBOLS.md >/dev/null &&
		return
	echo 'docs/SYMBOLS.md is out of date; run make symbols'
	return 1
}

step 'C layout (make format puts it right)' format
step 'cppcheck' static_checks
step 'shellcheck' shell_checks
step 'layers' scripts/check_layers.sh
step 'symbols' scripts/check_symbols.sh
step 'functions that may block' scripts/check_blocking.sh
step 'system calls by number' scripts/check_syscalls.sh
step 'docs/SYMBOLS.md' symbol_page
step 'versions' versions
step 'manual pages' manual_pages
exit $failed
