#include "quantbench/base/lfs_pointer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <filesystem>

#include "quantbench/base/error.h"

namespace quantbench {

namespace {

/// Longer files are never pointers (git-lfs.com/spec).
constexpr std::size_t kLongestPointer = 1024;

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Size of the file that the pointer stands for; 0 if it does not say.
std::uint64_t size_of_target(std::string_view pointer) {
  constexpr std::string_view kKey = "\nsize ";
  const std::size_t at = pointer.find(kKey);
  std::uint64_t size = 0;
  if (at == std::string_view::npos) return size;
  const char* digits = pointer.data() + at + kKey.size();
  std::from_chars(digits, pointer.data() + pointer.size(), size);
  return size;
}

std::string in_words(std::uint64_t bytes) {
  constexpr std::uint64_t kMillion = 1'000'000;
  if (bytes >= kMillion) {
    return fmt::format("{:.1f} MB", static_cast<double>(bytes) / static_cast<double>(kMillion));
  }
  return fmt::format("{} bytes", bytes);
}

}  // namespace

bool is_lfs_pointer(std::string_view text) {
  constexpr std::array<std::string_view, 3> kFirstLines = {
      "version https://git-lfs.github.com/spec/", "version https://hawser.github.com/spec/",
      "version http://git-media.io/v/"};
  return text.size() <= kLongestPointer &&
         std::ranges::any_of(kFirstLines, [&](auto line) { return text.starts_with(line); });
}

bool is_lfs_pointer(std::span<const std::byte> bytes) { return is_lfs_pointer(as_text(bytes)); }

void refuse_lfs_pointer(std::string_view text, const std::string& where) {
  if (!is_lfs_pointer(text)) return;
  const std::uint64_t size = size_of_target(text);
  const std::string directory = std::filesystem::path(where).parent_path().string();
  throw LfsPointer("is a Git LFS pointer, not the file itself" +
                       (size == 0 ? std::string() : ", which has " + in_words(size)),
                   where,
                   "fetch it: cd " + (directory.empty() ? "." : directory) +
                       " && git lfs install && git lfs pull; without git lfs, download it from the "
                       "repository's page");
}

void refuse_lfs_pointer(std::span<const std::byte> bytes, const std::string& where) {
  refuse_lfs_pointer(as_text(bytes), where);
}

}  // namespace quantbench
