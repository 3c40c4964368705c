#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/search/candidate.h"
#include "quantbench/search/fewest.h"

namespace quantbench::search {

/// A candidate that loses too much, on its way to a model with fewer operators in eight bits: as
/// few operators in float as bring its loss within the budget.
class Mending {
 public:
  /// `broken`: the candidate's place.
  Mending(std::size_t broken, const Candidate& candidate);

  std::size_t broken() const { return broken_; }

  bool is_ranked() const { return !ranked_.empty(); }
  /// Takes its operators over, the most damaging first. `guess`: number of them that are so
  /// damaging that they have to be in float; 0: not known. Of its `quantized` operators those that
  /// are not ranked come last; others are left out.
  void rank(const std::vector<std::string>& operators, std::size_t guess,
            const std::vector<std::string>& quantized);

  std::size_t operators() const { return operators_; }
  /// The largest number in float that is too small.
  std::size_t failed() const { return numbers_.failed; }
  /// Numbers of operators to try in float next, ascending, at most `at_a_time`. Empty: all of them
  /// are too few.
  std::vector<std::size_t> next(std::size_t at_a_time) const;
  void fail(std::size_t count);
  /// The proof refused `count` operators in float (0: the candidate itself): goes on with twice as
  /// many. What the search finds to be just enough is likely to be refused again.
  void refuse(std::size_t count);
  bool was_refused() const { return was_refused_; }

  /// The most damaging `count` operators.
  std::vector<std::string> first(std::size_t count) const;

  /// Its gain with `count` operators in float, if each of them takes an equal part of it. The
  /// operators that are mended first may take less, so it gets some room.
  double hoped_gain(std::size_t count) const;
  /// The gain to hope for with the next number of operators in float. 0 if all numbers were tried.
  double hoped_gain() const;
  /// The largest number of operators in float, above `count`, whose hoped gain is more than
  /// `least`. Returns `count` if no number is like that.
  std::size_t most_with_gain_above(double least, std::size_t count) const;

  /// It was mended, or cannot be.
  void finish() { is_finished_ = true; }
  bool is_finished() const { return is_finished_; }

  /// Its models that were tried, by the number of operators in float.
  std::map<std::size_t, Candidate> tried = {};
  /// Place of the candidate that it became.
  std::optional<std::size_t> taken = {};

 private:
  /// Begins with the root of the number of operators, or with `guess` if it is not 0.
  void begin(std::size_t operators, std::size_t guess);

  std::size_t broken_ = 0;
  double gain_ = 0;
  std::size_t operators_ = 0;
  std::vector<std::string> ranked_;
  Fewest numbers_;          ///< of operators in float
  bool has_guess_ = false;  ///< the next one is a guess that needs no other one beside it
  bool is_finished_ = false;
  bool was_refused_ = false;
};

}  // namespace quantbench::search
