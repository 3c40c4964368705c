#pragma once

#include <cstddef>
#include <span>

namespace quantbench::graph {

/// Most entries (nodes, attributes, names, declared values) of a model, subgraphs and functions
/// included. An empty node is two bytes in the file and two hundred in memory; graphs of a hundred
/// thousand nodes have some million entries.
inline constexpr std::size_t kMaxGraphEntries = 4'000'000;

/// Throws Error for an encoded ModelProto of more than `most` entries. Initializers' payloads are
/// passed over.
void require_few_entries(std::span<const std::byte> model, std::size_t most = kMaxGraphEntries);

}  // namespace quantbench::graph
