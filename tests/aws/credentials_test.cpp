#include "quantbench/aws/credentials.h"

#include <gtest/gtest.h>

#include "aws/aws_fixture.h"
#include "quantbench/aws/credential_sources.h"

namespace quantbench::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class AwsCredentials : public AwsTest {
 protected:
  std::string refusal() {
    return message_of([&] { aws::find_credentials(options()); });
  }

  static std::string keys(const std::string& key, const std::string& expires) {
    return R"({"Code": "Success", "AccessKeyId": ")" + key +
           R"(", "SecretAccessKey": "s", "Token": "t", "Expiration": ")" + expires + "\"}";
  }

  static LoopbackReply assumed(const std::string& key, const std::string& expires) {
    return {.body =
                "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
                "<AssumeRoleResult><Credentials><AccessKeyId>" +
                key +
                "</AccessKeyId><SecretAccessKey>role&amp;secret</SecretAccessKey>"
                "<SessionToken>token</SessionToken><Expiration>" +
                expires + "</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"};
  }
};

TEST_F(AwsCredentials, of_the_environment_come_first_unless_a_profile_is_named) {
  use_keys();
  environment["AWS_SESSION_TOKEN"] = "session";
  write_profiles("", "[bench]\naws_access_key_id = B\naws_secret_access_key = s\n");
  const aws::Credentials found = aws::find_credentials(options());
  EXPECT_EQ(found.access_key, "AKIAEXAMPLE");
  EXPECT_EQ(found.session_token, "session");
  EXPECT_EQ(found.source, "the environment");
  EXPECT_FALSE(found.expires);
  aws::Options named = options();
  named.profile = "bench";
  EXPECT_EQ(aws::find_credentials(named).access_key, "B");
}

TEST_F(AwsCredentials, that_are_half_or_have_line_breaks_are_refused_without_showing_them) {
  environment["AWS_ACCESS_KEY_ID"] = "AKIA";
  EXPECT_EQ(refusal(), "the environment: the secret key is missing");
  environment["AWS_SECRET_ACCESS_KEY"] = "abc\r\nX-Evil: 1";
  EXPECT_EQ(refusal(), "the environment: the secret key contains a character that it cannot have");
}

TEST_F(AwsCredentials, of_a_profile_are_used_where_the_environment_has_none) {
  environment["AWS_PROFILE"] = "bench";
  write_profiles("[profile bench]\naws_access_key_id = C\naws_secret_access_key = s\n", "");
  const aws::Credentials found = aws::find_credentials(options());
  EXPECT_EQ(found.access_key, "C");
  EXPECT_EQ(found.source, "profile 'bench'");
}

TEST_F(AwsCredentials, of_a_role_are_asked_of_STS_with_the_keys_of_its_source_profile) {
  environment["AWS_PROFILE"] = "role";
  write_profiles(
      "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/Bench\nsource_profile = base\n"
      "external_id = a b\nduration_seconds = 900\n",
      "[base]\naws_access_key_id = BASE\naws_secret_access_key = s\n");
  answer = [&](const LoopbackRequest&) { return assumed("ROLE", "2026-11-29T01:00:00.123Z"); };
  const aws::Credentials found = aws::find_credentials(options());
  EXPECT_EQ(found.access_key, "ROLE");
  EXPECT_EQ(found.secret_key, "role&secret");
  EXPECT_EQ(found.session_token, "token");
  EXPECT_EQ(found.expires, now + 3600);
  const LoopbackRequest request = server.requests().at(0);
  EXPECT_EQ(request.body,
            "Action=AssumeRole&DurationSeconds=900&ExternalId=a%20b&"
            "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2FBench&"
            "RoleSessionName=quantbench&Version=2011-06-15");
  EXPECT_THAT(request.header("authorization"),
              AllOf(HasSubstr("Credential=BASE/"), HasSubstr("/eu-central-1/sts/aws4_request")));
}

TEST_F(AwsCredentials, of_a_role_may_start_from_the_environment_or_the_profile_itself) {
  use_keys();
  write_profiles(
      "[profile role]\nrole_arn = r\ncredential_source = Environment\n"
      "[profile own]\nrole_arn = r\nsource_profile = own\naws_access_key_id = OWN\n"
      "aws_secret_access_key = s\n",
      "");
  answer = [&](const LoopbackRequest&) { return assumed("ROLE", "2026-11-29T01:00:00Z"); };
  aws::Options named = options();
  for (const auto& [profile, key] :
       {std::pair{"role", "Credential=AKIAEXAMPLE/"}, std::pair{"own", "Credential=OWN/"}}) {
    named.profile = profile;
    EXPECT_EQ(aws::find_credentials(named).access_key, "ROLE");
    EXPECT_THAT(server.requests().back().header("authorization"), HasSubstr(key));
  }
}

