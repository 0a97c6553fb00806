# plaq: MPI toolkit for lattice QCD post-processing. `make help` lists what can be made.

CC       = mpicc
BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
ARCH    ?= native
OPT     ?= -O3
SAN     ?=
OPENMP  ?= -fopenmp

# What is being made, one short line each; V=1 shows the commands instead.
SAY      = $(if $(V),,@printf '  %-4s %s\n' '$(1)' '$@';)

# Doubles side by side in a vector; floats are twice as many. LANES=1 is the reference build.
LANES   ?= $(shell $(CC) -march=$(ARCH) -dM -E - </dev/null 2>/dev/null | \
             awk '/__AVX512F__/ {n = 8} /__AVX__/ && !n {n = 4} END {print n ? n : 2}')
LANES   := $(LANES)
FLANES  := $(if $(filter 1,$(LANES)),1,$(shell echo $$((2 * $(LANES)))))

PACKAGES = hdf5-openmpi yaml-0.1 libcjson libcrypto libdeflate fftw3 gsl lapacke libxml-2.0
COMMIT  := $(shell git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)

SANITIZE = $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
CPPFLAGS = -Iinclude -Isrc -Iio -Itests -D_GNU_SOURCE -DPLAQ_LANES=$(LANES) -DPLAQ_FLOAT_LANES=$(FLANES) $(shell pkg-config --cflags $(PACKAGES))
WARN     = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wno-unknown-pragmas -Wno-psabi
CFLAGS   = -std=gnu11 -g $(OPT) -march=$(ARCH) -ffp-contract=fast $(OPENMP) -fPIC $(WARN) $(SANITIZE)
LDFLAGS  = $(OPENMP) $(SANITIZE) $(if $(SAN),-rdynamic)
LDLIBS   = $(shell pkg-config --libs $(PACKAGES)) -lm

