#include "quantbench/backend/sagemaker/inputs.h"

#include <algorithm>
#include <vector>

#include "quantbench/backend/sagemaker/start_script.h"
#include "quantbench/base/error.h"

namespace quantbench::backend::sagemaker {

namespace {

namespace fs = std::filesystem;

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

/// The files of a directory, by their names in it.
std::vector<std::string> files_in(const fs::path& directory) {
  std::vector<std::string> out;
  std::error_code failure;
  constexpr auto kFollow = fs::directory_options::follow_directory_symlink;
  for (fs::recursive_directory_iterator at(directory, kFollow, failure), end; at != end;
       at.increment(failure)) {
    if (failure) break;
    std::error_code ignored;
    if (is_hidden(at->path())) {
      if (at->is_directory(ignored)) at.disable_recursion_pending();
    } else if (at->is_regular_file(ignored)) {
      out.push_back(at->path().lexically_relative(directory).generic_string());
    }
  }
  if (failure) throw Error("cannot read the directory: " + failure.message(), directory.string());
  std::sort(out.begin(), out.end());
  return out;
}

void upload(aws::S3& s3, const fs::path& from, const aws::S3Uri& to) {
  std::error_code ignored;
  if (!fs::is_directory(from, ignored)) {
    s3.put_file(to / from.filename().string(), from);
    return;
  }
  const std::vector<std::string> files = files_in(from);
  if (files.empty()) throw Error("the directory has no file", from.string());
  for (const std::string& file : files) s3.put_file(to / file, from / file);
}

}  // namespace

std::string name_in_channel(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored) ? std::string() : path.filename().string();
}

void upload_inputs(aws::S3& s3, const Places& places, const RunDirectory& directory,
                   const RunDescription& run, const Arguments& arguments) {
  if (s3.exists(places.uploaded())) return;
  s3.put_file(places.run() / "run.json", directory.run_file());
  for (const Shard& shard : run.shards) {
    s3.put_file(places.run() / "shards" / (shard.name + ".json"), directory.shard_file(shard.name));
  }
  s3.put(places.run() / "start.sh", start_script());
  upload(s3, run.model, places.model());
  upload(s3, run.dataset, places.dataset());
  if (arguments.program) upload(s3, *arguments.program, places.program());
  s3.put(places.uploaded(), "");
}

}  // namespace quantbench::backend::sagemaker
