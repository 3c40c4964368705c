// These tests start this program as their worker.
#include <gtest/gtest.h>

#include <string_view>

#include "quantbench/execute/run.h"

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "worker") return quantbench::execute::worker_main();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
