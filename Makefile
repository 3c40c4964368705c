# Two commands do everything on a fresh machine: `make demo` and `make test`.
.PHONY: demo test test-asan build bootstrap bootstrap-tests format check-format fresh fresh-trixie clean

JOBS ?= $(shell nproc)

demo: build
	./build/quantbench demo --out demo-out --overwrite

build: bootstrap
	@scripts/progress --quiet configure cmake --preset release $(CMAKE_FLAGS)
	@scripts/progress build cmake --build --preset release -j $(JOBS) --target quantbench_program

test: bootstrap-tests
	@scripts/progress --quiet configure cmake --preset release -DQUANTBENCH_BUILD_TESTS=ON $(CMAKE_FLAGS)
	@scripts/progress build cmake --build --preset release -j $(JOBS)
	@scripts/progress test ctest --preset release -j $(JOBS)

bootstrap:
	@scripts/bootstrap

bootstrap-tests:
	@scripts/bootstrap --tests

# `make demo` on a machine that has nothing: a bare root of Debian 12, and of Debian 13 before a release.
fresh:
	scripts/fresh-machine

fresh-trixie:
	scripts/fresh-machine --suite trixie

format:
	git ls-files '*.h' '*.cpp' | xargs clang-format -i

check-format:
	git ls-files '*.h' '*.cpp' | xargs clang-format --dry-run -Werror

clean:
	rm -rf build build-debug build-asan build-tsan build-fuzz demo-out

# The modules that read a stranger's bytes or do the arithmetic, under AddressSanitizer and UBSan.
SANITIZED = aws base calibrate checkpoint dataset demo graph hub measure metric model preprocess quantize \
            report spec store
empty :=
space := $(empty) $(empty)
test-asan: bootstrap-tests
	@scripts/progress --quiet configure cmake --preset asan $(CMAKE_FLAGS)
	@scripts/progress build cmake --build --preset asan -j $(JOBS) --target $(addsuffix _test,$(SANITIZED))
	@scripts/progress test ctest --preset asan -j $(JOBS) -LE oracle -L '^($(subst $(space),|,$(strip $(SANITIZED))))$$'
