#include "quantbench/hub/repository.h"

#include <algorithm>

#include "quantbench/base/error.h"
#include "quantbench/base/hash.h"
#include "quantbench/base/text.h"

namespace quantbench::hub {

namespace {

bool is_name_part(std::string_view part) {
  const auto is_edge = [](char c) { return c == '-' || c == '.'; };
  if (part.empty() || is_edge(part.front()) || is_edge(part.back())) return false;
  return std::all_of(part.begin(), part.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 128 && (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.');
  });
}

}  // namespace

std::string Repository::description() const {
  return (type == RepositoryType::kModel ? "model '" : "data set '") + name + "'";
}

std::string Repository::folder() const {
  std::string out = type == RepositoryType::kModel ? "models--" : "datasets--";
  for (const char c : name) out += c == '/' ? std::string("--") : std::string(1, c);
  return out;
}

bool is_repository_name(std::string_view name) {
  if (name.size() > 96 || name.find("--") != std::string_view::npos ||
      name.find("..") != std::string_view::npos || name.ends_with(".git")) {
    return false;
  }
  const std::vector<std::string> parts = split(name, '/');
  return parts.size() <= 2 && std::all_of(parts.begin(), parts.end(), is_name_part);
}

bool is_commit(std::string_view text) { return is_hash(text, 40); }

bool is_relative_file(std::string_view path) {
  for (const std::string& part : split(path, '/')) {
    if (part.empty() || part == "." || part == ".." || part.size() > 255) return false;
  }
  return std::none_of(path.begin(), path.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\\' || c == '\x7f';
  });
}

void require_no_revision(RepositoryType type, const std::string& local,
                         const std::optional<std::string>& revision) {
  if (!revision) return;
  throw Error("'" + local + "' is a local directory; it has no revision '" + *revision + "'", {},
              std::string("revision applies to a ") +
                  (type == RepositoryType::kModel ? "model" : "data set") + " of the Hub");
}

void check_repository(const Repository& repository) {
  if (!is_repository_name(repository.name)) {
    throw Error("'" + repository.name + "' is neither a local directory nor a name of the Hub", {},
                "such a name is NAME or OWNER/NAME");
  }
  if (!is_relative_file(repository.revision)) {
    throw Error("'" + repository.revision + "' is not a valid revision", {},
                "use a branch, a tag or a commit hash");
  }
}

}  // namespace quantbench::hub
