# Two commands do everything on a fresh machine: `make demo` and `make test`.
.PHONY: demo test test-asan build bootstrap bootstrap-tests format check-format clean

JOBS ?= $(shell nproc)

demo: build
	./build/quantbench demo --out demo-out

build: bootstrap
	cmake --preset release $(CMAKE_FLAGS)
	cmake --build --preset release -j $(JOBS) --target quantbench_program

test: bootstrap-tests
	cmake --preset release $(CMAKE_FLAGS)
	cmake --build --preset release -j $(JOBS)
	ctest --preset release -j $(JOBS)

bootstrap:
	scripts/bootstrap

bootstrap-tests:
	scripts/bootstrap --tests

format:
	git ls-files '*.h' '*.cpp' | xargs clang-format -i

check-format:
	git ls-files '*.h' '*.cpp' | xargs clang-format --dry-run -Werror

clean:
	rm -rf build build-debug build-asan build-tsan build-fuzz demo-out

# The modules that read a stranger's bytes or do the arithmetic, under AddressSanitizer and UBSan.
SANITIZED = base calibrate checkpoint dataset demo graph hub measure metric model preprocess quantize \
            report spec store
empty :=
space := $(empty) $(empty)
test-asan: bootstrap-tests
	cmake --preset asan $(CMAKE_FLAGS)
	cmake --build --preset asan -j $(JOBS) --target $(addsuffix _test,$(SANITIZED))
	ctest --preset asan -j $(JOBS) -LE oracle -L '^($(subst $(space),|,$(strip $(SANITIZED))))$$'
