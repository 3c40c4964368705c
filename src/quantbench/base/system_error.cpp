#include "quantbench/base/system_error.h"

#include <string>

namespace quantbench {

Error error_of(const std::filesystem::filesystem_error& error) {
  // libstdc++: "filesystem error: cannot get file size: Permission denied [/root/x]".
  constexpr std::string_view kPrefix = "filesystem error: ";
  std::string problem = error.what();
  if (problem.starts_with(kPrefix)) problem.erase(0, kPrefix.size());
  const std::string reason = error.code().message();
  if (const std::size_t at = problem.find(reason); at != std::string::npos) {
    problem.erase(at + reason.size());
  }
  // "status: Permission denied": the function that asked whether there is such a file.
  if (problem.starts_with("status: ") || problem.starts_with("symlink_status: ")) {
    problem = "cannot access: " + reason;
  }
  std::string where = error.path1().string();
  if (!error.path2().empty()) where += ", " + error.path2().string();
  return Error(problem, where.empty() ? "the current directory" : where);
}

Error error_of(const std::system_error& error) {
  if (error.code() == std::errc::resource_unavailable_try_again) {
    return Error("cannot start a thread: " + error.code().message(), {},
                 "there is not enough memory, or there are too many processes (ulimit -v, -u)");
  }
  return Error(std::string("the system refuses: ") + error.what());
}

}  // namespace quantbench
