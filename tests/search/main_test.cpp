// These tests start this program as their worker, so it also needs the approach made for tests.
#include <gtest/gtest.h>

#include <string_view>

#include "quantbench/execute/run.h"
#include "search/spoiling_approach.h"

int main(int argc, char** argv) {
  quantbench::search::test::register_spoiling_approach();
  if (argc == 2 && std::string_view(argv[1]) == "worker") return quantbench::execute::worker_main();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
