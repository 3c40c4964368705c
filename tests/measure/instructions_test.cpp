#include "quantbench/measure/instructions.h"

#include <gmock/gmock.h>

namespace quantbench::measure {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Json kServer = {
    {"instruction_sets", {"avx", "avx2", "avx512f", "avx512_vnni", "amx_tile", "amx_int8"}}};
const Json kOlder = {{"instruction_sets", {"avx", "avx2", "fma"}}};

TEST(Instructions, are_found_in_any_spelling) {
  EXPECT_THAT(
      missing_instructions(kServer, {"avx512", "AVX2", "avx512-vnni", "vnni", "amx", "AMX_INT8"}),
      IsEmpty());
  EXPECT_THAT(missing_instructions(kServer, {}), IsEmpty());
}

TEST(Instructions, that_are_missing_are_named_as_they_were_asked_for) {
  EXPECT_THAT(missing_instructions(kOlder, {"avx512", "AVX2", "vnni", "amx"}),
              ElementsAre("avx512", "vnni", "amx"));
  EXPECT_THAT(missing_instructions(kServer, {"avx512_fp16", "int8", "f"}),
              ElementsAre("avx512_fp16", "int8", "f"));
  EXPECT_THAT(missing_instructions(Json::object(), {"avx2"}), ElementsAre("avx2"));
}

}  // namespace
}  // namespace quantbench::measure
