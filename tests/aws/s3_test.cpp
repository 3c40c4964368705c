#include "quantbench/aws/s3.h"

#include <gtest/gtest.h>

#include "aws/aws_fixture.h"
#include "quantbench/aws/service_error.h"
#include "quantbench/base/hash.h"

namespace quantbench::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// A bucket in memory, as far as the client asks.
class AwsS3 : public AwsTest {
 protected:
  AwsS3() {
    use_keys();
    answer = [this](const LoopbackRequest& request) { return serve(request); };
  }

  virtual LoopbackReply serve(const LoopbackRequest& request) {
    const std::string hash = request.header("x-amz-content-sha256");
    if (hash != sha256(request.body)) return {.status = 400};
    if (request.method == "PUT" && request.query.starts_with("partNumber=")) {
      parts[request.query.substr(11, request.query.find('&') - 11)] = request.body;
      return {.headers = {{"ETag", "\"part<" + request.query.substr(11, 1) + "\""}}};
    }
    if (request.method == "PUT") {
      objects[request.path] = {request.body, request.header("x-amz-meta-quantbench-sha256")};
      return {};
    }
    if (request.method == "POST" && request.query == "uploads=") {
      noted = request.header("x-amz-meta-quantbench-sha256");
      return {.body =
                  "<InitiateMultipartUploadResult><UploadId>id/1</UploadId>"
                  "</InitiateMultipartUploadResult>"};
    }
    if (request.method == "POST") {
      completed = request.body;
      if (fail_to_complete) {
        return {.body =
                    "<Error><Code>InvalidPart</Code><Message>One is missing.</Message></Error>"};
      }
      std::string all;
      for (const auto& [number, part] : parts) all += part;
      objects[request.path] = {all, noted};
      return {.body = "<CompleteMultipartUploadResult/>"};
    }
    if (request.method == "DELETE") {
      removed.push_back(request.path + "?" + request.query);
      return {.status = 204};
    }
    if (const std::size_t at = request.query.find("prefix="); at != std::string::npos) {
      std::string key = "/bucket/" + request.query.substr(at + 7);
      for (std::size_t slash = 0; (slash = key.find("%2F")) != std::string::npos;) {
        key.replace(slash, 3, "/");
      }
      // As S3 lists: keys that start with it, sorted, not percent-encoded.
      const auto first = objects.lower_bound(key);
      const bool has = first != objects.end() && first->first.starts_with(key);
      std::string listed = has ? first->first.substr(8) : "";
      for (const auto& [code, plain] :
           std::map<std::string, std::string>{{"%20", " "}, {"%2B", "+"}, {"%26", "&amp;"}}) {
        const std::size_t coded = listed.find(code);
        if (coded != std::string::npos) listed.replace(coded, 3, plain);
      }
      return {.body = "<ListBucketResult>" +
                      (has ? "<Contents><Key>" + listed + "</Key><Size>1</Size></Contents>" : "") +
                      "</ListBucketResult>"};
    }
    const auto found = objects.find(request.path);
    if (found == objects.end()) {
      return {.status = 404,
              .body = "<Error><Code>NoSuchKey</Code><Message>Not there.</Message></Error>"};
    }
    return {.headers = {{"x-amz-meta-quantbench-sha256", found->second.hash}},
            .body = found->second.content};
  }

  struct Object {
    std::string content;
    std::string hash;
  };
  std::map<std::string, Object> objects;
  std::map<std::string, std::string> parts;
  std::string noted;
  std::string completed;
  bool fail_to_complete = false;
  std::vector<std::string> removed;
};

TEST_F(AwsS3, addresses_are_checked) {
  EXPECT_EQ(aws::S3Uri::parse("s3://my-bucket/a/b").key, "a/b");
  EXPECT_EQ(aws::S3Uri::parse("s3://my-bucket").key, "");
  EXPECT_EQ((aws::S3Uri::parse("s3://my-bucket") / "a" / "b").text(), "s3://my-bucket/a/b");
  EXPECT_EQ((aws::S3Uri::parse("s3://my-bucket/p/") / "a").text(), "s3://my-bucket/p/a");
  for (const char* text : {"", "bucket/key", "http://bucket/key", "s3://", "s3://My_Bucket/k",
                           "s3://b/k", "s3://.bucket/k", "s3://bucket/a/../b", "s3://bucket/./b"}) {
    EXPECT_NE(message_of([&] { aws::S3Uri::parse(text); }), "nothing was thrown") << text;
  }
}

TEST_F(AwsS3, an_object_comes_back_as_it_was_sent) {
  aws::Client client(options());
  aws::S3 s3(client);
  const aws::S3Uri uri = aws::S3Uri::parse("s3://bucket/a b/c+d&e");
  s3.put(uri, "content");
  EXPECT_EQ(server.requests().at(0).path, "/bucket/a%20b/c%2Bd%26e");
  EXPECT_EQ(s3.get(uri), "content");
  EXPECT_TRUE(s3.exists(uri));
  EXPECT_FALSE(s3.exists(aws::S3Uri::parse("s3://bucket/other")));
  EXPECT_FALSE(s3.exists(aws::S3Uri::parse("s3://bucket/a b/c")));
  s3.put(uri, "");
  EXPECT_EQ(s3.get(uri), "");
  s3.remove(uri);
  EXPECT_THAT(removed, ElementsAre("/bucket/a%20b/c%2Bd%26e?"));
}

