#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/aws/client.h"

namespace quantbench::aws {

/// "s3://bucket/key".
struct S3Uri {
  std::string bucket;
  std::string key;  ///< may be empty: the whole bucket

  /// Throws Error for another text, a bucket's name that S3 does not allow, and a key with "." or
  /// ".." as a part, which addresses do not keep.
  static S3Uri parse(const std::string& text);
  std::string text() const { return "s3://" + bucket + "/" + key; }
  /// With `name` behind the key, one '/' between.
  S3Uri operator/(const std::string& name) const;
};

/// An object of a listing.
struct S3Object {
  std::string key;
  std::uint64_t size = 0;
  std::string etag;  ///< without quotes; changes with the content
};

/// Amazon S3 (https://docs.aws.amazon.com/AmazonS3/latest/API). Objects carry their SHA-256 in
/// x-amz-meta-quantbench-sha256, and each upload is checked by S3 against x-amz-content-sha256. A
/// bucket in another region is found from S3's own answer.
///
/// All functions throw ServiceError, Interrupted and Error.
class S3 {
 public:
  /// `client` must outlive it.
  explicit S3(Client& client) : client_(client) {}

  void put(const S3Uri& to, std::string_view content);
  /// Large files go in parts (Options::multipart_from); a failed upload leaves no parts behind.
  void put_file(const S3Uri& to, const std::filesystem::path& file);

  /// At most 64 MiB. The content is checked, see get_file.
  std::string get(const S3Uri& from);
  /// Writes the file when all of it has come and its hash is right: SHA-256 that we or S3 noted,
  /// else the ETag where it is an MD5. A body that does not match is an Error, and no file is
  /// written. An object with neither (of SSE-KMS, or sent in parts by others) is checked for its
  /// length only.
  void get_file(const S3Uri& from, const std::filesystem::path& file);

  bool exists(const S3Uri& object);
  /// Objects whose key starts with `prefix`'s, sorted by key, however many there are.
  std::vector<S3Object> list(const S3Uri& prefix);
  void remove(const S3Uri& object);

 private:
  struct Page {
    std::vector<S3Object> objects;
    std::string next;  ///< token; "": it is the last
  };

  Page list_page(const S3Uri& prefix, int most, const std::string& token);
  HttpResponse send(const S3Uri& object, const std::string& query, Request request);
  void put_bytes(const S3Uri& to, std::string_view content, const std::string& hash);
  void put_parts(const S3Uri& to, std::string_view content, const std::string& hash);
  HttpResponse download(const S3Uri& from, const std::function<void()>& start,
                        const std::function<void(std::string_view piece)>& take);
  std::string url_of(const S3Uri& object, const std::string& query,
                     const std::string& region) const;

  Client& client_;
  std::map<std::string, std::string> regions_;  ///< of buckets elsewhere
};

}  // namespace quantbench::aws
