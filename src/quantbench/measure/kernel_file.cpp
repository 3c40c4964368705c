#include "quantbench/measure/kernel_file.h"

#include <fstream>
#include <sstream>

namespace quantbench::measure {

std::string read_kernel_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace quantbench::measure
