# pamlease builds with GNU make and gcc 12 or clang 14, or later ones.
#
#   make            everything, under build/
#   make check      installs what the tests need, builds, runs the tests
#   make check-package  the same with the programs of Debian's package
#   make endurance  the tests that take minutes
#   make mutants    takes out each protection, and looks who sees it
#   make fuzz       tries the parsers and the module with millions of inputs
#   make asan       and tsan, valgrind, coverage: the tests with a build that
#                   looks at itself
#   make demo       a lease, a login and their end, shown on a test host
#   make pictures   those of the README, of real runs, anew
#   make bench      measures what logins and ends take
#   make instructions  counts those of an account check
#   make nightly    all that takes long
#   make warnings   both compilers, with and without optimization: no warning
#   make analyze    static analysis of C, scripts and manual pages: no finding
#   make lint       the part of that for scripts and manual pages
#   make install    and uninstall, below $(DESTDIR)
#   make deb        a package for Debian, below build/deb
#
# CPPFLAGS, CFLAGS and LDFLAGS come after the flags of this file, so that a
# packager's choice wins.  WERROR=1 makes every warning an error; V=1 shows
# the whole commands.

BUILD       = build
prefix      = /usr/local
bindir      = $(prefix)/bin
sbindir     = $(prefix)/sbin
libexecdir  = $(prefix)/libexec
mandir      = $(prefix)/share/man
docdir      = $(prefix)/share/doc/pamlease
unitdir     = $(prefix)/lib/systemd/system
userunitdir = $(prefix)/lib/systemd/user
tmpfilesdir = $(prefix)/lib/tmpfiles.d
catalogdir  = $(prefix)/lib/systemd/catalog
bashcompdir = $(prefix)/share/bash-completion/completions
zshcompdir  = $(prefix)/share/zsh/site-functions
fishcompdir = $(prefix)/share/fish/vendor_completions.d
sysconfdir  = /etc

# Modules belong beside libpam's own, and the compiler knows the library
# directories of its target, whatever the distribution calls them.
pam_permit  = $(realpath $(shell $(CC) -print-file-name=security/pam_permit.so))
pamdir      = $(or $(patsubst %/pam_permit.so,%,$(pam_permit)),$(error \
    pam_permit.so not found: say where modules belong with pamdir=DIR))

CFLAGS     ?= -O2 -g

# Flags.  Without a compiler this is empty, and "make deps" still works.
compiler   := $(shell { $(CC) --version; $(CC) -dumpmachine; } 2>/dev/null)

harden = -fPIC -fvisibility=hidden -ffunction-sections -fno-common -fno-strict-aliasing \
    -fno-strict-overflow -fno-delete-null-pointer-checks \
    -fstack-protector-strong -fstack-clash-protection \
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3

warn = -Wall -Wextra -Wpedantic -Wformat=2 -Wformat-security -Wconversion \
    -Wsign-conversion -Wshadow -Wvla -Walloca -Wundef -Wstrict-prototypes \
    -Wold-style-definition -Wmissing-prototypes -Wmissing-declarations \
    -Wredundant-decls -Wnested-externs -Wwrite-strings -Wpointer-arith \
    -Wcast-qual -Wcast-align -Wnull-dereference -Wdouble-promotion \
    -Wimplicit-fallthrough -Wswitch-enum -Wframe-larger-than=8192 -Wdate-time

ifneq ($(findstring clang,$(compiler)),)
warn   += -Wthread-safety -Wcomma -Wassign-enum -Wunreachable-code
else
harden += -ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr
warn   += -Wduplicated-cond -Wduplicated-branches -Wlogical-op \
    -Wjump-misses-init -Wformat-signedness -Warith-conversion \
    -Wstringop-overflow=4 -Walloc-zero -Wtrampolines -Wbidi-chars=any \
    -Wstack-usage=8192 -Wcast-align=strict
endif
ifneq ($(filter x86_64-%,$(compiler)),)
harden += -fcf-protection=full
endif
ifeq ($(WERROR),1)
warn   += -Werror
endif