TEST_F(AwsCredentials, of_profiles_that_cannot_work_are_refused_with_the_reason) {
  write_profiles(
      "[profile circle]\nrole_arn = r\nsource_profile = back\n"
      "[profile back]\nrole_arn = r\nsource_profile = circle\n"
      "[profile none]\nrole_arn = r\n"
      "[profile lost]\nrole_arn = r\nsource_profile = away\n"
      "[profile odd]\nrole_arn = r\ncredential_source = Moon\n"
      "[profile mfa]\nrole_arn = r\nsource_profile = none\nmfa_serial = m\n"
      "[profile sso]\nsso_session = corp\n"
      "[profile empty]\nregion = x\n",
      "");
  const std::map<std::string, std::string> reasons = {
      {"circle", "source profiles form a circle"},
      {"none", "role_arn needs source_profile or credential_source"},
      {"lost", "there is no AWS profile 'away'"},
      {"odd", "unknown credential_source 'Moon'"},
      {"mfa", "mfa_serial asks for a code"},
      {"sso", "sso_session is not supported (run: eval"},
      {"empty", "the profile has neither keys nor a role"},
      {"missing", "there is no AWS profile 'missing'"}};
  for (const auto& [profile, reason] : reasons) {
    environment["AWS_PROFILE"] = profile;
    EXPECT_THAT(refusal(), HasSubstr(reason)) << profile;
  }
}

TEST_F(AwsCredentials, of_a_container_are_asked_with_its_token) {
  write_text(scratch.path() / "token", "Bearer abc\n");
  environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = server.url() + "/creds";
  environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "ignored";
  environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = (scratch.path() / "token").string();
  answer = [&](const LoopbackRequest&) {
    return LoopbackReply{.body = keys("CONTAINER", "2026-11-29T06:00:00Z")};
  };
  const aws::Credentials found = aws::find_credentials(options());
  EXPECT_EQ(found.access_key, "CONTAINER");
  EXPECT_EQ(found.expires, now + 6 * 3600);
  EXPECT_EQ(server.requests().at(0).path, "/creds");
  EXPECT_EQ(server.requests().at(0).header("authorization"), "Bearer abc");
}

TEST_F(AwsCredentials, of_a_container_by_a_relative_address) {
  environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/credentials/1";
  answer = [&](const LoopbackRequest&) {
    return LoopbackReply{.body = keys("TASK", "2026-11-29T06:00:00Z")};
  };
  aws::Options with = options();
  with.container_endpoint = server.url();
  EXPECT_EQ(aws::find_credentials(with).access_key, "TASK");
  EXPECT_EQ(server.requests().at(0).path, "/v2/credentials/1");
}

TEST_F(AwsCredentials, of_a_container_are_not_asked_of_strangers_in_the_clear) {
  for (const char* url :
       {"http://evil.example/creds", "http://127.0.0.1.evil.example/", "http://127.evil.example/",
        "http://localhost.evil.example/", "file:///etc/passwd"}) {
    environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    EXPECT_THAT(refusal(), HasSubstr("the address must be https, or http on this machine")) << url;
  }
}

TEST_F(AwsCredentials, of_a_container_are_asked_of_its_own_address_only) {
  environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "@evil.example/creds";
  EXPECT_EQ(refusal(), "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: the address must start with '/'");
}

TEST_F(AwsCredentials, of_a_container_that_answers_nonsense_are_one_line) {
  environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = server.url() + "/creds";
  answer = [&](const LoopbackRequest&) { return LoopbackReply{.body = "<html>"}; };
  EXPECT_EQ(refusal(), "the container: the answer is not a JSON object");
  answer = [&](const LoopbackRequest&) { return LoopbackReply{.status = 403}; };
  EXPECT_EQ(refusal(), "the container: the answer has status 403");
  answer = [&](const LoopbackRequest&) {
    return LoopbackReply{.body = R"({"AccessKeyId": "A", "SecretAccessKey": 5})"};
  };
  EXPECT_THAT(refusal(), HasSubstr("'SecretAccessKey'"));
}

TEST_F(AwsCredentials, of_an_instance_are_asked_with_a_session_of_its_metadata_service) {
  environment["AWS_EC2_METADATA_DISABLED"] = "false";
  environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = server.url() + "/";
  answer = [&](const LoopbackRequest& request) -> LoopbackReply {
    if (request.method == "PUT" && request.path == "/latest/api/token") return {.body = "TOKEN=="};
    if (request.header("x-aws-ec2-metadata-token") != "TOKEN==") return {.status = 401};
    if (request.path.ends_with("/security-credentials/")) return {.body = "my-role\n"};
    return {.body = keys("INSTANCE", "2026-11-29T06:00:00Z")};
  };
  EXPECT_EQ(aws::find_credentials(options()).access_key, "INSTANCE");
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0].header("x-aws-ec2-metadata-token-ttl-seconds"), "21600");
  EXPECT_EQ(requests[2].path, "/latest/meta-data/iam/security-credentials/my-role");
}

