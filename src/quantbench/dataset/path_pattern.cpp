#include "quantbench/dataset/path_pattern.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace quantbench::dataset {

namespace {

/// An element of a pattern.
struct Piece {
  enum class Kind {
    kCharacter,
    kSet,
    kAnyCharacter,
    kAnyName,         // "*"
    kAnyPath,         // "**"
    kAnyDirectories,  // "**/" at the start of a name
  } kind = Kind::kCharacter;
  char character = 0;
  std::string_view set = {};
  bool negated = false;
};

/// The text between brackets; moves the cursor behind it. nullopt if no bracket closes.
std::optional<std::string_view> bracketed(std::string_view pattern, std::size_t& cursor) {
  // A "]" in first position is one of the characters.
  std::size_t start = cursor + 1;
  if (start < pattern.size() && pattern[start] == '!') ++start;
  const std::size_t end = pattern.find(']', start + 1);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view inside = pattern.substr(cursor + 1, end - cursor - 1);
  cursor = end + 1;
  return inside;
}

std::vector<Piece> pieces_of(std::string_view pattern) {
  std::vector<Piece> pieces;
  std::size_t i = 0;
  while (i < pattern.size()) {
    if (pattern[i] == '*') {
      std::size_t end = i;
      while (end < pattern.size() && pattern[end] == '*') ++end;
      const bool deep = end - i > 1;
      const bool directories =
          deep && (i == 0 || pattern[i - 1] == '/') && end < pattern.size() && pattern[end] == '/';
      pieces.push_back({directories ? Piece::Kind::kAnyDirectories
                        : deep      ? Piece::Kind::kAnyPath
                                    : Piece::Kind::kAnyName});
      i = directories ? end + 1 : end;
    } else if (pattern[i] == '?') {
      pieces.push_back({Piece::Kind::kAnyCharacter});
      ++i;
    } else if (pattern[i] == '[') {
      if (const auto inside = bracketed(pattern, i)) {
        const bool negated = inside->starts_with('!');
        pieces.push_back({Piece::Kind::kSet, 0, inside->substr(negated ? 1 : 0), negated});
      } else {
        pieces.push_back({Piece::Kind::kCharacter, pattern[i++]});
      }
    } else {
      pieces.push_back({Piece::Kind::kCharacter, pattern[i++]});
    }
  }
  return pieces;
}

bool in_set(const Piece& piece, char c) {
  bool found = false;
  for (std::size_t i = 0; i < piece.set.size(); ++i) {
    if (i + 2 < piece.set.size() && piece.set[i + 1] == '-') {
      found = found || (piece.set[i] <= c && c <= piece.set[i + 2]);
      i += 2;
    } else {
      found = found || piece.set[i] == c;
    }
  }
  return found != piece.negated;
}

bool takes(const Piece& piece, char c) {
  if (piece.kind == Piece::Kind::kCharacter) return c == piece.character;
  if (piece.kind == Piece::Kind::kSet) return c != '/' && in_set(piece, c);
  return c != '/' || piece.kind == Piece::Kind::kAnyPath;
}

/// Where in the path this element and the later ones may start. `behind[i]`: whether the later
/// elements match the path from i on.
std::vector<bool> starts_of(const Piece& piece, std::string_view path,
                            const std::vector<bool>& behind) {
  std::vector<bool> starts(path.size() + 1);
  bool behind_a_slash = false;
  for (std::size_t i = path.size() + 1; i-- > 0;) {
    const bool character = i < path.size();
    switch (piece.kind) {
      case Piece::Kind::kCharacter:
      case Piece::Kind::kSet:
      case Piece::Kind::kAnyCharacter:
        starts[i] = character && takes(piece, path[i]) && behind[i + 1];
        break;
      case Piece::Kind::kAnyName:
      case Piece::Kind::kAnyPath:
        starts[i] = behind[i] || (character && takes(piece, path[i]) && starts[i + 1]);
        break;
      case Piece::Kind::kAnyDirectories:
        behind_a_slash = behind_a_slash || (character && path[i] == '/' && behind[i + 1]);
        starts[i] = behind[i] || behind_a_slash;
        break;
    }
  }
  return starts;
}

}  // namespace

bool path_matches(std::string_view pattern, std::string_view path) {
  while (pattern.starts_with("./")) pattern.remove_prefix(2);
  const std::vector<Piece> pieces = pieces_of(pattern);
  std::vector<bool> matches(path.size() + 1);
  matches[path.size()] = true;
  for (std::size_t i = pieces.size(); i-- > 0;) matches = starts_of(pieces[i], path, matches);
  return matches[0];
}

}  // namespace quantbench::dataset
