#include "cli/progress_display.h"

#include <gtest/gtest.h>

#include <string>

#include "cli/terminal.h"

namespace quantbench::cli {
namespace {

execute::Event event(double share, double seconds_left) {
  execute::Event out;
  out.stage = "evaluate";
  out.subject = "operators_to_quantize ['Add', 'MatMul'], per_channel True";
  out.share = share;
  out.seconds_left = seconds_left;
  return out;
}

TEST(ProgressBar, shows_share_stage_cell_and_time_left) {
  EXPECT_EQ(bar_text(event(0.5, 12), 120),
            "[##########..........]  50%  evaluate  operators_to_quantize ['Add', 'MatMul'], "
            "per_channel True  12 s left");
}

TEST(ProgressBar, never_passes_the_width_and_keeps_the_time_left) {
  for (std::size_t width = 1; width < 130; ++width)
    EXPECT_LE(display_width(bar_text(event(0.5, 12), width)), width);
  const std::string text = bar_text(event(0.5, 12), 60);
  EXPECT_NE(text.find("12 s left"), std::string::npos) << text;
}

TEST(ProgressBar, survives_shares_outside_their_range) {
  EXPECT_NE(bar_text(event(1.5, 0), 80).find("100%"), std::string::npos);
  EXPECT_NE(bar_text(event(-1, 0), 80).find("  0%"), std::string::npos);
}

TEST(ProgressBar, of_a_download_shows_bytes_and_the_time_at_its_own_rate) {
  const hub::DownloadProgress download{"acme/tiny", "model.safetensors", 60'000'000, 100'000'000};
  // 20 MB in 10 s, after 40 MB of an earlier try.
  EXPECT_EQ(
      bar_text(download_event(download, 40'000'000, 10), 120),
      "[############........]  60%  download  model.safetensors  60.0 of 100.0 MB of acme/tiny"
      "  20 s left");
}

TEST(ProgressBar, of_several_downloads_is_that_of_all_of_them) {
  hub::DownloadProgress download{"acme/tiny", "model-00003-of-00012.safetensors", 10'000'000,
                                 10'000'000};
  download.fetch = {60'000'000, 100'000'000, 12, 5};
  EXPECT_EQ(bar_text(download_event(download, 40'000'000, 10), 120),
            "[############........]  60%  download  5 of 12 files  60.0 of 100.0 MB of acme/tiny"
            "  20 s left");
}

TEST(Duration, is_written_in_the_units_people_use) {
  EXPECT_EQ(duration_text(3.2), "4 s");
  EXPECT_EQ(duration_text(65), "1 min 05 s");
  EXPECT_EQ(duration_text(7380), "2 h 03 min");
  EXPECT_EQ(duration_text(-1), "?");
}

TEST(TextTable, pads_columns_to_their_widest_cell_counting_characters) {
  const TextTable table{{{"name"}, {"ms", Align::kRight}}, {{"é", "1.00"}, {"longer", "10.00"}}};
  EXPECT_EQ(table.render(),
            "name       ms\n"
            "------  -----\n"
            "é        1.00\n"
            "longer  10.00\n");
}

}  // namespace
}  // namespace quantbench::cli
