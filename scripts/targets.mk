# What can be made beside the program and the library. Included by Makefile.

JOBS         ?= $(shell nproc)
ONLY         ?=
BENCH        ?=
FUZZ_SECONDS ?= 60

# mpirun starts for root, on few cores and in containers.
export OMPI_ALLOW_RUN_AS_ROOT = 1
export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM = 1
export OMPI_MCA_rmaps_base_oversubscribe = 1
export OMPI_MCA_hwloc_base_binding_policy = none
export OMPI_MCA_mpi_yield_when_idle = 1
export OMPI_MCA_btl_vader_single_copy_mechanism = none

.PHONY: help
help: ## what can be made
	@echo "make            the program, $(BUILD)/plaq"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name words; \
	do printf 'make %-12s %s\n' "$$name" "$$words"; done
	@echo "with            SAN=address|undefined  LANES=n  OPT=-O1  BUILD=folder  PREFIX=folder  DESTDIR=folder  V=1"

.PHONY: test
test: ## every test on 1, 2 and 4 ranks; ONLY=word takes those whose label has the word
	@scripts/packages build test browser
	@$(MAKE) --no-print-directory -j$(JOBS) all tests
	scripts/test $(if $(ONLY),--only '$(ONLY)') $(if $(TALLY),--tally $(TALLY)) \
	    $(BUILD):unit $(BUILD):mpi1 $(BUILD):mpi2 $(BUILD):mpi4 $(BUILD):threads $(BUILD):lane $(BUILD):cli

.PHONY: sanitize
sanitize: ## the tests once more, in a build that checks every address and every operation; RANKS=1, 2 or 4
	@scripts/packages build test
	@$(MAKE) --no-print-directory -j$(JOBS) BUILD=$(BUILD)/san SAN=address,undefined OPT="-O2 -fno-var-tracking-assignments" all tests
	scripts/test $(if $(ONLY),--only '$(ONLY)') $(if $(TALLY),--tally $(TALLY)) \
	    $(BUILD)/san:unit $(BUILD)/san:mpi$(or $(RANKS),2) $(BUILD)/san:cli

.PHONY: test-cluster
test-cluster: ## several hosts, Slurm and containers, all on this machine (as root); PLAQ_TOOLS, PLAQ_KILLS, ONLY=word
	@scripts/packages build test cluster
	@$(MAKE) --no-print-directory -j$(JOBS) all
	scripts/test --jobs 1 $(if $(ONLY),--only '$(ONLY)') $(if $(TALLY),--tally $(TALLY)) $(BUILD):cluster

.PHONY: demo
demo: ## makes a small ensemble, measures it on two ranks, shows the numbers
	@scripts/packages build demo
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@scripts/demo $(BUILD)/plaq

.PHONY: bench
bench: ## speed of the kernels and readers as fractions of this machine's limits, on one and on two ranks; BENCH=names
	@scripts/packages build
	@$(MAKE) --no-print-directory -j$(JOBS) all
	OMP_NUM_THREADS=1 $(BUILD)/plaq bench $(BENCH)
	OMP_NUM_THREADS=1 mpirun -n 2 $(BUILD)/plaq bench $(BENCH)

.PHONY: physics
physics: ## mean plaquettes of generated ensembles against the literature (half an hour)
	@scripts/packages build demo
	@$(MAKE) --no-print-directory -j$(JOBS) all
	scripts/physics $(BUILD)/plaq

# The parsers are built with clang, whose libFuzzer drives them: one thread, and one lane, as clang lacks GCC's shuffle.
FUZZERS = $(patsubst tests/fuzz/%.c,$(BUILD)/fuzzers/%,$(wildcard tests/fuzz/*.c))

$(BUILD)/fuzzers/%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/libplaq.a
	@mkdir -p $(@D)
	$(call SAY,link)$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)

.PHONY: fuzzers
fuzzers: $(FUZZERS)

.PHONY: fuzz
fuzz: ## damaged input to every parser, FUZZ_SECONDS=60 each
	@scripts/packages build fuzz
	@OMPI_CC=clang $(MAKE) --no-print-directory -j$(JOBS) BUILD=$(BUILD)/fuzz SAN=fuzzer-no-link,address,undefined LANES=1 \
	    OPT=-O1 OPENMP= WARN=-Wno-unused-command-line-argument KERNEL_FLAGS=-fno-sanitize=all fuzzers
	scripts/fuzz $(BUILD)/fuzz/fuzzers $(FUZZ_SECONDS) $(if $(TALLY),$(TALLY))

.PHONY: layers
layers: ## checks every #include against the file LAYERS
	@scripts/layers

.PHONY: format
format: ## clang-format over all sources
	@scripts/packages format
	clang-format -i $$(find src io analysis include tests -name '*.[ch]')

.PHONY: docs
docs: ## reference pages of the library from its headers, in $(BUILD)/docs
	@scripts/packages docs
	@mkdir -p $(BUILD)/docs
	(cat docs/Doxyfile; echo 'OUTPUT_DIRECTORY = $(BUILD)/docs') | doxygen -
	@echo "see $(BUILD)/docs/html/index.html"

$(BUILD)/plaq.pc: Makefile scripts/targets.mk force
	@printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$${prefix}/lib' 'includedir=$${prefix}/include' '' \
	    'Name: plaq' 'Description: correlators and observables on lattice QCD gauge configurations' \
	    'Version: $(shell sed -n 's/.*PLAQ_VERSION "\(.*\)"/\1/p' include/plaq/base.h)' \
	    'Requires.private: $(PACKAGES)' 'Cflags: -I$${includedir}' 'Libs: -L$${libdir} -lplaq' \
	    'Libs.private: -fopenmp -lm' > $@

.PHONY: install
install: all $(BUILD)/libplaq.so $(BUILD)/plaq.pc ## program, library, headers, pkg-config file, man page, completion
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin lib/pkgconfig include/plaq share/man/man1 \
	    share/bash-completion/completions share/doc/plaq share/plaq)
	install -m 755 $(BUILD)/plaq $(DESTDIR)$(PREFIX)/bin/
	install -m 644 $(BUILD)/libplaq.a $(DESTDIR)$(PREFIX)/lib/
	install -m 755 $(BUILD)/libplaq.so $(DESTDIR)$(PREFIX)/lib/libplaq.so.0
	ln -sf libplaq.so.0 $(DESTDIR)$(PREFIX)/lib/libplaq.so
	install -m 644 include/plaq/*.h $(DESTDIR)$(PREFIX)/include/plaq/
	install -m 644 $(BUILD)/plaq.pc $(DESTDIR)$(PREFIX)/lib/pkgconfig/
	install -m 644 README.md LICENSE docs/*.md $(DESTDIR)$(PREFIX)/share/doc/plaq/
	cp -R jobs $(DESTDIR)$(PREFIX)/share/plaq/
	$(BUILD)/plaq help --man > $(BUILD)/plaq.1
	install -m 644 $(BUILD)/plaq.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	$(BUILD)/plaq help --completion bash > $(BUILD)/plaq.bash
	install -m 644 $(BUILD)/plaq.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/plaq

.PHONY: clean
clean: ## removes what was built
	rm -rf $(BUILD)
