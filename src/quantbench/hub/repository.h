#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace quantbench::hub {

enum class RepositoryType { kModel, kDataset };

/// A repository of the Hub at a revision.
struct Repository {
  RepositoryType type = RepositoryType::kModel;
  /// "glue" or "nyu-mll/glue".
  std::string name;
  /// A branch, a tag, "refs/convert/parquet" or a commit's hash.
  std::string revision = "main";

  /// "model 'x'", "data set 'x'": for messages.
  std::string description() const;
  /// Its directory in the cache: "models--org--name".
  std::string folder() const;
};

/// True for a valid repository name: NAME or OWNER/NAME of letters, digits, '-', '_' and '.', at
/// most 96 characters, without "--" and "..", and without '-' or '.' at either end
/// (huggingface_hub, validate_repo_id).
bool is_repository_name(std::string_view name);

/// 40 lower-case hexadecimal digits.
bool is_commit(std::string_view text);

/// True for a path that stays in its directory: parts separated by single '/', no part empty, "."
/// or "..", no backslash and no control character.
bool is_relative_file(std::string_view path);

/// Throws Error if a local path has a revision; only Hub repositories have revisions.
void require_no_revision(RepositoryType type, const std::string& local,
                         const std::optional<std::string>& revision);

/// Throws Error for an invalid name or revision.
void check_repository(const Repository& repository);

}  // namespace quantbench::hub
