#include "quantbench/measure/energy.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <string>

#include "quantbench/base/file.h"

namespace quantbench::measure {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

/// A powercap tree with one package.
class Energy : public testing::Test {
 protected:
  Energy() { add("intel-rapl:0", "package-0", "1000000", "262143328850"); }

  std::filesystem::path zone(const std::string& name) const {
    return root_.path() / "sys/class/powercap" / name;
  }
  void add(const std::string& zone_name, const std::string& name, const std::string& counter,
           const std::string& range) const {
    write_text(zone(zone_name) / "name", name + "\n");
    write_text(zone(zone_name) / "max_energy_range_uj", range + "\n");
    count(zone_name, counter);
  }
  void count(const std::string& zone_name, const std::string& microjoules) const {
    write_text(zone(zone_name) / "energy_uj", microjoules + "\n");
  }
  EnergyMeter meter() const { return EnergyMeter(root_.path()); }

  TemporaryDirectory root_;
};

TEST_F(Energy, is_what_the_counter_gained) {
  EnergyMeter since = meter();
  count("intel-rapl:0", "3500000");
  EXPECT_THAT(since.joules(), Optional(2.5));
  count("intel-rapl:0", "4000000");
  EXPECT_THAT(since.joules(), Optional(3.0)) << "since the start, not since the last look";
}

TEST_F(Energy, adds_up_packages_but_not_their_parts_or_what_contains_them) {
  add("intel-rapl:1", "package-1", "0", "262143328850");
  add("intel-rapl:0:0", "core", "0", "262143328850");
  add("intel-rapl:0:1", "dram", "0", "65532610987");
  add("intel-rapl:2", "psys", "0", "262143328850");
  add("intel-rapl-mmio:0", "package-0", "0", "262143328850");
  write_text(zone("intel-rapl") / "enabled", "1\n");
  EXPECT_THAT(package_energy_zones(root_.path()),
              ElementsAre(zone("intel-rapl:0"), zone("intel-rapl:1")));
  EnergyMeter since = meter();
  count("intel-rapl:0", "2000000");
  for (const char* other :
       {"intel-rapl:1", "intel-rapl:0:0", "intel-rapl:0:1", "intel-rapl:2", "intel-rapl-mmio:0"}) {
    count(other, "500000");
  }
  EXPECT_THAT(since.joules(), Optional(1.5));
}

TEST_F(Energy, goes_on_where_the_counter_begins_again_at_zero) {
  add("intel-rapl:0", "package-0", "65000000", "65532610");
  EnergyMeter since = meter();
  count("intel-rapl:0", "467390");
  EXPECT_THAT(since.joules(), Optional(1.0));
  count("intel-rapl:0", "65000000");
  count("intel-rapl:0", "467390");
  EXPECT_THAT(since.joules(), Optional(1.0)) << "a whole round without a look is not seen";
  count("intel-rapl:0", "10000000");
  EXPECT_THAT(since.joules(), Optional(10.53261));
  count("intel-rapl:0", "1000000");
  EXPECT_THAT(since.joules(), Optional(67.06522));
}

TEST_F(Energy, is_unknown_where_a_round_has_no_known_length) {
  for (const char* range : {"0", "half", ""}) {
    add("intel-rapl:0", "package-0", "1000000", range);
    EnergyMeter since = meter();
    count("intel-rapl:0", "10");
    EXPECT_EQ(since.joules(), std::nullopt) << range;
    count("intel-rapl:0", "2000000");
    EXPECT_EQ(since.joules(), std::nullopt) << "what was missed is not known later";
  }
}

TEST_F(Energy, is_unknown_where_one_package_cannot_be_read) {
  write_text(zone("intel-rapl:1") / "name", "package-1\n");
  EXPECT_EQ(read_energy_counter(zone("intel-rapl:1")), std::nullopt);
  EnergyMeter since = meter();
  count("intel-rapl:0", "2000000");
  EXPECT_EQ(since.joules(), std::nullopt);
  count("intel-rapl:1", "garbage");
  EXPECT_EQ(read_energy_counter(zone("intel-rapl:1")), std::nullopt);
}

TEST_F(Energy, is_unknown_where_the_counter_vanishes) {
  EnergyMeter since = meter();
  std::filesystem::remove(zone("intel-rapl:0") / "energy_uj");
  EXPECT_EQ(since.joules(), std::nullopt);
}

TEST_F(Energy, is_unknown_where_the_counter_stands_still) {
  EnergyMeter since = meter();
  EXPECT_EQ(since.joules(), std::nullopt);
  count("intel-rapl:0", "1000001");
  EXPECT_THAT(since.joules(), Optional(1e-6));
}

TEST(EnergyMeter, without_powercap_knows_nothing) {
  const TemporaryDirectory empty;
  EXPECT_THAT(package_energy_zones(empty.path()), IsEmpty());
  EXPECT_EQ(EnergyMeter(empty.path()).joules(), std::nullopt);
}

}  // namespace
}  // namespace quantbench::measure
