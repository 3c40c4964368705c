#include "quantbench/base/error.h"

#include <gtest/gtest.h>

#include <string>

namespace quantbench {
namespace {

TEST(Error, is_one_line_with_place_problem_and_hint) {
  const Error error("unknown key 'per_chanel'", "spec.yaml:12", "did you mean 'per_channel'?");
  EXPECT_STREQ(error.what(),
               "spec.yaml:12: unknown key 'per_chanel' (did you mean 'per_channel'?)");
}

TEST(Error, leaves_out_the_parts_that_are_empty) {
  EXPECT_STREQ(Error("no model").what(), "no model");
}

TEST(Error, gets_outer_places_in_front) {
  try {
    with_context("model.safetensors", [] { throw Error("offset outside the file", "tensor 'w'"); });
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "model.safetensors: tensor 'w': offset outside the file");
    EXPECT_EQ(error.problem(), "offset outside the file");
  }
}

TEST(Error, never_spans_lines_whatever_a_file_name_holds) {
  EXPECT_STREQ(Error("bad\nname", "a\tb\x7f").what(), "a b\\x7f: bad name");
}

TEST(Error, shows_the_control_characters_of_a_file_name) {
  EXPECT_STREQ(Error("no such file", "\x1b[31m.onnx").what(), "\\x1b[31m.onnx: no such file");
}

}  // namespace
}  // namespace quantbench
