#include "quantbench/measure/machine.h"

#include <gmock/gmock.h>

#include "quantbench/base/parallel.h"

namespace quantbench::measure {
namespace {

Json facts_of(const std::string& flags) {
  return machine_facts({"processor\t: 0\nmodel name\t: Test CPU @ 2.00GHz\nflags\t\t: " + flags +
                            "\n\nprocessor\t: 1\nmodel name\t: other\n",
                        "performance\n"});
}

TEST(MachineFacts, name_the_cpu_and_the_instruction_sets_that_matter) {
  const Json facts = facts_of("fpu sse2 avx2 avx512f avx512_vnni");
  EXPECT_EQ(facts.at("cpu"), "Test CPU @ 2.00GHz");
  EXPECT_EQ(facts.at("instruction_sets"), Json({"avx2", "avx512f", "avx512_vnni"}));
  EXPECT_EQ(facts.at("governor"), "performance");
}

TEST(MachineFacts, of_this_machine_are_complete) {
  const Json facts = machine_facts();
  EXPECT_NE(facts.at("cpu"), "");
  EXPECT_EQ(facts.at("usable_cores"), usable_cores());
  EXPECT_GT(facts.at("memory_bytes").get<std::uint64_t>(), 1U << 26);
  EXPECT_THAT(facts.at("system").get<std::string>(), testing::StartsWith("Linux "));
  EXPECT_EQ(machine_key(facts), machine_key(machine_facts()));
}

TEST(MachineFacts, flag_cpus_whose_u8s8_products_saturate) {
  Json facts = facts_of("avx2 avx512f avx512bw");
  facts["architecture"] = "x86_64";
  EXPECT_TRUE(u8s8_saturates(facts));
  for (const char* cure : {"avx512_vnni", "avx_vnni", "amx_int8"}) {
    Json cured = facts_of(std::string("avx2 ") + cure);
    cured["architecture"] = "x86_64";
    EXPECT_FALSE(u8s8_saturates(cured)) << cure;
  }
  facts["architecture"] = "aarch64";
  EXPECT_FALSE(u8s8_saturates(facts));
}

TEST(MachineKey, changes_with_the_cpu_and_not_with_a_kernel_update) {
  Json facts = facts_of("avx2");
  const std::string key = machine_key(facts);
  facts["system"] = "Linux 99";
  EXPECT_EQ(machine_key(facts), key);
  facts["cpu"] = "another";
  EXPECT_NE(machine_key(facts), key);
}

}  // namespace
}  // namespace quantbench::measure
