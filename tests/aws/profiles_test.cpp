#include "quantbench/aws/profiles.h"

#include <gtest/gtest.h>

#include "aws/aws_fixture.h"

namespace quantbench::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AwsProfiles : public AwsTest {};

TEST_F(AwsProfiles, come_from_both_files_and_the_credentials_file_counts) {
  write_profiles(
      "# comment\n[default]\nregion = eu-west-1\n[profile bench]\nregion=us-east-2\n"
      "aws_access_key_id = OLD\ns3 =\n  addressing_style = path\n[sso-session corp]\nsso_region = "
      "x\n"
      "[profile \"with space\"]\nrole_arn = r\n",
      "[bench]\naws_access_key_id = NEW\r\naws_secret_access_key = a=b/c+d\n");
  const aws::Profiles profiles = aws::Profiles::read(options());
  EXPECT_THAT(profiles.names(), ::testing::ElementsAre("bench", "default", "with space"));
  const aws::Profile& bench = profiles.get("bench");
  EXPECT_EQ(bench.get("region"), "us-east-2");
  EXPECT_EQ(bench.get("aws_access_key_id"), "NEW");
  EXPECT_EQ(bench.get("aws_secret_access_key"), "a=b/c+d");
  EXPECT_EQ(bench.get("addressing_style"), "");
  EXPECT_EQ(profiles.get("with space").get("role_arn"), "r");
}

TEST_F(AwsProfiles, of_other_places_are_read_from_there) {
  write_text(scratch.path() / "elsewhere", "[work]\naws_access_key_id = K\n");
  environment["AWS_SHARED_CREDENTIALS_FILE"] = "~/elsewhere";
  EXPECT_EQ(aws::Profiles::read(options()).get("work").get("aws_access_key_id"), "K");
}

TEST_F(AwsProfiles, without_files_are_none_and_an_unknown_name_gets_the_nearest) {
  EXPECT_TRUE(aws::Profiles::read(options()).names().empty());
  write_profiles("[profile bench]\nregion = x\n", "");
  EXPECT_THAT(message_of([&] { aws::Profiles::read(options()).get("bnech"); }),
              HasSubstr("there is no AWS profile 'bnech' (did you mean 'bench'?)"));
}

TEST_F(AwsProfiles, that_are_damaged_name_the_line_and_not_what_it_holds) {
  write_profiles("", "[default]\naws_secret_access_key: TOPSECRET\n");
  const std::string message = message_of([&] { aws::Profiles::read(options()); });
  EXPECT_THAT(message, HasSubstr("credentials:2: the line is not 'name = value'"));
  EXPECT_THAT(message, Not(HasSubstr("TOPSECRET")));
  write_profiles("region = x\n", "");
  EXPECT_THAT(message_of([&] { aws::Profiles::read(options()); }),
              HasSubstr("config:1: a section, [default], is missing"));
}

}  // namespace
}  // namespace quantbench::test
