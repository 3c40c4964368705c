#include "quantbench/deploy/readme.h"

#include <gmock/gmock.h>

namespace quantbench::deploy {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Readme, of_the_row_that_a_search_chose_says_what_was_decided) {
  report::Document result;
  result.spec = {{"task", "text-classification"}, {"metrics", {"accuracy"}}};
  result.benchmarked = {{"name", {"a", "b"}}};
  for (const char* name : {"a", "b"}) {
    store::Row& row = result.rows.emplace_back();
    row.parameters = {{"name", name}};
    row.quantized = true;
  }
  EXPECT_THAT(readme(result, 1, spec::Cell(), Loading()), Not(HasSubstr("confidence")));
  store::Tuning& tuning = result.tuning.emplace();
  tuning.figure = "accuracy";
  tuning.objective = store::Tuning::kLatency;
  tuning.budget = 0.01;
  tuning.confirmation_samples = 436;
  tuning.outcome = store::Tuning::kShown;
  tuning.row = 1;
  tuning.loss = 0.002;
  tuning.bound = 0.0064;
  EXPECT_THAT(
      readme(result, 1, spec::Cell(), Loading()),
      HasSubstr("b is the fastest model found that stays within a loss of 0.01 of accuracy. "
                "It loses at most 0.007 with 95 % confidence on 436 samples."));
  EXPECT_THAT(readme(result, 0, spec::Cell(), Loading()), Not(HasSubstr("confidence")));
}

}  // namespace
}  // namespace quantbench::deploy
