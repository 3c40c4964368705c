#pragma once

/// Marks a function whose loops the compiler vectorizes once per instruction set. The loader picks
/// the widest set of the CPU. Sanitizers do not support this, and processors other than x86-64 have
/// one set only.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define QUANTBENCH_VECTORIZED \
  __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))
#else
#define QUANTBENCH_VECTORIZED
#endif
