#pragma once

/// Marks a function whose loops the compiler should vectorize once per instruction set; the loader
/// picks the widest that the CPU has. Sanitizers cannot run the picking function, and other
/// processors than x86-64 have one set.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define QUANTBENCH_VECTORIZED \
  __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))
#else
#define QUANTBENCH_VECTORIZED
#endif
