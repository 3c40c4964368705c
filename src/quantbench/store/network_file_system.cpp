#include "quantbench/store/network_file_system.h"

#include <sys/vfs.h>

#include <array>
#include <system_error>
#include <utility>

#include "quantbench/base/error.h"

namespace quantbench::store {

namespace {

/// statfs(2), and the headers of the file systems that the kernel does not have.
constexpr std::array<std::pair<unsigned long, const char*>, 9> kNetworkFileSystems = {
    {{0x6969, "NFS"},
     {0x0BD00BD0, "Lustre"},
     {0x47504653, "GPFS"},
     {0x19830326, "BeeGFS"},
     {0x00C36400, "Ceph"},
     {0xFF534D42, "CIFS"},
     {0xFE534D42, "SMB2"},
     {0x5346414F, "AFS"},
     {0x6B414653, "AFS"}}};

}  // namespace

std::string network_file_system(unsigned long f_type) {
  for (const auto& [type, name] : kNetworkFileSystems) {
    // f_type is signed and of 32 bits on some machines.
    if (type == (f_type & 0xFFFFFFFFUL)) return name;
  }
  return {};
}

std::string network_file_system(const std::filesystem::path& path) {
  std::error_code failure;
  std::filesystem::path existing = std::filesystem::absolute(path, failure);
  if (failure) return {};
  while (!std::filesystem::exists(existing, failure) && existing != existing.root_path()) {
    existing = existing.parent_path();
  }
  struct statfs found {};
  if (::statfs(existing.c_str(), &found) != 0) return {};
  return network_file_system(static_cast<unsigned long>(found.f_type));
}

void refuse_network_file_system(const std::filesystem::path& path, const std::string& name) {
  if (name.empty()) return;
  throw Error("the store lies on " + name + ", where SQLite cannot keep it from damage",
              path.string(),
              "name a file on a disk of this machine with --store or QUANTBENCH_STORE");
}

void require_local_file_system(const std::filesystem::path& path) {
  refuse_network_file_system(path, network_file_system(path));
}

}  // namespace quantbench::store
