#include "quantbench/backend/sagemaker/outputs.h"

#include <filesystem>
#include <string_view>

#include "quantbench/base/hash.h"

namespace quantbench::backend::sagemaker {

namespace {

constexpr std::string_view kResults = "results/";
constexpr std::string_view kDone = "done/";
constexpr std::string_view kProgress = "progress/";
constexpr std::string_view kSuffix = ".json";
constexpr std::size_t kKeyDigits = 64;

}  // namespace

Outputs::Outputs(aws::S3& s3, const Places& places, const RunDirectory& directory,
                 const RunDescription& run)
    : s3_(s3), places_(places), directory_(directory) {
  for (const Shard& shard : run.shards) shards_.insert(shard.name);
}

std::string Outputs::wanted(const std::string& name) const {
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos || !name.ends_with(kSuffix)) return {};
  const std::string kind = name.substr(0, slash + 1);
  if (name.size() < kind.size() + kSuffix.size()) return {};
  const std::string stem = name.substr(kind.size(), name.size() - kind.size() - kSuffix.size());
  const bool is_ours = kind == kResults
                           ? is_hash(stem, kKeyDigits)
                           : (kind == kDone || kind == kProgress) && shards_.contains(stem);
  return is_ours ? name : std::string();
}

void Outputs::fetch() {
  const std::string top = places_.out().key + "/";
  for (const aws::S3Object& object : s3_.list({places_.base.bucket, top})) {
    const std::string name = wanted(object.key.substr(top.size()));
    if (name.empty()) continue;
    const std::filesystem::path file = directory_.root() / name;
    if (name.starts_with(kProgress)) {
      std::string& known = progress_etags_[name];
      if (known == object.etag) continue;
      known = object.etag;
    } else {
      std::error_code ignored;
      if (std::filesystem::exists(file, ignored)) continue;
    }
    s3_.get_file({places_.base.bucket, object.key}, file);
  }
}

}  // namespace quantbench::backend::sagemaker
