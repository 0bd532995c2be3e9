# greenshim: unmodified threaded programs on green threads.
#
# `make help` lists the targets. There is no configure step; override the
# variables below on the command line, for example
#     make CC=clang WERROR= BUILD=/tmp/green

CC      ?= cc
CFLAGS  ?= -O2 -g
WERROR  ?= -Werror
BUILD   ?= build
ASSERT  ?=
PREFIX  ?= /usr/local
DESTDIR ?=

# The CPU that the compiler makes code for; it names a folder in runtime/arch.
ARCH := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))

RUNTIME_SRC := $(filter-out runtime/arch/%,$(wildcard runtime/*/*.c)) \
	       $(wildcard runtime/arch/$(ARCH)/*.c)
RUNTIME_ASM := $(wildcard runtime/arch/$(ARCH)/*.S)
SHIM_SRC    := $(wildcard shim/*.c shim/*/*.c)
CHECK_SRC   := $(wildcard scripts/check/*.c)

RUNTIME_OBJ := $(RUNTIME_SRC:%.c=$(BUILD)/obj/%.o) \
	       $(RUNTIME_ASM:%.S=$(BUILD)/obj/%.o)
SHIM_OBJ    := $(SHIM_SRC:%.c=$(BUILD)/obj/%.o)
# greencheck reads the options with the library's own parsers.
CHECK_OBJ   := $(CHECK_SRC:%.c=$(BUILD)/obj/%.o) \
	       $(BUILD)/obj/runtime/process/values.o \
	       $(BUILD)/obj/shim/door/offload_spec.o
UNIT_TESTS  := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c))

# Why each of these is here and not in CFLAGS, which belongs to the user:
#   _FORTIFY_SOURCE    would turn the shim's own calls into calls of the _chk
#                      names that the shim defines
#   strict aliasing    libc's pthread objects are read as the shim's own types
#   initial-exec       the current fiber is found without __tls_get_addr, which
#                      may allocate memory
#   cf-protection      shadow stacks know nothing of a fiber's switch
#   red zone           a raw system call is a call (arch/x86_64/raw.h)
ARCH_CFLAGS_x86_64 := -mno-red-zone
ARCH_CFLAGS    := $(ARCH_CFLAGS_$(ARCH))
GREEN_CPPFLAGS := -D_GNU_SOURCE -U_FORTIFY_SOURCE -iquote runtime -iquote shim
GREEN_CFLAGS   := -std=gnu11 -Wall -Wextra $(WERROR) -fPIC \
		  -fvisibility=hidden -fno-strict-aliasing \
		  -ftls-model=initial-exec -fcf-protection=none \
		  $(ARCH_CFLAGS)
# `-z now`: a symbol resolved lazily would run the dynamic linker on a small
# stack, or inside a signal handler.
# `-Bsymbolic-functions`: the shim's own calls of what it defines reach the
# shim.  By the symbol table they would reach the function of that name in the
# program or in a library before ours, which may well call the shim again.
GREEN_LDFLAGS  := -shared -Wl,-z,now,-z,relro,-z,defs,-z,noexecstack \
		  -Wl,--as-needed,-Bsymbolic-functions
# Every process loads this library, and what it needs, so little is better:
# libffi is linked in where there is an archive for that, as on Debian, and
# runtime/sched/uvloop.c loads libuv.
GREEN_LIBS     := \
	$(or $(wildcard $(shell $(CC) -print-file-name=libffi_pic.a)),-lffi) \
	-ldl -lpthread

ifneq ($(ASSERT),)
GREEN_CPPFLAGS += -DGREEN_ASSERT
endif

COMPILE = $(CC) $(CPPFLAGS) $(CFLAGS) $(GREEN_CPPFLAGS) $(GREEN_CFLAGS) \
	  $(SANITIZE) -MMD -MP

# One short line a file; `make V=1` shows the commands.
V    ?=
Q    := $(if $(V),,@)
say   = $(if $(V),:,printf '  %-4s %s\n')

.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: all help asan unit-tests symbols lint format bootstrap test \
	test-distros test-cpython soak demo bench install uninstall clean

all: $(BUILD)/libgreen.so $(BUILD)/libgreenshim.so \
	$(BUILD)/greencheck ## build the libraries and greenrun's helper

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' \
		Makefile

# --- libraries ---------------------------------------------------------------

$(BUILD)/libgreen.so: $(RUNTIME_OBJ) $(BUILD)/libgreen.map
	@$(say) LD $@
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $(GREEN_LDFLAGS) $(LDFLAGS) \
		-Wl,-soname,libgreen.so \
		-Wl,--version-script=$(BUILD)/libgreen.map \
		-o $@ $(RUNTIME_OBJ) $(GREEN_LIBS)

# The shim holds the runtime: one file to preload, nothing else to find.
$(BUILD)/libgreenshim.so: $(RUNTIME_OBJ) $(SHIM_OBJ) $(BUILD)/libgreenshim.map
	@$(say) LD $@
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $(GREEN_LDFLAGS) $(LDFLAGS) \
		-Wl,-soname,libgreenshim.so \
		-Wl,--version-script=$(BUILD)/libgreenshim.map \
		-o $@ $(RUNTIME_OBJ) $(SHIM_OBJ) $(GREEN_LIBS)

$(BUILD)/libgreen.map: Makefile
	@mkdir -p $(@D)
	@echo '{ global: green_*; local: *; };' >$@

$(BUILD)/libgreenshim.map: $(wildcard shim/symbols.def) scripts/gen_symbols.sh
	@mkdir -p $(@D)
	@$(say) GEN $@
	$(Q)scripts/gen_symbols.sh map >$@

# Calls by number, from their table.
$(BUILD)/obj/shim/number/syscall_dispatch.o: GREEN_CPPFLAGS += \
	-iquote $(BUILD)/gen
$(BUILD)/obj/shim/number/syscall_dispatch.o: $(BUILD)/gen/syscalls.h

$(BUILD)/gen/syscalls.h: shim/number/syscalls.def scripts/gen_syscalls.sh
	@mkdir -p $(@D)
	@$(say) GEN $@
	$(Q)scripts/gen_syscalls.sh code >$@

# The functions that these call may throw; a cleanup runs then.
$(patsubst %,$(BUILD)/obj/shim/%.o,pthread_once pthread_cond door/linker_door): \
	GREEN_CFLAGS += -fexceptions

# So may a function that is called aside.
$(BUILD)/obj/shim/door/offload.o: GREEN_CFLAGS += -fexceptions

$(BUILD)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	@$(say) CC $<
	$(Q)$(COMPILE) -c -o $@ $<

$(BUILD)/obj/%.o: %.S Makefile
	@mkdir -p $(@D)
	@$(say) AS $<
	$(Q)$(COMPILE) -c -o $@ $<

# --- greenrun --check --------------------------------------------------------

$(BUILD)/greencheck: $(CHECK_OBJ)
	@$(say) LD $@
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $(CHECK_OBJ) -ldl

$(CHECK_SRC:%.c=$(BUILD)/obj/%.o): GREEN_CPPFLAGS += -iquote $(BUILD)/gen
$(BUILD)/obj/scripts/check/imports.o: $(BUILD)/gen/check_symbols.h
$(BUILD)/obj/scripts/check/rawcalls.o: $(BUILD)/gen/check_syscalls.h

# What may wait in libc, and what the shim makes of it.
$(BUILD)/gen/check_symbols.h: shim/symbols.def shim/exceptions.def \
		scripts/gen_symbols.sh scripts/check_blocking.sh
	@mkdir -p $(@D)
	@$(say) GEN $@
	$(Q)CC='$(CC)' scripts/gen_symbols.sh check >$@

# The system calls' names, as an array.
$(BUILD)/gen/check_syscalls.h: Makefile
	@mkdir -p $(@D)
	@{ echo 'static const char *const names[] = {'; \
	echo '#include <sys/syscall.h>' | $(CC) $(CPPFLAGS) -dM -E - | \
	awk '/^#define __NR_[a-z0-9_]+ [0-9]+$$/ { sub(/^__NR_/, "", $$2); \
		printf "\t[%s] = \"%s\",\n", $$3, $$2 }'; echo '};'; } >$@

asan: ## build with the address sanitizer, into build/asan
	$(MAKE) BUILD=$(BUILD)/asan ASSERT=1 \
		CFLAGS='-O1 -g -fno-omit-frame-pointer' \
		SANITIZE='-fsanitize=address,undefined' all

# --- tests -------------------------------------------------------------------

# A unit test is linked with the runtime's objects, not with libgreen.so, so
# that it reaches what the library hides.
$(BUILD)/tests/unit/%: tests/unit/%.c $(RUNTIME_OBJ)
	@mkdir -p $(@D)
	@$(say) CC $<
	$(Q)$(COMPILE) -Itests/unit $(LDFLAGS) -o $@ $< $(RUNTIME_OBJ) \
		-lcriterion $(GREEN_LIBS)

unit-tests: $(UNIT_TESTS)

bootstrap: ## install what building and testing need (Debian, Ubuntu)
	@scripts/bootstrap

# The tests run a build of their own, with assertions (runtime/base/assert.h).
# ASSERT and BUILD go through the environment: a section may call make again.
CHECKED := $(BUILD)/checked
CHECK    = ASSERT=1 BUILD=$(CHECKED)

# bootstrap comes first even under -j: the rest may need what it installs.
test: ## run all tests, or those of SECTIONS="unit programs ..."
	@scripts/bootstrap
	@$(MAKE) --no-print-directory $(CHECK) all
	@$(CHECK) tests/run.sh $(SECTIONS)

test-distros: ## test on other releases of Debian: SUITES="trixie sid"
	@SUITES='$(SUITES)' SECTIONS='$(SECTIONS)' BUILD='$(BUILD)' \
		scripts/test-distros

test-cpython: ## run CPython's own test suite under greenrun
	@$(MAKE) --no-print-directory $(CHECK) all
	@$(CHECK) tests/programs/cpython/run.sh

soak: ## run the long stress test
	@$(MAKE) --no-print-directory $(CHECK) all
	@$(CHECK) tests/stress/soak.sh

demo: ## 10,000 connections, natively and greened, side by side
	@scripts/bootstrap
	@$(MAKE) --no-print-directory all
	@demos/demo.sh $(DEMO_ARGS)

bench: all ## compare with kernel threads; BENCH_ARGS=--short for a quick one
	@tests/bench/bench.sh $(BENCH_ARGS)

# --- source checks -----------------------------------------------------------

symbols: ## write docs/SYMBOLS.md from shim/symbols.def
	scripts/gen_symbols.sh doc >docs/SYMBOLS.md

lint: all ## check style, layers, symbols and scripts
	@scripts/bootstrap --lint
	@BUILD=$(BUILD) scripts/lint.sh

format: ## lay out all C files as .clang-format says
	@git ls-files -co --exclude-standard '*.c' '*.h' | \
		xargs -r clang-format -i

# --- installation ------------------------------------------------------------

LIBDIR     := $(PREFIX)/lib
INCLUDEDIR := $(PREFIX)/include
MANDIR     := $(PREFIX)/share/man
VERSION     = $(shell sed -n \
	's/^.define GREEN_VERSION "\(.*\)"/\1/p' runtime/green.h)

install: all ## install under $(DESTDIR)$(PREFIX)
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(LIBDIR)/greenshim' \
		'$(DESTDIR)$(LIBDIR)/pkgconfig' '$(DESTDIR)$(INCLUDEDIR)' \
		'$(DESTDIR)$(MANDIR)/man1' '$(DESTDIR)$(MANDIR)/man7'
	install -m 755 scripts/greenrun '$(DESTDIR)$(PREFIX)/bin/greenrun'
	install -m 755 $(BUILD)/libgreenshim.so \
		'$(DESTDIR)$(LIBDIR)/greenshim/libgreenshim.so'
	install -m 755 $(BUILD)/greencheck \
		'$(DESTDIR)$(LIBDIR)/greenshim/greencheck'
	install -m 755 $(BUILD)/libgreen.so '$(DESTDIR)$(LIBDIR)/libgreen.so'
	install -m 644 runtime/green.h '$(DESTDIR)$(INCLUDEDIR)/green.h'
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' \
		scripts/greenshim.pc.in >$(BUILD)/greenshim.pc
	install -m 644 $(BUILD)/greenshim.pc \
		'$(DESTDIR)$(LIBDIR)/pkgconfig/greenshim.pc'
	install -m 644 docs/man/greenrun.1 \
		'$(DESTDIR)$(MANDIR)/man1/greenrun.1'
	install -m 644 docs/man/greenshim.7 \
		'$(DESTDIR)$(MANDIR)/man7/greenshim.7'

uninstall: ## remove exactly what install put there
	rm -f '$(DESTDIR)$(PREFIX)/bin/greenrun' \
		'$(DESTDIR)$(LIBDIR)/greenshim/libgreenshim.so' \
		'$(DESTDIR)$(LIBDIR)/greenshim/greencheck' \
		'$(DESTDIR)$(LIBDIR)/libgreen.so' \
		'$(DESTDIR)$(INCLUDEDIR)/green.h' \
		'$(DESTDIR)$(LIBDIR)/pkgconfig/greenshim.pc' \
		'$(DESTDIR)$(MANDIR)/man1/greenrun.1' \
		'$(DESTDIR)$(MANDIR)/man7/greenshim.7'
	-rmdir '$(DESTDIR)$(LIBDIR)/greenshim' 2>/dev/null

clean: ## remove everything that was built
	rm -rf $(BUILD)

-include $(RUNTIME_OBJ:.o=.d) $(SHIM_OBJ:.o=.d) $(CHECK_OBJ:.o=.d) \
	$(UNIT_TESTS:=.d)
