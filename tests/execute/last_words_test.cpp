#include "quantbench/execute/last_words.h"

#include <gtest/gtest.h>

namespace quantbench::execute {
namespace {

LastWords words_of(std::initializer_list<const char*> lines) {
  LastWords words;
  for (const char* line : lines) words.add(line);
  return words;
}

TEST(LastWords, are_the_last_line_that_is_not_of_a_trace) {
  EXPECT_EQ(words_of({"one", "free(): invalid pointer", "  "}).text(), "free(): invalid pointer");
  const LastWords panic = words_of(
      {"thread '<unnamed>' panicked at src/lib.rs:12:5:", "the vocabulary is empty",
       "stack backtrace:", "   0: rust_begin_unwind",
       "             at /rustc/1/library/std/src/panicking.rs:645:5",
       "note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace."});
  EXPECT_EQ(panic.text(), "the vocabulary is empty");
  EXPECT_FALSE(panic.tell_of_memory());
  EXPECT_EQ(words_of({"12:30:01 started"}).text(), "12:30:01 started");
  EXPECT_EQ(words_of({}).text(), "");
}

TEST(LastWords, are_those_about_memory_where_there_are_some) {
  const LastWords words = words_of({"loading", "memory allocation of 65536 bytes failed",
                                    "fatal runtime error: failed to initiate panic, error 5"});
  EXPECT_TRUE(words.tell_of_memory());
  EXPECT_EQ(words.text(), "memory allocation of 65536 bytes failed");
  EXPECT_TRUE(words_of({"terminate called after throwing an instance of 'std::bad_alloc'",
                        "  what():  std::bad_alloc"})
                  .tell_of_memory());
}

TEST(NotEnoughMemory, comes_before_what_a_library_said) {
  EXPECT_TRUE(tells_of_memory("Exception during initialization: std::bad_alloc"));
  EXPECT_FALSE(tells_of_memory("the model has no memory of its own"));
  EXPECT_TRUE(not_enough_memory("std::bad_alloc").starts_with("not enough memory: std::bad_alloc"));
  EXPECT_TRUE(not_enough_memory("").starts_with("not enough memory"));
}

}  // namespace
}  // namespace quantbench::execute