TEST_F(AwsS3, a_body_that_does_not_match_its_hash_is_refused_and_not_written) {
  aws::Client client(options());
  aws::S3 s3(client);
  objects["/bucket/k"] = {"changed", sha256("original")};
  const std::filesystem::path file = scratch.path() / "k";
  const std::string message =
      message_of([&] { s3.get_file(aws::S3Uri::parse("s3://bucket/k"), file); });
  EXPECT_THAT(message, HasSubstr("s3://bucket/k: the content that came is not the object's: its "
                                 "SHA-256 is " +
                                 sha256("changed") + ", S3 says " + sha256("original")));
  EXPECT_FALSE(std::filesystem::exists(file));
  objects["/bucket/k"] = {"original", sha256("original")};
  s3.get_file(aws::S3Uri::parse("s3://bucket/k"), file);
  EXPECT_EQ(read_text(file), "original");
  objects["/bucket/k"] = {"", sha256("original")};
  EXPECT_THAT(message_of([&] { s3.get_file(aws::S3Uri::parse("s3://bucket/k"), file); }),
              HasSubstr("is not the object's"));
  EXPECT_EQ(read_text(file), "original");
}

TEST_F(AwsS3, a_download_that_breaks_off_starts_again) {
  aws::Client client(options());
  aws::S3 s3(client);
  const std::string content(300000, 'x');
  objects["/bucket/k"] = {content, sha256(content)};
  int tries = 0;
  answer = [&](const LoopbackRequest& request) {
    LoopbackReply reply = serve(request);
    if (++tries < 3) reply.cut_after = 200000;
    return reply;
  };
  s3.get_file(aws::S3Uri::parse("s3://bucket/k"), scratch.path() / "k");
  EXPECT_EQ(read_text(scratch.path() / "k"), content);
  EXPECT_EQ(tries, 3);
}

TEST_F(AwsS3, a_large_file_goes_in_parts) {
  aws::Options with = options();
  with.multipart_from = 1000;
  with.part_bytes = 400;
  aws::Client client(with);
  aws::S3 s3(client);
  std::string content;
  for (int i = 0; i < 1000; ++i) content += static_cast<char>(i * 7);
  write_text(scratch.path() / "large", content);
  const aws::S3Uri uri = aws::S3Uri::parse("s3://bucket/large");
  s3.put_file(uri, scratch.path() / "large");
  EXPECT_EQ(s3.get(uri), content);
  EXPECT_EQ(noted, sha256(content));
  EXPECT_THAT(parts, SizeIs(3));
  EXPECT_EQ(server.requests().at(1).query, "partNumber=1&uploadId=id%2F1");
  EXPECT_THAT(completed, HasSubstr("<Part><PartNumber>2</PartNumber><ETag>\"part&lt;2\"</ETag>"));
  EXPECT_TRUE(removed.empty());
}

TEST_F(AwsS3, a_failed_upload_leaves_no_parts_behind) {
  aws::Options with = options();
  with.multipart_from = 1000;
  with.part_bytes = 400;
  aws::Client client(with);
  aws::S3 s3(client);
  write_text(scratch.path() / "large", std::string(1000, 'x'));
  fail_to_complete = true;
  EXPECT_THAT(message_of([&] {
                s3.put_file(aws::S3Uri::parse("s3://bucket/large"), scratch.path() / "large");
              }),
              HasSubstr("S3 CompleteMultipartUpload failed: One is missing (InvalidPart, 200)"));
  EXPECT_THAT(removed, ElementsAre("/bucket/large?uploadId=id%2F1"));
}

TEST_F(AwsS3, a_listing_goes_on_to_its_end) {
  answer = [&](const LoopbackRequest& request) -> LoopbackReply {
    const bool first = request.query.find("continuation-token") == std::string::npos;
    const std::string more =
        "<IsTruncated>true</IsTruncated><NextContinuationToken>a/+=</NextContinuationToken>";
    return {.body = "<ListBucketResult>" + (first ? more : "<IsTruncated>false</IsTruncated>") +
                    "<Contents><Key>p/" + (first ? "1&amp;" : "2") +
                    "</Key><Size>5</Size><ETag>&quot;e&quot;</ETag></Contents></ListBucketResult>"};
  };
  aws::Client client(options());
  aws::S3 s3(client);
  const auto found = s3.list(aws::S3Uri::parse("s3://bucket/p/"));
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].key, "p/1&");
  EXPECT_EQ(found[0].size, 5U);
  EXPECT_EQ(found[0].etag, "e");
  EXPECT_EQ(found[1].key, "p/2");
  EXPECT_EQ(server.requests().at(0).path, "/bucket");
  EXPECT_EQ(server.requests().at(1).query,
            "continuation-token=a%2F%2B%3D&list-type=2&max-keys=1000&prefix=p%2F");
}

TEST_F(AwsS3, a_bucket_in_another_region_is_found) {
  answer = [&](const LoopbackRequest& request) -> LoopbackReply {
    if (request.header("authorization").find("/us-west-2/s3/") == std::string::npos) {
      return {.status = 301,
              .headers = {{"x-amz-bucket-region", "us-west-2"}},
              .body = "<Error><Code>PermanentRedirect</Code><Message>Elsewhere.</Message></Error>"};
    }
    return {.body = "here"};
  };
  aws::Client client(options());
  aws::S3 s3(client);
  EXPECT_EQ(s3.get(aws::S3Uri::parse("s3://bucket/k")), "here");
  EXPECT_EQ(s3.get(aws::S3Uri::parse("s3://bucket/k")), "here");
  EXPECT_THAT(server.requests(), SizeIs(3));
}

}  // namespace
}  // namespace quantbench::test
