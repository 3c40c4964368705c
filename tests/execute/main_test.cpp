// These tests start this program as their worker, so it also needs the stages made for
// tests.
#include <gtest/gtest.h>

#include <string_view>

#include "execute/test_stages.h"
#include "execute/timed_stages.h"
#include "execute/turning_approach.h"
#include "quantbench/execute/run.h"

int main(int argc, char** argv) {
  quantbench::execute::test::register_test_stages();
  quantbench::execute::test::register_timed_stages();
  quantbench::execute::test::register_turning_approach();
  if (argc == 2 && std::string_view(argv[1]) == "worker") return quantbench::execute::worker_main();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
