// Downloads from a loopback server that behaves like the Hub and its CDN, and misbehaves.
#include "quantbench/hub/download.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <optional>
#include <thread>

#include "hub/hub_fixture.h"
#include "quantbench/hub/cache.h"

namespace {

std::atomic<bool> disk_is_full{false};

}  // namespace

// In place of the C library's.
extern "C" ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
  if (disk_is_full) {
    errno = ENOSPC;
    return -1;
  }
  return static_cast<ssize_t>(::syscall(SYS_pwrite64, descriptor, bytes, size, offset));
}

namespace quantbench::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// True for the requests of bodies.
bool is_get(const LoopbackRequest& request) { return request.method == "GET"; }

TEST_F(HubTest, fetches_what_a_model_is_made_of_and_nothing_else) {
  const hub::Snapshot snapshot = fetch();
  EXPECT_EQ(snapshot.commit, commit);
  EXPECT_EQ(snapshot.directory, repository() / "snapshots" / commit);
  EXPECT_EQ(read_text(snapshot.directory / "config.json"), R"({"model_type": "bert"})");
  EXPECT_EQ(read_text(snapshot.directory / "model.safetensors"), weights);
  EXPECT_EQ(read_text(snapshot.directory / "tokenizer.json"), "{}");
  EXPECT_FALSE(std::filesystem::exists(snapshot.directory / "README.md"));
  EXPECT_FALSE(std::filesystem::exists(snapshot.directory / "onnx"));
  EXPECT_THAT(waits, IsEmpty());
}

TEST_F(HubTest, cache_has_the_standard_layout) {
  fetch();
  EXPECT_EQ(read_text(repository() / "refs" / "main"), commit);
  EXPECT_EQ(
      std::filesystem::read_symlink(repository() / "snapshots" / commit / "model.safetensors"),
      "../../blobs/" + weights_tag());
  EXPECT_TRUE(std::filesystem::is_regular_file(repository() / "blobs" / weights_tag()));
  EXPECT_TRUE(std::filesystem::exists(cache() / ".locks" / "models--acme--tiny" /
                                      (weights_tag() + ".lock")));
  EXPECT_FALSE(std::filesystem::exists(partial()));
  EXPECT_THAT(read_text(cache() / "CACHEDIR.TAG"),
              ::testing::StartsWith("Signature: 8a477f597d28d172789f06886806bc55"));
}

TEST_F(HubTest, a_second_fetch_asks_for_the_commit_only) {
  fetch();
  server.hub().forget_requests();
  fetch();
  ASSERT_EQ(server.hub().requests().size(), 1U);
  EXPECT_EQ(server.hub().requests()[0].path, "/api/models/acme/tiny/revision/main");
}

TEST_F(HubTest, token_goes_to_the_hub_and_not_to_the_cdn) {
  server.token = "hf_secret";
  hub::Options with = options();
  with.settings.token = "hf_secret";
  fetch(with);
  ASSERT_FALSE(server.cdn().requests().empty());
  for (const LoopbackRequest& request : server.hub().requests()) {
    EXPECT_EQ(request.header("authorization"), "Bearer hf_secret") << request.path;
  }
  for (const LoopbackRequest& request : server.cdn().requests()) {
    EXPECT_EQ(request.header("authorization"), "") << request.path;
  }
}

TEST_F(HubTest, old_names_lead_to_the_repository_and_keep_their_place_in_the_cache) {
  server.rename("models", "tiny", "acme/tiny");
  const hub::Snapshot snapshot = fetch(options(), "tiny");
  EXPECT_EQ(snapshot.id, "acme/tiny");
  EXPECT_EQ(snapshot.directory, cache() / "models--tiny" / "snapshots" / commit);
  EXPECT_EQ(read_text(snapshot.directory / "model.safetensors"), weights);
}

TEST_F(HubTest, revisions_with_slashes_are_one_part_of_the_address) {
  server.add("models", "acme/tiny", "refs/pr/4").files = {{"config.json", "{}"},
                                                          {"pytorch_model.bin", "weights"}};
  const hub::Snapshot snapshot = fetch(options(), "acme/tiny", "refs/pr/4");
  EXPECT_EQ(read_text(snapshot.directory / "pytorch_model.bin"), "weights");
  EXPECT_EQ(read_text(repository() / "refs" / "refs" / "pr" / "4"), snapshot.commit);
  EXPECT_EQ(server.hub().requests()[0].path, "/api/models/acme/tiny/revision/refs%2Fpr%2F4");
}

