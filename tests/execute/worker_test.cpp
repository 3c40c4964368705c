#include "quantbench/execute/worker.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "execute/test_stages.h"
#include "quantbench/base/file.h"

namespace quantbench::execute {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using OutcomeKind = WorkerOutcome::Kind;

const std::filesystem::path kSelf = std::filesystem::read_symlink("/proc/self/exe");

Job job(const std::string& action, std::size_t bytes = 0, const std::string& pid_file = {}) {
  using test::Misbehave;
  Job out;
  out.stage = Misbehave::kDeclaration.name;
  out.work.params = record_to_json(Misbehave::Params{action, bytes});
  out.work.places = record_to_json(Misbehave::Places{pid_file});
  return out;
}

TEST(Worker, gives_back_the_result) {
  const WorkerOutcome outcome = run_worker(kSelf, job("caf\xc3\xa9"), {});
  ASSERT_EQ(outcome.kind, OutcomeKind::kDone);
  EXPECT_EQ(outcome.answer.result, (Json{{"text", "done: caf\xc3\xa9"}}));
  EXPECT_GT(outcome.seconds, 0);
}

TEST(Worker, takes_nothing_printed_for_an_answer) {
  std::vector<std::string> warnings;
  WorkerListener listener;
  listener.warning = [&](const std::string& text) { warnings.push_back(text); };
  const WorkerOutcome outcome = run_worker(kSelf, job("noise"), listener);
  ASSERT_EQ(outcome.kind, OutcomeKind::kDone);
  EXPECT_FALSE(outcome.answer.result.contains("forged"));
  EXPECT_THAT(warnings, ElementsAre("a caution"));
}

TEST(Worker, names_the_signal_that_killed_it) {
  const WorkerOutcome killed = run_worker(kSelf, job("kill"), {});
  EXPECT_EQ(killed.kind, OutcomeKind::kCrashed);
  EXPECT_STREQ(killed.error->what(), "worker killed by signal 9 (out of memory?)");
  const WorkerOutcome fault = run_worker(kSelf, job("segv"), {});
  EXPECT_EQ(fault.kind, OutcomeKind::kCrashed);
  EXPECT_THAT(fault.error->what(), HasSubstr("worker killed by signal 11 (Segmentation fault)"));
}

TEST(Worker, passes_on_the_last_words_of_a_crash) {
  const WorkerOutcome outcome = run_worker(kSelf, job("terminate"), {});
  EXPECT_EQ(outcome.kind, OutcomeKind::kCrashed);
  EXPECT_THAT(outcome.error->what(), HasSubstr("(Aborted): free(): invalid pointer"));
}

TEST(Worker, tells_first_that_memory_ran_out_in_a_library) {
  const WorkerOutcome aborted = run_worker(kSelf, job("abort_without_memory"), {});
  EXPECT_EQ(aborted.kind, OutcomeKind::kCrashed);
  EXPECT_THAT(aborted.error->what(),
              StartsWith("not enough memory: memory allocation of 65536 bytes failed"));
  EXPECT_THAT(aborted.error->what(), HasSubstr("killed by signal 6 (Aborted)"));
  const WorkerOutcome threw = run_worker(kSelf, job("throw_without_memory"), {});
  EXPECT_THAT(threw.error->what(),
              StartsWith("model.onnx: not enough memory: Exception during initialization"));
}

TEST(Worker, gives_an_answer_of_many_megabytes_in_time) {
  Job large = job("long_answer");
  const WorkerOutcome outcome = run_worker(kSelf, large, {});
  ASSERT_EQ(outcome.kind, OutcomeKind::kDone);
  EXPECT_EQ(outcome.answer.result.at("text").get_ref<const std::string&>().size(),
            std::size_t{1} << 25);
}

TEST(Worker, keeps_the_beginning_of_what_is_printed_without_end) {
  const WorkerOutcome outcome = run_worker(kSelf, job("endless_line"), {});
  ASSERT_EQ(outcome.kind, OutcomeKind::kCrashed);
  const std::string message = outcome.error->what();
  EXPECT_THAT(message, HasSubstr("(Aborted): the beginning xxxx"));
  EXPECT_LT(message.size(), std::size_t{20} << 10);
}

TEST(Worker, fails_when_its_answer_passes_the_bound) {
  const WorkerOutcome outcome = run_worker(kSelf, job("endless_answer"), {});
  ASSERT_EQ(outcome.kind, OutcomeKind::kCrashed);
  EXPECT_THAT(outcome.error->what(), HasSubstr("answer is longer than 256 MiB"));
}

TEST(Worker, is_a_crash_when_it_ends_without_a_result) {
  const WorkerOutcome outcome = run_worker(kSelf, job("exit"), {});
  EXPECT_EQ(outcome.kind, OutcomeKind::kCrashed);
  EXPECT_THAT(outcome.error->what(), HasSubstr("ended with status 0 and no result"));
}

TEST(Worker, passes_on_errors_with_their_parts) {
  const WorkerOutcome outcome = run_worker(kSelf, job("throw"), {});
  ASSERT_EQ(outcome.kind, OutcomeKind::kError);
  EXPECT_EQ(outcome.error->problem(), "bad scale");
  EXPECT_EQ(outcome.error->where(), "node 'x'");
  EXPECT_EQ(outcome.error->hint(), "use another");
}

TEST(Worker, says_when_memory_ran_out) {
  const WorkerOutcome outcome = run_worker(kSelf, job("bad_alloc"), {});
  ASSERT_EQ(outcome.kind, OutcomeKind::kError);
  EXPECT_THAT(outcome.error->what(), StartsWith("not enough memory"));
}

TEST(Worker, says_when_the_system_starts_no_more_threads) {
  const WorkerOutcome outcome = run_worker(kSelf, job("no_threads"), {});
  ASSERT_EQ(outcome.kind, OutcomeKind::kError);
  EXPECT_THAT(outcome.error->what(), StartsWith("cannot start a thread: "));
  EXPECT_THAT(outcome.error->what(), HasSubstr("not enough memory"));
}

TEST(Worker, names_the_parameter_that_is_missing) {
  Job lacking = job("echo");
  lacking.work.params.erase("bytes");
  const WorkerOutcome outcome = run_worker(kSelf, lacking, {});
  ASSERT_EQ(outcome.kind, OutcomeKind::kError);
  EXPECT_STREQ(outcome.error->what(), "parameters of misbehave.bytes: is missing");
}

TEST(Worker, names_an_unknown_stage) {
  Job unknown = job("echo");
  unknown.stage = "misbehav";
  const WorkerOutcome outcome = run_worker(kSelf, unknown, {});
  ASSERT_EQ(outcome.kind, OutcomeKind::kError);
  EXPECT_THAT(outcome.error->what(), HasSubstr("did you mean 'misbehave'?"));
}

TEST(Worker, measures_its_own_peak_memory_and_not_its_parents) {
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  std::vector<char> mine(400 * kMiB, 1);
  const Job small = job("allocate", kMiB);
  const Job large = job("allocate", 200 * kMiB);
  const auto small_peak = run_worker(kSelf, small, {}).answer.peak_memory_bytes;
  const auto large_peak = run_worker(kSelf, large, {}).answer.peak_memory_bytes;
  EXPECT_GT(small_peak, 0);
  EXPECT_LT(small_peak, static_cast<std::int64_t>(300 * kMiB));
  EXPECT_GT(large_peak - small_peak, static_cast<std::int64_t>(190 * kMiB));
  EXPECT_LT(large_peak - small_peak, static_cast<std::int64_t>(260 * kMiB));
  EXPECT_EQ(mine.back(), 1);
}

TEST(Worker, is_killed_when_the_run_is_cancelled) {
  std::atomic<bool> cancel{false};
  WorkerListener listener;
  listener.cancel = &cancel;
  listener.progress = [&](double share) {
    EXPECT_EQ(share, 0.25);
    cancel = true;
  };
  const auto begin = std::chrono::steady_clock::now();
  const WorkerOutcome outcome = run_worker(kSelf, job("sleep"), listener);
  EXPECT_EQ(outcome.kind, OutcomeKind::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

TEST(Worker, is_ended_when_a_listener_throws) {
  WorkerListener listener;
  listener.progress = [](double) { throw Error("the terminal is gone"); };
  EXPECT_THROW(run_worker(kSelf, job("sleep"), listener), Error);
}

TEST(Worker, dies_with_the_program_that_started_it) {
  const TemporaryDirectory directory;
  const std::filesystem::path pid_file = directory.path() / "pid";
  const pid_t parent = ::fork();
  if (parent == 0) {
    run_worker(kSelf, job("sleep", 0, pid_file.string()), {});
    ::_exit(0);
  }
  pid_t worker = 0;
  for (int i = 0; i < 600 && worker == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    std::ifstream(pid_file) >> worker;
  }
  ASSERT_GT(worker, 0);
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  bool gone = false;
  for (int i = 0; i < 600 && !gone; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    std::ifstream status("/proc/" + std::to_string(worker) + "/stat");
    const std::string text{std::istreambuf_iterator<char>(status), {}};
    gone = text.empty() || text.find(") Z ") != std::string::npos;
  }
  EXPECT_TRUE(gone);
}

TEST(Worker, cannot_be_started_from_a_program_that_is_not_there) {
  try {
    run_worker("/nowhere/quantbench", job("echo"), {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("/nowhere/quantbench: cannot start the worker"));
  }
}

}  // namespace
}  // namespace quantbench::execute