ifneq ($(V),1)
brief = @echo '  $(1)  $@';
endif

# -iquote and not -I, so that <spawn.h> stays the system's.  The source
# directory is cut from debug information, so that builds in two places give
# the same bytes.
compile = $(CC) -std=c11 -D_GNU_SOURCE -iquote liblease $(harden) $(warn) \
    -ffile-prefix-map='$(CURDIR)=.' $(CPPFLAGS) $(CFLAGS)

# --as-needed drops the libraries that are named but not used.  With defs a
# module that needs more than libpam and libc fails here, not in a login.
link = $(CC) -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,defs \
    -Wl,-z,separate-code -Wl,--gc-sections -Wl,--as-needed \
    $(wrap) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^)

objects  = $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard $(1)/*.c)))
programs = $(patsubst tests/%.c,$(BUILD)/%,$(wildcard tests/$(1)))
unit     = $(call programs,unit/test_*.c)
helpers  = $(call programs,helpers/*.c)
preload  = $(addsuffix .so,$(call programs,preload/*.c))
bench    = $(call programs,bench/*.c)
comma    = ,
fuzzers  = $(patsubst tests/fuzz/%.c,$(BUILD)/%,$(wildcard tests/fuzz/*.c))
installed = pam_lease.so pamlease pamlease-status pamlease-watchdog pamlease-answer pamlease-live pamlease-desk \
    pamlease-note

# The same with clocks that a test can move; never installed.
faked    = $(addprefix $(BUILD)/faked/,$(installed))

all: $(addprefix $(BUILD)/,$(installed))
unit: $(unit)
helpers: $(helpers) $(preload)
faked: $(faked)
bench-programs: $(bench)
fuzzers: $(fuzzers)

$(BUILD)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call brief,CC)$(compile) -MMD -MP -c -o $@ $<

# Where the module finds the runner of hooks, and the command what looks on;
# what changes builds them anew.
starting = $(BUILD)/obj/pam_lease/hooking.o $(BUILD)/obj/pamlease/list.o
$(starting): override CPPFLAGS += -DLIBEXECDIR='"$(libexecdir)"'
$(starting): $(BUILD)/libexecdir
$(BUILD)/libexecdir: FORCE
	@mkdir -p $(@D)
	@echo '$(libexecdir)' | cmp -s - $@ || echo '$(libexecdir)' >$@

$(BUILD)/obj/tests/%.o: CPPFLAGS += -DTESTDATA='"tests/unit"'

# An archive that stood before would keep the members of removed files.
$(BUILD)/liblease.a: $(call objects,liblease)
	@rm -f $@
	$(call brief,AR)$(AR) rcD $@ $^

$(faked): $(BUILD)/obj/tests/faked/clock.o
$(faked): wrap = -Wl,--wrap=clock_gettime -Wl,--wrap=timerfd_settime

$(addsuffix /pam_lease.so,$(BUILD) $(BUILD)/faked): \
    $(call objects,pam_lease) $(BUILD)/liblease.a pam_lease/pam_lease.map
	@mkdir -p $(@D)
	$(call brief,LD)$(link) -shared -Wl,--version-script=pam_lease/pam_lease.map -lpam

# The libraries that ask logind and draw on terminals would make each start of
# the command slower, so what needs them are programs of their own.
asking  = $(patsubst %.c,$(BUILD)/obj/%.o,$(addprefix pamlease/,desk.c owners.c))
looking = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard pamlease/live*.c))
command = $(filter-out $(asking) $(looking),$(call objects,pamlease))

$(addsuffix /pamlease,$(BUILD) $(BUILD)/faked): $(command) $(BUILD)/liblease.a
	@mkdir -p $(@D)
	$(call brief,LD)$(link) -pie -laudit -lcjson -lmd -lsmartcols

$(addsuffix /pamlease-answer,$(BUILD) $(BUILD)/faked): \
    $(filter-out %/main.o,$(command)) $(asking) $(BUILD)/liblease.a
	@mkdir -p $(@D)
	$(call brief,LD)$(link) -pie -laudit -lcjson -lmd -lsmartcols -lsystemd

$(addsuffix /pamlease-live,$(BUILD) $(BUILD)/faked): \
    $(filter-out %/main.o,$(command)) $(looking) $(BUILD)/liblease.a
	@mkdir -p $(@D)
	$(call brief,LD)$(link) -pie -laudit -lcjson -lmd -lsmartcols -lncursesw -ltinfo

$(addsuffix /pamlease-watchdog,$(BUILD) $(BUILD)/faked): \
    $(call objects,watchdog) $(BUILD)/liblease.a
	@mkdir -p $(@D)
	$(call brief,LD)$(link) -pie -laudit -lcjson -lmd

$(addsuffix /pamlease-status,$(BUILD) $(BUILD)/faked): \
    $(call objects,status) $(BUILD)/liblease.a
	@mkdir -p $(@D)
	$(call brief,LD)$(link) -pie

$(addsuffix /pamlease-note,$(BUILD) $(BUILD)/faked): \
    $(call objects,note) $(BUILD)/liblease.a
	@mkdir -p $(@D)
	$(call brief,LD)$(link) -pie -lsystemd

$(addsuffix /pamlease-desk,$(BUILD) $(BUILD)/faked): $(call objects,desk)
	@mkdir -p $(@D)
	$(call brief,LD)$(link) -pie

$(unit) $(helpers) $(bench): $(BUILD)/%: $(BUILD)/obj/tests/%.o $(BUILD)/liblease.a
	@mkdir -p $(@D)
	$(call brief,LD)$(link) -pie -lcmocka -laudit -lcjson -lmd -lpam

$(fuzzers): $(BUILD)/%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/liblease.a
	@mkdir -p $(@D)
	$(call brief,LD)$(link) -pie -laudit -lcjson -lmd

# What reads old rules is the command's.
imports = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard pamlease/import_*.c))
$(BUILD)/import $(BUILD)/helpers/imported: $(imports)

# So are the rows of what is watched.
$(BUILD)/unit/test_live: $(BUILD)/obj/pamlease/live_rows.o

# So is what reads stacks.
stacks = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard pamlease/stack*.c))
$(BUILD)/stack $(BUILD)/unit/test_stack $(BUILD)/helpers/stacked: $(stacks)

# And what edits them.
$(BUILD)/unit/test_setup: $(BUILD)/obj/pamlease/setup_edit.o $(stacks)

# The module in a world of the fuzz program's making.
$(BUILD)/module: $(call objects,pam_lease) $(call objects,tests/world)
$(BUILD)/module: wrap = $(addprefix -Wl$(comma)--wrap=,open openat faccessat fstat fstatat \
    read close clock_gettime malloc calloc realloc reallocarray geteuid getpwnam_r \
    getgrouplist getgrgid_r fdopendir readdir closedir dirfd proc_alive \
    proc_start proc_status proc_managed getpriority ask \
    hooks_account spool_put state_make status_write)

$(preload): $(BUILD)/%.so: $(BUILD)/obj/tests/%.o
	@mkdir -p $(@D)
	$(call brief,LD)$(link) -shared

# Installing puts each file beside its place and renames it: at no moment is
# there no module, which would lock everybody out, or half a program.
define put
umask 022 && install -D -m $(1) $(2) $(3).new
mv -f $(3).new $(3)

endef
put_each = $(foreach f,$(2),$(call put,644,$(f),$(1)/$(notdir $(f))))
man_dir  = $(DESTDIR)$(mandir)/man$(1)
manuals  = $(wildcard docs/*.$(1))
units    = $(wildcard $(addprefix systemd/*.,service socket timer path))
# Not below /etc: the policy there is the administrator's alone.
examples = $(wildcard docs/examples/*.conf)
pages    = $(wildcard docs/*.md)

$(BUILD)/systemd/%: systemd/% FORCE
	@mkdir -p $(@D)
	sed 's|@libexecdir@|$(libexecdir)|g; s|@sbindir@|$(sbindir)|g' $< >$@

# For the managers of users.
user_units = $(wildcard systemd/user/*.service)
# What units and the command start.
own      = watchdog answer live desk note
# Hooks that are there to be used.
hooks    = $(notdir $(wildcard hooks/*))

install: all $(units:%=$(BUILD)/%) $(user_units:%=$(BUILD)/%)
	$(call put,644,$(BUILD)/pam_lease.so,$(DESTDIR)$(pamdir)/pam_lease.so)
	$(call put,755,$(BUILD)/pamlease,$(DESTDIR)$(sbindir)/pamlease)
	$(call put,755,$(BUILD)/pamlease-status,$(DESTDIR)$(bindir)/pamlease-status)
	$(foreach f,$(own),$(call put,755,$(BUILD)/pamlease-$(f),$(DESTDIR)$(libexecdir)/pamlease-$(f)))
	$(foreach f,$(hooks),$(call put,755,hooks/$(f),$(DESTDIR)$(libexecdir)/pamlease-$(f)))
	$(call put,644,systemd/pamlease.conf,$(DESTDIR)$(tmpfilesdir)/pamlease.conf)
	$(call put,644,systemd/pamlease.catalog,$(DESTDIR)$(catalogdir)/pamlease.catalog)
	$(call put,644,completions/pamlease.bash,$(DESTDIR)$(bashcompdir)/pamlease)
	$(call put,644,completions/_pamlease,$(DESTDIR)$(zshcompdir)/_pamlease)
	$(call put,644,completions/pamlease.fish,$(DESTDIR)$(fishcompdir)/pamlease.fish)
	$(call put,644,systemd/pamlease.logrotate,$(DESTDIR)$(sysconfdir)/logrotate.d/pamlease)
	$(call put_each,$(DESTDIR)$(unitdir),$(units:%=$(BUILD)/%))
	$(call put_each,$(DESTDIR)$(userunitdir),$(user_units:%=$(BUILD)/%))
	$(foreach s,1 5 8,$(call put_each,$(call man_dir,$(s)),$(call manuals,$(s))))
	$(call put_each,$(DESTDIR)$(docdir)/examples,$(examples))
	$(call put_each,$(DESTDIR)$(docdir),$(pages))

# A stack that names a module which is gone refuses every login.  These are where
# libpam looks for stacks.
stacks_at = $(addprefix $(DESTDIR),/etc/pam.conf /etc/pam.d/* /usr/lib/pam.d/*)

uninstall:
	@! grep -ls '^[^#]*pam_lease\.so' $(stacks_at) | grep . || \
	    { echo 'still in use by the above: see pamlease unsetup'; exit 1; }
	rm -f $(DESTDIR)$(pamdir)/pam_lease.so $(DESTDIR)$(sbindir)/pamlease \
	    $(DESTDIR)$(bindir)/pamlease-status
	rm -f $(addprefix $(DESTDIR)$(libexecdir)/pamlease-,$(own) $(hooks))
	rm -f $(DESTDIR)$(tmpfilesdir)/pamlease.conf $(DESTDIR)$(catalogdir)/pamlease.catalog \
	    $(DESTDIR)$(sysconfdir)/logrotate.d/pamlease
	rm -f $(DESTDIR)$(bashcompdir)/pamlease $(DESTDIR)$(zshcompdir)/_pamlease \
	    $(DESTDIR)$(fishcompdir)/pamlease.fish
	rm -f $(addprefix $(DESTDIR)$(unitdir)/,$(notdir $(units)))
	rm -f $(addprefix $(DESTDIR)$(userunitdir)/,$(notdir $(user_units)))
	rm -f $(foreach s,1 5 8,$(addprefix $(call man_dir,$(s))/,$(notdir $(call manuals,$(s)))))
	rm -f $(addprefix $(DESTDIR)$(docdir)/examples/,$(notdir $(examples)))
	rm -f $(addprefix $(DESTDIR)$(docdir)/,$(notdir $(pages)))
	rmdir $(DESTDIR)$(docdir)/examples $(DESTDIR)$(docdir) 2>/dev/null || :

# What a test host sees of this build, laid out as a package would.
dest: all
	rm -rf $(BUILD)/dest
	$(MAKE) install DESTDIR=$(BUILD)/dest prefix=/usr

# These install what is missing first; only then does make look for a
# compiler and headers again.
deps:
	scripts/deps

SUITES = check

check: deps
	$(MAKE) all unit helpers faked dest
	tests/run $(SUITES)

endurance mutants:
	$(MAKE) check SUITES=$@

# A build whose programs are those of the package for Debian, which is what its
# hosts install.  What tests alone have stays.
packaged: deb
	$(MAKE) all unit helpers faked dest
	rm -rf $(BUILD)/packaged
	mkdir -p $(BUILD)/packaged/dest
	cp $(BUILD)/deb/libpam-lease_*.deb $(BUILD)/packaged/dest
	dpkg-deb -x $(BUILD)/deb/libpam-lease_*.deb $(BUILD)/packaged/tree
	cd $(BUILD)/packaged && ln -s ../helpers ../preload ../faked ../unit ../obj . && \
	    ln tree/usr/bin/* tree/usr/sbin/* tree/usr/libexec/* $$(find tree -name pam_lease.so) .

check-package: packaged
	BUILD=$(BUILD)/packaged tests/run package

# Builds that look at themselves while the tests run, below $(BUILD)/NAME.  The
# warnings are the plain build's business.  What is no program has the sanitizer
# from the program that loads it, and so what it lacks is not an error.
watching = -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all \
    -U_FORTIFY_SOURCE -Wno-error -Wno-frame-larger-than -Wno-stack-usage
cflags.asan     = $(watching) -fsanitize=address,undefined
cflags.tsan     = $(watching) -fsanitize=thread
cflags.valgrind = -O1 -g -U_FORTIFY_SOURCE -ftrivial-auto-var-init=uninitialized
cflags.coverage = -O0 -g -U_FORTIFY_SOURCE --coverage -fprofile-update=atomic
ldflags.coverage = -Wl,--wrap=_exit
$(unit): wrap = $(if $(filter coverage,$(INSTRUMENT)),-Wl$(comma)--wrap=syscall)
instrumented = asan tsan valgrind coverage

# Set by the make below.
INSTRUMENT =
$(filter-out %.so,$(installed:%=$(BUILD)/%) $(faked) $(unit) $(helpers)): \
    $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/instruments/$(INSTRUMENT).c))
$(BUILD)/obj/tests/instruments/%.o: CPPFLAGS += -DREPORTS='"$(abspath $(BUILD))/reports"'

$(instrumented): deps
	$(MAKE) BUILD=$(BUILD)/$@ INSTRUMENT=$@ CFLAGS='$(cflags.$@)' \
	    LDFLAGS='-Wl,-z,undefs $(ldflags.$@)' all unit helpers faked dest
	BUILD=$(BUILD)/$@ tests/run $@

demo: deps
	$(MAKE) all dest
	tests/host/demo

pictures: deps
	$(MAKE) all dest
	tests/host/pictures

bench: deps
	$(MAKE) all bench-programs helpers dest
	tests/bench/report bench run rules ends

# Exact where times are not, so that a check can stop a change that costs.
instructions: deps
	$(MAKE) all bench-programs helpers
	tests/bench/report instructions instructions

# All are run, so that one that fails hides nothing.
nightly: FUZZ_SECONDS = 300
nightly:
	failed=; for t in fuzz endurance mutants bench; do \
	    $(MAKE) $$t FUZZ_SECONDS=$(FUZZ_SECONDS) || failed="$$failed $$t"; \
	done; [ -z "$$failed" ] || { echo "nightly: failed:$$failed"; exit 1; }

# A build of its own, by a compiler that has libFuzzer.
sanitize = -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all

fuzz: deps
	$(MAKE) BUILD=$(BUILD)/fuzz CC=clang fuzzers \
	    CFLAGS='-O1 -g $(sanitize) -Wno-frame-larger-than' \
	    CPPFLAGS=-U_FORTIFY_SOURCE LDFLAGS=-fsanitize=fuzzer
	tests/fuzz/run

# _FORTIFY_SOURCE warns where nothing is optimized.  CFLAGS come last.
warnings: deps
	set -e; for cc in gcc clang; do for how in release debug; do \
	    test $$how = release || \
	        set -- 'CFLAGS=-O0 -g -U_FORTIFY_SOURCE'; \
	    $(MAKE) BUILD=$(BUILD)/warnings/$$cc-$$how CC=$$cc WERROR=1 "$$@" \
	        all unit helpers faked bench-programs; \
	    set --; done; done

# gcc's analyzer with the flags of the build, clang-tidy, and cppcheck, which
# sees what no file uses as it reads them all at once.  What they are told to
# leave out is in .clang-tidy, tests/.clang-tidy and tests/cppcheck.txt.
# tests/instruments/ is written for gcc's runtime, whose headers clang has not.
sources  = $(filter-out tests/instruments/%,$(wildcard $(addsuffix /*.c, \
    liblease pam_lease pamlease status note watchdog desk tests/*)))
defines  = --std=c11 -D_GNU_SOURCE '-DTESTDATA="tests/unit"' '-DLIBEXECDIR="/usr/libexec"'

analyze: deps lint
	@$(MAKE) -k BUILD=$(BUILD)/analyze CC=gcc WERROR=1 \
	    CFLAGS='-O2 -g -fanalyzer' analyzed

analyzed: cppcheck $(sources:%.c=$(BUILD)/obj/%.o) $(sources:%.c=$(BUILD)/tidy/%.ok)

cppcheck:
	@echo '  CPPCHECK'
	@cppcheck -q --enable=all --disable=missingInclude --inconclusive \
	    --error-exitcode=1 --library=posix,gnu -Iliblease $(defines) \
	    --suppressions-list=tests/cppcheck.txt $(sources)

# The checkers of clang-tidy remember things from one file to the next, so
# each file is a run of its own.
$(BUILD)/tidy/%.ok: %.c $(wildcard */*.h tests/*/*.h) .clang-tidy tests/.clang-tidy
	@mkdir -p $(@D)
	$(call brief,TIDY)clang-tidy --quiet --warnings-as-errors='*' $< -- \
	    $(defines) -iquote liblease 2>$@.log || { cat $@.log; exit 1; }
	@touch $@

lint:
	shellcheck -S warning $$(grep -rlE --exclude-dir=build --exclude-dir=.git --exclude='*.md' '^#!.*[/ ](ba)?sh$$' .)
	for f in $(foreach s,1 5 8,$(call manuals,$(s))); do \
	    mandoc -T lint -W warning $$f || exit 1; done

# In a copy, which has the directory debian where Debian wants it. Not with the
# options, or the job slots, of this make.
version = $(shell sed -n 's/^\#define PAMLEASE_VERSION\t"\(.*\)"$$/\1/p' liblease/version.h)
package = $(BUILD)/deb/pamlease-$(version)

deb: deps
	rm -rf $(BUILD)/deb
	mkdir -p $(package)
	cp -R $(filter-out build packaging,$(wildcard *)) $(package)
	cp -R packaging/debian $(package)/debian
	cd $(package) && env -u MAKEFLAGS -u MFLAGS dpkg-buildpackage -us -uc
	rm -rf $(package)

clean:
	rm -rf $(BUILD)

.PHONY: all unit helpers faked bench-programs fuzzers install uninstall dest deb \
    deps check check-package packaged endurance mutants $(instrumented) demo pictures bench instructions nightly fuzz \
    warnings analyze analyzed cppcheck lint clean FORCE
.DELETE_ON_ERROR:

export BUILD
MAKEFLAGS += --no-print-directory

-include $(wildcard $(BUILD)/obj/*/*.d $(BUILD)/obj/tests/*/*.d)