TEST_F(HubTest, shards_are_those_of_the_index) {
  LoopbackHub::Commit& model = server.add("models", "acme/sharded");
  model.files = {{"config.json", "{}"},
                 {"model.safetensors.index.json",
                  R"({"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}})"},
                 {"model-1.safetensors", "one"},
                 {"model-2.safetensors", "two"},
                 {"model-3.safetensors", "three"},
                 {"pytorch_model.bin", "not needed"}};
  const auto directory = fetch(options(), "acme/sharded").directory;
  EXPECT_EQ(read_text(directory / "model-1.safetensors"), "one");
  EXPECT_EQ(read_text(directory / "model-2.safetensors"), "two");
  EXPECT_FALSE(std::filesystem::exists(directory / "model-3.safetensors"));
  EXPECT_FALSE(std::filesystem::exists(directory / "pytorch_model.bin"));
}

TEST_F(HubTest, a_download_goes_on_where_an_earlier_one_stopped) {
  write_text(partial(), weights.substr(0, 60000));
  EXPECT_EQ(fetched_weights(), weights);
  ASSERT_EQ(server.cdn().requests().size(), 1U);
  EXPECT_EQ(server.cdn().requests()[0].header("range"), "bytes=60000-");
}

TEST_F(HubTest, a_truncated_body_is_completed_by_another_request) {
  std::size_t requests = 0;
  server.cdn_fault = [&](const LoopbackRequest& request, LoopbackReply& reply) {
    if (++requests > 2) return false;
    reply = LoopbackHub::serve_content(request, weights);
    reply.cut_after = 30000;
    return true;
  };
  EXPECT_EQ(fetched_weights(), weights);
  ASSERT_EQ(server.cdn().requests().size(), 3U);
  EXPECT_EQ(server.cdn().requests()[2].header("range"), "bytes=60000-");
  EXPECT_EQ(waits.size(), 2U);
}

TEST_F(HubTest, dropped_connections_are_tried_again_with_growing_waits) {
  std::size_t requests = 0;
  server.hub_fault = [&](const LoopbackRequest&, LoopbackReply& reply) {
    reply.drop = true;
    return ++requests <= 5;
  };
  fetch();
  EXPECT_THAT(waits, ElementsAre(seconds(1), seconds(2), seconds(4), seconds(8), seconds(8)));
}

TEST_F(HubTest, a_body_that_always_breaks_off_ends_with_one_line_and_is_kept) {
  server.cdn_fault = [&](const LoopbackRequest& request, LoopbackReply& reply) {
    reply = LoopbackHub::serve_content(request, weights);
    if (request.header("range").empty()) reply.cut_after = 1000;
    if (!request.header("range").empty()) reply.drop = true;
    return true;
  };
  EXPECT_THAT(message(options()), AllOf(HasSubstr("model.safetensors of model 'acme/tiny'"),
                                        HasSubstr("1000 of 100000 bytes are there"),
                                        HasSubstr("the same command continues from there")));
  EXPECT_EQ(std::filesystem::file_size(partial()), 1000U);
  EXPECT_FALSE(std::filesystem::exists(repository() / "blobs" / weights_tag()));
}

TEST_F(HubTest, a_silent_body_is_given_up_and_completed) {
  std::size_t requests = 0;
  server.cdn_fault = [&](const LoopbackRequest& request, LoopbackReply& reply) {
    reply = LoopbackHub::serve_content(request, weights);
    reply.stall_after = 50000;
    return ++requests == 1;
  };
  hub::Options with = options();
  with.settings.download_timeout = milliseconds(200);
  fetch(with);
  EXPECT_EQ(read_text(repository() / "blobs" / weights_tag()), weights);
  EXPECT_GE(server.cdn().requests().size(), 2U);
}

TEST_F(HubTest, a_server_without_ranges_starts_over) {
  write_text(partial(), std::string(60000, 'x'));
  server.cdn_fault = [&](const LoopbackRequest&, LoopbackReply& reply) {
    reply.body = weights;
    return true;
  };
  EXPECT_EQ(fetched_weights(), weights);
}

TEST_F(HubTest, a_partial_file_of_something_else_is_downloaded_anew) {
  write_text(partial(), std::string(60000, 'x'));
  EXPECT_EQ(fetched_weights(), weights);
  EXPECT_EQ(server.cdn().requests().size(), 2U);
}

