#include "quantbench/base/retry.h"

#include <gmock/gmock.h>

#include <ctime>

namespace quantbench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

HttpResponse asking(const std::string& value) {
  HttpResponse response;
  response.headers = {{"retry-after", value}};
  return response;
}

TEST(Retry, after_is_read_as_seconds_and_as_a_date) {
  EXPECT_EQ(retry_after(asking("7")), seconds(7));
  EXPECT_EQ(retry_after(asking("99999999")), seconds(1000000));
  EXPECT_EQ(retry_after(asking("Sun, 06 Nov 1994 08:49:37 GMT")), milliseconds(0));
  EXPECT_GT(retry_after(asking("Fri, 31 Dec 2100 23:59:59 GMT")), seconds(3600));
  for (const char* text : {"", "-1", "soon", "7 s"}) {
    EXPECT_EQ(retry_after(asking(text)), milliseconds(0)) << text;
  }
}

TEST(Retry, dates_of_headers_are_seconds_since_1970) {
  EXPECT_EQ(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
  EXPECT_EQ(http_date(""), std::nullopt);
  EXPECT_EQ(http_date("yesterday"), std::nullopt);
}

TEST(Retry, an_interruption_ends_the_wait) {
  int asked = 0;
  EXPECT_THROW(wait_unless(std::chrono::hours(1), [&] { return ++asked == 3; }), Interrupted);
  EXPECT_NO_THROW(wait_unless(milliseconds(1), {}));
}

TEST(Secrets, are_taken_out_plain_and_encoded_and_an_empty_one_is_nothing) {
  EXPECT_EQ(without_secrets("a s/+ b s%2F%2B c", {"", "s/+"}), "a *** b *** c");
  EXPECT_EQ(without_secrets("****", {"*"}), "************");
}

}  // namespace
}  // namespace quantbench
