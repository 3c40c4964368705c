# Target quantbench_flags: warnings and sanitizers for all of quantbench's own code.
add_library(quantbench_flags INTERFACE)
target_compile_options(quantbench_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual)
# gcc 12 reports "literal" + std::string as overlapping memory (gcc bug 105651).
target_compile_options(quantbench_flags INTERFACE
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)
if(QUANTBENCH_WERROR)
  target_compile_options(quantbench_flags INTERFACE -Werror)
endif()
if(QUANTBENCH_SANITIZE)
  target_compile_options(quantbench_flags INTERFACE
    -fsanitize=${QUANTBENCH_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(quantbench_flags INTERFACE -fsanitize=${QUANTBENCH_SANITIZE})
  # gcc 12 reports uninitialised values in instrumented standard library code by mistake.
  target_compile_options(quantbench_flags INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()