TEST_F(HubTest, a_partial_file_that_is_too_long_is_downloaded_anew) {
  write_text(partial(), weights + weights);
  EXPECT_EQ(fetched_weights(), weights);
}

TEST_F(HubTest, wrong_content_is_refused_and_not_kept) {
  server.cdn_fault = [&](const LoopbackRequest&, LoopbackReply& reply) {
    reply.body = weights;
    reply.body[500] = static_cast<char>(~reply.body[500]);
    return true;
  };
  EXPECT_THAT(message(options()),
              AllOf(HasSubstr("wrong content of model.safetensors of model 'acme/tiny'"),
                    HasSubstr("SHA-256"), HasSubstr("the Hub says " + weights_tag())));
  EXPECT_EQ(std::filesystem::file_size(partial()), 0U);
  EXPECT_FALSE(std::filesystem::exists(repository() / "blobs" / weights_tag()));
}

TEST_F(HubTest, wrong_content_of_a_small_file_is_refused) {
  server.hub_fault = [&](const LoopbackRequest& request, LoopbackReply& reply) {
    if (!is_get(request) || !request.path.ends_with("/tokenizer.json")) return false;
    reply.body = "[]";
    return true;
  };
  EXPECT_THAT(message(options()),
              AllOf(HasSubstr("wrong content of tokenizer.json"), HasSubstr("Git blob SHA-1")));
}

TEST_F(HubTest, a_body_longer_than_announced_is_refused) {
  server.cdn_fault = [&](const LoopbackRequest&, LoopbackReply& reply) {
    reply.body = weights + "more";
    return true;
  };
  EXPECT_THAT(message(options()), HasSubstr("longer than the 100000 bytes"));
}

TEST_F(HubTest, retry_after_is_waited) {
  std::size_t requests = 0;
  server.hub_fault = [&](const LoopbackRequest&, LoopbackReply& reply) {
    reply.status = 429;
    reply.headers.emplace_back("Retry-After", "17");
    return ++requests == 1;
  };
  fetch();
  EXPECT_THAT(waits, ElementsAre(seconds(17)));
  EXPECT_THAT(warnings, ElementsAre(AllOf(HasSubstr("429"), HasSubstr("in 17 s"))));
}

TEST_F(HubTest, retry_after_of_a_body_is_waited) {
  std::size_t requests = 0;
  server.cdn_fault = [&](const LoopbackRequest&, LoopbackReply& reply) {
    reply.status = 429;
    reply.headers.emplace_back("Retry-After", "3");
    return ++requests == 1;
  };
  EXPECT_EQ(fetched_weights(), weights);
  EXPECT_THAT(waits, ElementsAre(seconds(3)));
}

TEST_F(HubTest, retry_after_may_be_a_date) {
  std::size_t requests = 0;
  server.hub_fault = [&](const LoopbackRequest&, LoopbackReply& reply) {
    const std::time_t then = std::time(nullptr) + 120;
    char text[64];
    std::tm parts{};
    std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", ::gmtime_r(&then, &parts));
    reply.status = 503;
    reply.headers.emplace_back("Retry-After", text);
    return ++requests == 1;
  };
  fetch();
  ASSERT_EQ(waits.size(), 1U);
  EXPECT_GT(waits[0], seconds(1));
  EXPECT_LE(waits[0], seconds(120));
}

TEST_F(HubTest, a_retry_after_beyond_reason_ends_at_once) {
  server.hub_fault = [&](const LoopbackRequest&, LoopbackReply& reply) {
    reply.status = 429;
    reply.headers.emplace_back("Retry-After", "86400");
    return true;
  };
  EXPECT_THAT(message(options()), HasSubstr("(429), and asks to wait 86400 s"));
  EXPECT_THAT(waits, IsEmpty());
}

TEST_F(HubTest, a_failing_server_is_given_up_after_five_retries) {
  server.hub_fault = [&](const LoopbackRequest&, LoopbackReply& reply) {
    reply.status = 503;
    return true;
  };
  EXPECT_THAT(message(options()), AllOf(HasSubstr("is not local and not in the cache"),
                                        HasSubstr("the Hub fails (503)")));
  EXPECT_EQ(waits.size(), 5U);
}

TEST_F(HubTest, a_full_disk_is_one_line) {
  disk_is_full = true;
  EXPECT_THAT(message(options()),
              AllOf(HasSubstr("No space left on device"), HasSubstr("HF_HOME")));
  disk_is_full = false;
}

