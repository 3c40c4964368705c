// Several files of one fetch at the same time. No test depends on speed: a request that waits for
// others waits until they have arrived.
#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <utility>

#include "hub/hub_fixture.h"
#include "quantbench/hub/download.h"

namespace quantbench::test {
namespace {

using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ParallelTest : public HubTest {
 protected:
  static constexpr std::size_t kShards = 9;

  ParallelTest() {
    LoopbackHub::Commit& data = server.add("datasets", "acme/data");
    for (std::size_t i = 0; i < kShards; ++i) {
      files.push_back("data/train-" + std::to_string(i) + ".parquet");
      contents.push_back(std::string(20000 + 1000 * i, static_cast<char>('a' + i)));
      data.files[files[i]] = contents[i];
      data.large.insert(files[i]);
    }
  }

  std::filesystem::path blob(std::size_t shard) const {
    return cache() / "datasets--acme--data" / "blobs" / LoopbackHub::etag(contents[shard], true);
  }
  bool asks_for(const LoopbackRequest& request, std::size_t shard) const {
    return request.path == "/" + LoopbackHub::etag(contents[shard], true);
  }

  void fetch_all(const hub::Options& with) {
    hub::Hub hub(with);
    const hub::Snapshot snapshot = hub.open({hub::RepositoryType::kDataset, "acme/data", "main"});
    hub.fetch(snapshot, files);
    for (std::size_t i = 0; i < kShards; ++i) {
      EXPECT_EQ(read_text(snapshot.directory / files[i]), contents[i]) << files[i];
    }
  }

  std::vector<std::string> files;
  std::vector<std::string> contents;
};

TEST_F(ParallelTest, four_files_are_on_their_way_and_no_fifth) {
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t asked = 0;
  std::size_t finished = 0;
  std::size_t most = 0;
  hub::Options with = options();
  with.on_progress = [&](const hub::DownloadProgress& progress) {
    const std::scoped_lock lock(mutex);
    if (progress.finished) ++finished;
  };
  server.cdn_gate = [&](const LoopbackRequest&) {
    std::unique_lock lock(mutex);
    ++asked;
    most = std::max(most, asked - finished);
    changed.notify_all();
    changed.wait(lock, [&] { return asked >= 4; });
  };
  fetch_all(with);
  EXPECT_EQ(asked, kShards);
  EXPECT_EQ(most, 4U);
}

TEST_F(ParallelTest, one_at_a_time_where_that_is_asked) {
  std::atomic<std::size_t> finished{0};
  std::vector<std::size_t> on_their_way;
  hub::Options with = options();
  with.settings.parallel_downloads = 1;
  with.on_progress = [&](const hub::DownloadProgress& progress) {
    finished += progress.finished ? 1 : 0;
  };
  server.cdn_fault = [&](const LoopbackRequest&, LoopbackReply&) {
    on_their_way.push_back(on_their_way.size() + 1 - finished);
    return false;
  };
  fetch_all(with);
  EXPECT_THAT(on_their_way, AllOf(::testing::SizeIs(kShards), ::testing::Each(1U)));
}

TEST_F(ParallelTest, each_file_goes_on_waits_and_is_checked_for_itself) {
  // File 1 is resumed, 2 breaks off, 3 fails for a while, 4 has a wrong partial file, 5 is already
  // cached.
  write_text(hub::incomplete(blob(1)), contents[1].substr(0, 5000));
  write_text(hub::incomplete(blob(4)), std::string(5000, 'x'));
  write_text(blob(5), contents[5]);
  std::map<std::size_t, std::vector<std::string>> ranges;
  server.cdn_fault = [&](const LoopbackRequest& request, LoopbackReply& reply) {
    for (std::size_t i = 0; i < kShards; ++i) {
      if (asks_for(request, i)) ranges[i].push_back(request.header("range"));
    }
    if (asks_for(request, 2) && ranges[2].size() == 1) {
      reply = LoopbackHub::serve_content(request, contents[2]);
      reply.cut_after = 700;
      return true;
    }
    if (asks_for(request, 3) && ranges[3].size() == 1) {
      reply.status = 429;
      reply.headers.emplace_back("Retry-After", "3");
      return true;
    }
    return false;
  };
  fetch_all(options());
  EXPECT_THAT(ranges[0], ElementsAre(""));
  EXPECT_THAT(ranges[1], ElementsAre("bytes=5000-"));
  EXPECT_THAT(ranges[2], ElementsAre("", "bytes=700-"));
  EXPECT_THAT(ranges[3], ElementsAre("", ""));
  EXPECT_THAT(ranges[4], ElementsAre("bytes=5000-", ""));
  EXPECT_FALSE(ranges.contains(5));
  EXPECT_THAT(waits, ::testing::UnorderedElementsAre(seconds(1), seconds(3)));
}

TEST_F(ParallelTest, a_failure_ends_the_others_and_is_the_one_that_is_told) {
  // The other requests never end by themselves.
  server.cdn_fault = [&](const LoopbackRequest& request, LoopbackReply& reply) {
    for (std::size_t i = 0; i < kShards; ++i) {
      if (asks_for(request, i)) reply = LoopbackHub::serve_content(request, contents[i]);
    }
    if (asks_for(request, 2)) {
      reply.body[7] = '?';
    } else {
      reply.stall_after = 1000;
    }
    return true;
  };
  EXPECT_THAT(message_of([&] { fetch_all(options()); }),
              HasSubstr("wrong content of data/train-2.parquet of data set 'acme/data'"));
  EXPECT_FALSE(std::filesystem::exists(blob(2)));
  EXPECT_LE(server.cdn().requests().size(), 4U);

  // Their partial files are kept.
  server.cdn_fault = nullptr;
  fetch_all(options());
}

TEST_F(ParallelTest, a_file_that_is_denied_ends_it_before_anything_is_downloaded) {
  server.hub_fault = [&](const LoopbackRequest& request, LoopbackReply& reply) {
    if (!request.path.ends_with(files[8])) return false;
    reply.status = 403;
    return true;
  };
  EXPECT_THAT(message_of([&] { fetch_all(options()); }), HasSubstr("403"));
  EXPECT_THAT(server.cdn().requests(), IsEmpty());
}

TEST_F(ParallelTest, progress_is_told_one_at_a_time_and_adds_up) {
  write_text(hub::incomplete(blob(1)), contents[1].substr(0, 5000));
  write_text(blob(5), contents[5]);
  std::uint64_t total = 0;
  for (const std::string& content : contents) total += content.size();
  std::atomic<int> inside{0};
  std::vector<hub::DownloadProgress> seen;
  hub::Options with = options();
  with.on_progress = [&](const hub::DownloadProgress& progress) {
    EXPECT_EQ(inside++, 0);
    seen.push_back(progress);
    --inside;
  };
  fetch_all(with);
  std::uint64_t before = 5000 + contents[5].size();
  for (const hub::DownloadProgress& progress : seen) {
    EXPECT_GE(progress.fetch.done, before);
    EXPECT_EQ(progress.fetch.total, total);
    EXPECT_EQ(progress.fetch.files, kShards);
    before = progress.fetch.done;
  }
  EXPECT_EQ(seen.back().fetch.done, total);
  EXPECT_EQ(seen.back().fetch.finished, kShards);
  EXPECT_TRUE(seen.back().finished);
}

TEST_F(ParallelTest, a_warning_waits_until_progress_was_told) {
  std::mutex mutex;
  std::condition_variable changed;
  bool begun = false;    // the file that is refused
  bool refused = false;  // it is about to be warned of
  bool inside = false;   // progress of another file is being told
  bool told = false;
  bool warned = false;
  bool overlapped = false;
  server.cdn_fault = [&](const LoopbackRequest& request, LoopbackReply& reply) {
    const std::scoped_lock lock(mutex);
    if (!asks_for(request, 3) || std::exchange(refused, true)) return false;
    reply.status = 429;
    reply.headers.emplace_back("Retry-After", "60");
    changed.notify_all();
    return true;
  };
  hub::Options with = options();
  with.on_progress = [&](const hub::DownloadProgress& progress) {
    std::unique_lock lock(mutex);
    if (progress.file == files[3]) begun = true;
    if (progress.file == files[3] || !begun || std::exchange(told, true)) return;
    inside = true;
    changed.wait(lock, [&] { return refused; });
    // Time for the warning to come in here, which it must not.
    changed.wait_for(lock, std::chrono::milliseconds(300), [&] { return overlapped; });
    inside = false;
  };
  with.on_warning = [&](const std::string& text) {
    const std::scoped_lock lock(mutex);
    EXPECT_THAT(text, HasSubstr("trying again in 60 s"));
    warned = true;
    overlapped = inside;
    changed.notify_all();
  };
  fetch_all(with);
  EXPECT_TRUE(told);
  EXPECT_TRUE(warned);
  EXPECT_FALSE(overlapped);
}

}  // namespace
}  // namespace quantbench::test