TEST_F(AwsCredentials, that_no_source_has_are_told_with_what_was_looked_at) {
  EXPECT_EQ(refusal(),
            "no AWS credentials (looked at AWS_ACCESS_KEY_ID, profile 'default', the container and "
            "the instance; run `aws configure`, say)");
}

TEST_F(AwsCredentials, are_renewed_before_they_expire) {
  environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = server.url() + "/creds";
  std::string key = "FIRST";
  std::string expires = "2026-11-29T01:00:00Z";
  answer = [&](const LoopbackRequest&) { return LoopbackReply{.body = keys(key, expires)}; };
  const aws::Options with = options();
  aws::CredentialChain chain(with);
  EXPECT_EQ(chain.get().access_key, "FIRST");
  key = "SECOND";
  expires = "2026-11-29T02:00:00Z";
  now += 3600 - 301;
  EXPECT_EQ(chain.get().access_key, "FIRST");
  now += 1;
  EXPECT_EQ(chain.get().access_key, "SECOND");
  chain.forget();
  key = "THIRD";
  EXPECT_EQ(chain.get().access_key, "THIRD");
}

TEST_F(AwsCredentials, that_cannot_be_renewed_serve_until_they_expire) {
  environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = server.url() + "/creds";
  int status = 200;
  answer = [&](const LoopbackRequest&) {
    return LoopbackReply{.status = status, .body = keys("ONLY", "2026-11-29T01:00:00Z")};
  };
  const aws::Options with = options();
  aws::CredentialChain chain(with);
  chain.get();
  status = 404;
  now += 3500;
  EXPECT_EQ(chain.get().access_key, "ONLY");
  EXPECT_THAT(warnings, ::testing::ElementsAre(HasSubstr("cannot renew the credentials")));
  now += 100;
  EXPECT_THAT(message_of([&] { chain.get(); }), HasSubstr("status 404"));
}

TEST_F(AwsCredentials, region_and_endpoint_follow_argument_environment_and_profile) {
  write_profiles("[default]\nregion = ap-south-1\nendpoint_url = http://127.0.0.1:9/\n", "");
  aws::Options with = options();
  EXPECT_EQ(aws::region_of(with), "eu-central-1");
  with.region = "us-west-2";
  EXPECT_EQ(aws::region_of(with), "us-west-2");
  with.region = "us west";
  EXPECT_THAT(message_of([&] { aws::region_of(with); }), HasSubstr("'us west' is not a region"));
  with.region.clear();
  environment.erase("AWS_REGION");
  EXPECT_EQ(aws::region_of(with), "ap-south-1");
  with.endpoint.clear();
  EXPECT_EQ(aws::endpoint_of(with, "sts", "ap-south-1"), "http://127.0.0.1:9");
  environment["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"] = "http://127.0.0.1:8";
  EXPECT_EQ(aws::endpoint_of(with, "logs", "ap-south-1"), "http://127.0.0.1:8");
  write_profiles("", "");
  EXPECT_EQ(aws::endpoint_of(with, "sagemaker", "us-east-1"),
            "https://api.sagemaker.us-east-1.amazonaws.com");
  EXPECT_EQ(aws::endpoint_of(with, "s3", "cn-north-1"), "https://s3.cn-north-1.amazonaws.com.cn");
  with.endpoint = "ftp://u:pw@x";
  EXPECT_EQ(message_of([&] { aws::endpoint_of(with, "s3", "us-east-1"); }),
            "endpoint_url: not an http or https address (http://127.0.0.1:5000, say)");
  EXPECT_THAT(message_of([&] { aws::region_of(with); }), HasSubstr("no AWS region is given"));
}

TEST_F(AwsCredentials, times_are_read_with_and_without_a_fraction) {
  EXPECT_EQ(aws::parse_time("2026-11-29T00:00:00Z", "x"), now);
  EXPECT_EQ(aws::parse_time("1970-01-02T00:00:01.5Z", "x"), 86401);
  for (const char* text : {"", "2026-13-01T00:00:00Z", "2026-11-29T00:00:00", "soon"}) {
    EXPECT_THAT(message_of([&] { aws::parse_time(text, "x"); }), HasSubstr("is not a time in UTC"));
  }
}

}  // namespace
}  // namespace quantbench::test