TEST_F(HubTest, a_file_that_the_disk_has_no_room_for_is_not_begun) {
  server.hub_fault = [&](const LoopbackRequest& request, LoopbackReply& reply) {
    if (request.method != "HEAD" || !request.path.ends_with("model.safetensors")) return false;
    reply.headers = {{"X-Repo-Commit", commit},
                     {"ETag", "\"" + weights_tag() + "\""},
                     {"Content-Length", "1000000000000000000"}};
    return true;
  };
  EXPECT_THAT(message(options()),
              AllOf(HasSubstr("takes 1000000000000000000 bytes"), HasSubstr("the disk has")));
  EXPECT_THAT(server.cdn().requests(), IsEmpty());
}

TEST_F(HubTest, two_that_want_the_same_file_download_it_once) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&, with = options()] { fetch(with); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(server.cdn().requests().size(), 1U);
  EXPECT_EQ(read_text(repository() / "blobs" / weights_tag()), weights);
}

TEST_F(HubTest, a_lock_held_elsewhere_is_waited_for_until_interrupted) {
  const auto lock = cache() / ".locks" / "models--acme--tiny" / (weights_tag() + ".lock");
  std::filesystem::create_directories(lock.parent_path());
  const FileLock held = hub::lock_alone(lock, [] {});
  const std::atomic<bool> cancel{true};
  EXPECT_THROW(hub::lock_alone(lock,
                               [&] {
                                 if (cancel) throw Interrupted();
                               }),
               Interrupted);
}

TEST_F(HubTest, a_lock_whose_file_was_removed_meanwhile_is_taken_anew) {
  const auto path = cache() / "file.lock";
  std::filesystem::create_directories(cache());
  std::optional<FileLock> held(hub::lock_alone(path, [] {}));
  const FileLock lock = hub::lock_alone(path, [&] {
    std::filesystem::remove(path);
    held.reset();
  });
  EXPECT_FALSE(lock.is_removed());
}

TEST_F(HubTest, progress_counts_the_bytes_of_earlier_tries) {
  write_text(partial(), weights.substr(0, 60000));
  std::vector<hub::DownloadProgress> seen;
  hub::Options with = options();
  with.on_progress = [&](const hub::DownloadProgress& progress) {
    if (progress.file == "model.safetensors") seen.push_back(progress);
  };
  fetch(with);
  ASSERT_GE(seen.size(), 2U);
  EXPECT_EQ(seen.front().done, 60000U);
  EXPECT_EQ(seen.front().total, 100000U);
  EXPECT_EQ(seen.back().done, 100000U);
  EXPECT_TRUE(seen.back().finished);
}

TEST_F(HubTest, cancelling_keeps_what_is_there) {
  std::atomic<bool> cancel{false};
  hub::Options with = options();
  with.cancel = &cancel;
  with.on_progress = [&](const hub::DownloadProgress& progress) {
    if (progress.file == "model.safetensors" && progress.done > 0) cancel = true;
  };
  server.cdn_fault = [&](const LoopbackRequest& request, LoopbackReply& reply) {
    reply = LoopbackHub::serve_content(request, weights);
    reply.stall_after = 50000;
    return true;
  };
  EXPECT_THROW(fetch(with), Interrupted);
  EXPECT_EQ(std::filesystem::file_size(partial()), 50000U);
}

TEST_F(HubTest, secrets_are_in_no_message) {
  hub::Options with = options();
  with.settings.token = "hf_secret";
  server.hub_fault = [&](const LoopbackRequest& request, LoopbackReply& reply) {
    reply.status = 403;
    reply.headers.emplace_back("X-Error-Message", "no: " + request.header("authorization"));
    return true;
  };
  EXPECT_THAT(message(with), AllOf(HasSubstr("no: Bearer ***"), Not(HasSubstr("hf_secret"))));

  server.hub_fault = nullptr;
  server.cdn_fault = [&](const LoopbackRequest&, LoopbackReply& reply) {
    reply.drop = true;
    return true;
  };
  EXPECT_THAT(message(with), AllOf(HasSubstr("no answer"), Not(HasSubstr("signed-secret"))));
  for (const std::string& warning : warnings) {
    EXPECT_THAT(warning, AllOf(Not(HasSubstr("hf_secret")), Not(HasSubstr("signed-secret"))));
  }
}

}  // namespace
}  // namespace quantbench::test
