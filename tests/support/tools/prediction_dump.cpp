// Evaluates a checkpoint (exported where the runtime takes ONNX, one thread a stream) and writes
// its predictions, one JSON value a line, then the figures. For the oracles.
//
//   prediction_dump '{"model": DIR, "task": "question-answering", "path": .., "split":
//   "validation",
//                     "data_keys": {..}, "ref_key": "answers", "task_args": {..}, "limit": 100,
//                     "metrics": ["squad"], "runtime": "pytorch"}'
//
// "onnx" names a graph exported before, "optimization_level" and "streams" are the session's and
// the evaluation's.
#include <iostream>
#include <mutex>
#include <string>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/model/architecture.h"
#include "quantbench/runtime/independence.h"
#include "quantbench/task/task.h"
#include "support/tag_names.h"

namespace {

using quantbench::Json;
using namespace quantbench;

/// A session that notes the shape of the first input of every forward.
class Recorder final : public runtime::Session {
 public:
  explicit Recorder(const runtime::Session& session) : session_(session) {}
  const std::vector<runtime::InputInfo>& inputs() const override { return session_.inputs(); }
  const std::vector<std::string>& output_names() const override { return session_.output_names(); }
  std::vector<runtime::Tensor> run(const std::vector<runtime::NamedTensor>& given) const override {
    {
      const std::scoped_lock lock(mutex_);
      shapes_.push_back(given.at(0).tensor.shape);
    }
    return session_.run(given);
  }
  void run_visit(const std::vector<runtime::NamedTensor>& given,
                 const runtime::OutputVisitor& visitor) const override {
    session_.run_visit(given, visitor);
  }
  std::unique_ptr<Bound> bind(const std::vector<runtime::NamedTensor>& given) const override {
    return session_.bind(given);
  }
  const Json& shapes() const { return shapes_; }

 private:
  const runtime::Session& session_;
  mutable std::mutex mutex_;
  mutable Json shapes_ = Json::array();
};

void run(const Json& request) {
  const auto checkpoint = checkpoint::Checkpoint::open(request.at("model").get<std::string>());
  const auto task = request.at("task").get<std::string>();
  const auto& runtime = runtime::runtimes().get(request.value("runtime", "onnxruntime"));
  const TemporaryDirectory scratch;
  auto path = checkpoint.directory();
  if (request.contains("onnx")) {
    path = request["onnx"].get<std::string>();
  } else if (runtime.model_form() == runtime::ModelForm::kOnnx) {
    path = scratch.path() / "model.onnx";
    model::export_onnx(checkpoint, {.task = task}).save(path);
  }
  const auto session =
      runtime.open(path, {.optimization_level = request.value("optimization_level", 0),
                          .intra_op_num_threads = 1,
                          .task = task});

  task::TaskContext context;
  context.model_directory = checkpoint.directory();
  context.config = checkpoint.config();
  context.labels = checkpoint.labels();
  context.data_keys = request.at("data_keys");
  context.ref_keys = {request.at("ref_key").get<std::string>()};
  context.task_args = request.value("task_args", Json::object());
  const auto split = dataset::load_split(
      {request.at("path").get<std::string>(), std::nullopt}, request.at("split").get<std::string>(),
      task::tasks().get(task).subset(request.value("limit", 0U)));
  task::EvaluationOptions options;
  options.metrics = request.value("metrics", std::vector<std::string>());
  options.eval_batch_size = request.value("eval_batch_size", std::size_t{1});
  options.join_equal_lengths = runtime::rows_are_independent(runtime, path);
  options.streams = request.value("streams", std::size_t{0});
  const Recorder recorder(*session);
  const auto processor = task::tasks().get(task).prepare(context, split);
  const auto result = task::evaluate(recorder, *processor, split, context.labels, options);
  for (const Json& prediction : result.predictions) {
    std::cout << test::with_tag_names(prediction, result.tags).dump() << '\n';
  }
  Json figures = result.figures;
  figures["forwards"] = recorder.shapes();
  std::cout << figures.dump() << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(quantbench::parse_json(argc > 1 ? argv[1] : "", "the request"));
  } catch (const quantbench::Error& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
}
