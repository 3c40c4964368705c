#pragma once

#include <cstdint>

namespace quantbench::analysis {

/// How two models judged the same samples, each of them right or wrong.
struct RightWrong {
  std::int64_t samples = 0;
  std::int64_t lost = 0;    ///< the first model is right, the second one wrong
  std::int64_t gained = 0;  ///< the other way round

  /// The share of right samples of the first model, less that share of the second.
  double loss() const { return static_cast<double>(lost - gained) / static_cast<double>(samples); }
};

/// The score statistic of the hypothesis that the loss is `loss`, between -1 and 1 (Tango,
/// "Equivalence test and confidence interval for the difference in proportions for the
/// paired-sample design", Statistics in Medicine 17, 1998): observed less expected loss, divided by
/// its standard error under the hypothesis. The rate of gained samples in the standard error is the
/// most likely one under the hypothesis.
double score_statistic(const RightWrong& found, double loss);

/// Tango's bound: the loss at which the score statistic is -z. With many changed samples, larger
/// losses are excluded with the given confidence. With few, the confidence may be lower: a loss of
/// 0.01 is excluded in 6.8 % of all cases where 268 samples are given and none is gained.
double score_bound(const RightWrong& found, double confidence);

/// A bound that keeps its confidence with any number of changed samples: an exact, unconditional
/// test of each loss, ordered by the score statistic (Hsueh, Liu and Chen, Biometrics 57, 2001).
/// Excluded is a loss under which a statistic as low as the observed one has a probability of at
/// most 1 - confidence. This probability depends on the rate of gained samples, which is not known.
/// The largest one counts, over the 99.9 % interval of this rate; the remaining 0.1 % is added to
/// the probability (Berger and Boos, Journal of the American Statistical Association 89, 1994).
///
/// `samples` must be positive. The cost rises with the number of changed samples: a few
/// milliseconds for 50, half a second for 10,000.
double exact_bound(const RightWrong& found, double confidence);

}  // namespace quantbench::analysis
