#include "quantbench/base/hash.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/lfs_pointer.h"
#include "quantbench/base/memory.h"

namespace quantbench {

namespace {

constexpr std::string_view kHex = "0123456789abcdef";

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace

/// An OpenSSL message digest in progress.
class MessageDigest {
 public:
  MessageDigest(const EVP_MD* kind, const char* name) {
    if (context_ == nullptr || EVP_DigestInit_ex(context_, kind, nullptr) != 1) {
      EVP_MD_CTX_free(context_);
      throw Error(std::string(name) + " is not available in this build of OpenSSL");
    }
  }
  ~MessageDigest() { EVP_MD_CTX_free(context_); }
  MessageDigest(const MessageDigest&) = delete;
  MessageDigest& operator=(const MessageDigest&) = delete;

  void update(std::span<const std::byte> bytes) {
    EVP_DigestUpdate(context_, bytes.data(), bytes.size());
  }

  std::string finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_DigestFinal_ex(context_, digest.data(), &size);
    std::string out;
    for (unsigned int i = 0; i < size; ++i) {
      out += kHex[digest[i] >> 4];
      out += kHex[digest[i] & 15];
    }
    return out;
  }

 private:
  EVP_MD_CTX* context_ = EVP_MD_CTX_new();
};

struct Sha256::State {
  MessageDigest digest{EVP_sha256(), "SHA-256"};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}

Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) { state_->digest.update(bytes); }

void Sha256::update(std::string_view text) { update(bytes_of(text)); }

std::string Sha256::finish() { return state_->digest.finish(); }

struct Md5::State {
  MessageDigest digest{EVP_md5(), "MD5"};
};

Md5::Md5() : state_(std::make_unique<State>()) {}

Md5::~Md5() = default;

void Md5::update(std::string_view text) { state_->digest.update(bytes_of(text)); }

std::string Md5::finish() { return state_->digest.finish(); }

std::string sha256(std::string_view text) {
  Sha256 hash;
  hash.update(text);
  return hash.finish();
}

std::string sha256_file(const std::filesystem::path& path) {
  std::shared_ptr<const MappedFile> file;
  try {
    file = MappedFile::open(path);
  } catch (const LfsPointer&) {
    // Whoever reads the file says what is wrong with it. Its hash is the hash of the pointer.
    std::ifstream pointer(path, std::ios::binary);
    return sha256(std::string(std::istreambuf_iterator<char>(pointer), {}));
  }
  const auto bytes = file->bytes();
  // In pieces, so a file larger than memory can be hashed.
  constexpr std::size_t kPiece = std::size_t{8} << 20;
  Sha256 hash;
  for (std::size_t done = 0; done < bytes.size(); done += kPiece) {
    const std::size_t count = std::min(kPiece, bytes.size() - done);
    hash.update(bytes.subspan(done, count));
    release_pages(bytes.subspan(done, count));
  }
  return hash.finish();
}

std::string git_blob_sha1_file(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  MessageDigest digest(EVP_sha1(), "SHA-1");
  std::string header = "blob " + std::to_string(file->bytes().size());
  header += '\0';
  digest.update(bytes_of(header));
  digest.update(file->bytes());
  return digest.finish();
}

bool is_hash(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of(kHex) == std::string_view::npos;
}

}  // namespace quantbench
