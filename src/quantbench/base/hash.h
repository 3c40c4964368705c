#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace quantbench {

/// SHA-256 (FIPS 180-4), updated piece by piece. Used for stage keys and download checks.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::span<const std::byte> bytes);
  void update(std::string_view text);
  /// 64 lower-case hexadecimal digits. Call once.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// MD5 (RFC 1321), for checks against servers that announce nothing else. No protection against
/// anybody.
class Md5 {
 public:
  /// Throws Error where OpenSSL refuses MD5 (FIPS mode).
  Md5();
  ~Md5();
  Md5(const Md5&) = delete;
  Md5& operator=(const Md5&) = delete;

  void update(std::string_view text);
  /// 32 lower-case hexadecimal digits. Call once.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256(std::string_view text);
/// Throws Error if the file cannot be read.
std::string sha256_file(const std::filesystem::path& path);

/// Git's object name of a file's content: SHA-1 over "blob SIZE\0" and the bytes, 40 lower-case
/// hexadecimal digits (gitformat-loose(5)). Throws Error if the file cannot be read.
std::string git_blob_sha1_file(const std::filesystem::path& path);

/// Whether the text is `digits` lower-case hexadecimal digits, the form of the hashes above.
bool is_hash(std::string_view text, std::size_t digits);

}  // namespace quantbench