LIB_SRC  = $(filter-out src/cli/%,$(wildcard src/*/*.c)) $(wildcard io/*/*.c analysis/*.c)
PREC_SRC = $(filter %.prec.c,$(LIB_SRC))
OBJ_SRC  = $(filter-out %.prec.c,$(LIB_SRC)) $(BUILD)/gen/observables.c $(BUILD)/gen/derivations.c \
           $(BUILD)/gen/formats.c $(BUILD)/gen/exchanges.c $(BUILD)/gen/steps.c
VARIANTS = d$(LANES) f$(FLANES) $(if $(filter-out 1,$(LANES)),d1 f1)
LIB_OBJ  = $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out $(BUILD)/%,$(OBJ_SRC))) \
           $(patsubst $(BUILD)/%.c,$(BUILD)/obj/%.o,$(filter $(BUILD)/%,$(OBJ_SRC))) \
           $(foreach v,$(VARIANTS),$(patsubst %.prec.c,$(BUILD)/obj/%.$(v).o,$(PREC_SRC)))
CLI_OBJ  = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard src/cli/*.c))
SUPPORT  = $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out $(SAN_SRC),$(wildcard tests/support/*.c)))
SAN_SRC  = tests/support/sanitizer.c
SAN_OBJ  = $(if $(SAN),$(patsubst %.c,$(BUILD)/obj/%.o,$(SAN_SRC)))
TESTS    = $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/*.c tests/mpi/*.c tests/planted/*.c))

.PHONY: all
all: $(BUILD)/plaq

$(BUILD)/plaq: $(CLI_OBJ) $(SAN_OBJ) $(BUILD)/libplaq.a
	$(call SAY,link)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/libplaq.a: $(LIB_OBJ)
	@rm -f $@
	$(call SAY,ar)ar rcs $@ $^

$(BUILD)/libplaq.so: $(LIB_OBJ)
	$(call SAY,link)$(CC) -shared -Wl,-soname,libplaq.so.0 $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call SAY,cc)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/gen/%.o: $(BUILD)/gen/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call SAY,cc)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The commit stands in one file only, so that a commit does not rebuild the rest.
$(BUILD)/commit: force
	@mkdir -p $(@D); echo '$(COMMIT)' | cmp -s - $@ || echo '$(COMMIT)' > $@
$(BUILD)/obj/src/base/version.o: CPPFLAGS += -DPLAQ_COMMIT='"$(COMMIT)"'
$(BUILD)/obj/src/base/version.o: $(BUILD)/commit

# A kernel is compiled for both precisions, in full width and in one lane: stem.d8.o, stem.f16.o, stem.d1.o, stem.f1.o.
# KERNEL_FLAGS come last: the fuzzers want no checks there, which take minutes to compile.
# In one lane the compiler must fuse the same multiplications and additions as in full width, so that a grid whose
# lattice does not split into lanes gives the same bits: it is not to vectorise, nor to break up chains of fma.
ONE_LANE = -fno-tree-vectorize -fno-tree-slp-vectorize --param=avoid-fma-max-bits=0
define KERNEL
$(BUILD)/obj/%.$(1).o: %.prec.c $(BUILD)/flags
	@mkdir -p $$(@D)
	$$(call SAY,cc)$(CC) $(CPPFLAGS) $(CFLAGS) $(if $(filter d1 f1,$(1)),$(ONE_LANE)) $(KERNEL_FLAGS) -DPREC=$(1) -DPREC_$(if $(filter d%,$(1)),DOUBLE,SINGLE) -DLANES=$(patsubst d%,%,$(patsubst f%,%,$(1))) -MMD -MP -c -o $$@ $$<
endef
$(foreach v,$(VARIANTS),$(eval $(call KERNEL,$(v))))

# The lists of observables, derivations, formats and steps of an analysis are collected from their files.
OBSERVABLES = $(filter-out observable hadron,$(sort $(patsubst src/observable/%.c,%,$(wildcard src/observable/*.c))))
DERIVATIONS = $(filter-out derived,$(sort $(patsubst src/derived/%.c,%,$(wildcard src/derived/*.c))))
FORMATS     = $(patsubst io/gauge/format_%.c,%,$(sort $(wildcard io/gauge/format_*.c)))

EXCHANGES   = $(patsubst io/exchange/format_%.c,%,$(sort $(wildcard io/exchange/format_*.c)))
STEPS       = $(patsubst src/study/step_%.c,%,$(sort $(wildcard src/study/step_*.c)))

$(BUILD)/gen/observables.c: $(BUILD)/gen/names
	@{ echo '#include "plaq/observable.h"'; \
	for o in $(OBSERVABLES); do echo "extern const plaq_observable plaq_observable_$$o;"; done; \
	echo 'const plaq_observable *const plaq_observables[] = {'; \
	for o in $(OBSERVABLES); do echo "    &plaq_observable_$$o,"; done; echo '    NULL};'; } > $@

$(BUILD)/gen/derivations.c: $(BUILD)/gen/names
	@{ echo '#include "plaq/derived.h"'; \
	for d in $(DERIVATIONS); do echo "extern const plaq_derivation plaq_derivation_$$d;"; done; \
	echo 'const plaq_derivation *const plaq_derivations[] = {'; \
	for d in $(DERIVATIONS); do echo "    &plaq_derivation_$$d,"; done; echo '    NULL};'; } > $@

$(BUILD)/gen/formats.c: $(BUILD)/gen/names
	@{ echo '#include "gauge/format.h"'; \
	for f in $(FORMATS); do echo "extern const plaq_format plaq_format_$$f;"; done; \
	echo 'const plaq_format *const plaq_formats[] = {'; \
	for f in $(FORMATS); do echo "    &plaq_format_$$f,"; done; echo '    NULL};'; } > $@

$(BUILD)/gen/exchanges.c: $(BUILD)/gen/names
	@{ echo '#include "plaq/exchange.h"'; \
	for e in $(EXCHANGES); do echo "extern const plaq_numbers_format plaq_numbers_format_$$e;"; done; \
	echo 'const plaq_numbers_format *const plaq_numbers_formats[] = {'; \
	for e in $(EXCHANGES); do echo "    &plaq_numbers_format_$$e,"; done; echo '    NULL};'; } > $@

$(BUILD)/gen/steps.c: $(BUILD)/gen/names
	@{ echo '#include "plaq/study.h"'; \
	for s in $(STEPS); do echo "extern const plaq_step plaq_step_$$s;"; done; \
	echo 'const plaq_step *const plaq_steps[] = {'; \
	for s in $(STEPS); do echo "    &plaq_step_$$s,"; done; echo '    NULL};'; } > $@

# Written anew only when their content changes: everything is rebuilt with other flags, lists with other files.
.PHONY: force
$(BUILD)/flags: force
	@mkdir -p $(@D); echo '$(CC) $(CFLAGS) $(LANES)' | cmp -s - $@ || echo '$(CC) $(CFLAGS) $(LANES)' > $@
$(BUILD)/gen/names: force
	@mkdir -p $(@D); echo '$(OBSERVABLES) : $(DERIVATIONS) : $(FORMATS) : $(EXCHANGES) : $(STEPS)' | cmp -s - $@ || echo '$(OBSERVABLES) : $(DERIVATIONS) : $(FORMATS) : $(EXCHANGES) : $(STEPS)' > $@

$(BUILD)/libtest.a: $(SUPPORT)
	@rm -f $@
	$(call SAY,ar)ar rcs $@ $^

$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(SAN_OBJ) $(BUILD)/libtest.a $(BUILD)/libplaq.a
	@mkdir -p $(@D)
	$(call SAY,link)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

.PHONY: tests
tests: $(TESTS)

include scripts/targets.mk

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
.SECONDARY:
