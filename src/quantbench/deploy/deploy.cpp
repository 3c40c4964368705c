#include "quantbench/deploy/deploy.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "quantbench/analysis/row_name.h"
#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/hash.h"
#include "quantbench/base/staged_directory.h"
#include "quantbench/base/text.h"
#include "quantbench/deploy/readme.h"
#include "quantbench/deploy/run_spec.h"
#include "quantbench/execute/model_files.h"
#include "quantbench/execute/sources.h"
#include "quantbench/hub/preprocessing_files.h"
#include "quantbench/report/report.h"
#include "quantbench/runtime/session.h"
#include "quantbench/stages/export.h"
#include "quantbench/task/task.h"

namespace quantbench::deploy {

namespace fs = std::filesystem;

namespace {

constexpr const char* kConfig = "config.json";
constexpr const char* kReadme = "README.md";
constexpr const char* kCard = "CARD.md";
constexpr const char* kSums = "SHA256SUMS";

std::string name_of(const store::RunResult& result, std::size_t row) {
  return "row '" + analysis::row_names(result).at(row) + "'";
}

/// Empty: the result does not say it.
std::string framework_of(const store::RunResult& result, const store::Row& row) {
  for (const Json& parameters : {row.parameters, result.fixed}) {
    const Json framework = parameters.value("framework", Json());
    if (framework.is_string()) return framework.get<std::string>();
  }
  return {};
}

/// The cell that the row measured.
const spec::Cell& cell_of(const spec::Spec& spec, const store::RunResult& result, std::size_t row) {
  const auto found =
      std::ranges::find(spec.cells, result.rows.at(row).parameters, &spec::Cell::parameters);
  if (found != spec.cells.end()) return *found;
  throw Error("the spec of the run has no such row", name_of(result, row),
              "spec.yaml or --set changed what the run benchmarked");
}

/// A key without a value was not given: the default or a preset filled it in.
Json point_of(const Json& parameters) {
  Json out = Json::object();
  for (const auto& [key, value] : parameters.items()) {
    if (!value.is_null()) out[key] = value;
  }
  return out;
}

/// A search makes cells that its spec does not list: the parameters of the rows make them, the cell
/// of `row` first. The others share its calibration.
spec::Spec with_searched_cells(spec::Spec spec, const store::RunResult& result, std::size_t row) {
  if (!result.tuning) return spec;
  const Json& parameters = result.rows.at(row).parameters;
  std::vector<Json> points = {point_of(parameters)};
  for (const store::Row& one : result.rows) points.push_back(point_of(one.parameters));
  spec = spec::with_points(std::move(spec), points);
  spec.cells.at(0).parameters = parameters;
  // As in the search, so that its model is the one to copy.
  spec.verifies_quantized = false;
  // As the search does for a data set without such a split.
  if (!spec.dataset.calibration_split) spec.dataset.calibration_split = spec.dataset.eval_split;
  return spec;
}

/// Only calibration reads samples: without it, the data set is not looked for.
execute::LocatedSpec located(const Request& request, bool calibrates) {
  spec::Spec spec =
      with_searched_cells(at_commits_of(request.result, request.spec), request.result, request.row);
  if (!calibrates) spec.dataset = {};
  return execute::locate(spec, [&] {
    hub::Options options = hub::options_from_environment(
        request.options.on_download,
        [&](const std::string& text) { execute::warn(request.options, text); });
    options.cancel = request.options.cancel;
    return options;
  });
}

/// Fills a directory with the files of one row.
class Writer {
 public:
  explicit Writer(fs::path directory) : directory_(std::move(directory)) {}

  /// Throws Error if a file cannot be copied, or was changed since its hash was taken.
  void copy(const fs::path& from, const std::string& name, const std::string& sha256 = {}) {
    const fs::path to = directory_ / name;
    std::error_code failure;
    fs::create_directories(to.parent_path(), failure);
    if (!failure) fs::copy_file(from, to, failure);
    if (failure) throw Error("cannot copy: " + failure.message(), from.string());
    fs::permissions(to, fs::perms::owner_write, fs::perm_options::add, failure);
    if (!sha256.empty() && sha256_file(to) != sha256) {
      throw Error("was changed while it was copied", from.string(), "deploy it again");
    }
    files_.push_back(name);
  }
  /// Throws Error if the model has external data of that name.
  void write(const std::string& name, const std::string& text) {
    if (has(name)) {
      throw Error("the model's external data has the name of another file of the directory", name,
                  "give the external data another name");
    }
    write_text(directory_ / name, text);
    files_.push_back(name);
  }
  void link(const std::string& name, const std::string& to) {
    std::error_code failure;
    fs::create_directories((directory_ / name).parent_path(), failure);
    if (!failure) fs::create_symlink(to, directory_ / name, failure);
    if (failure) {
      throw Error("cannot make a link: " + failure.message(), name,
                  "--layout transformers.js needs none");
    }
    files_.push_back(name);
  }

  /// As sha256sum writes it: a name with a backslash or a line break is escaped, and its line
  /// starts with a backslash.
  void write_sums() {
    std::string text;
    for (const std::string& name : files_) {
      std::string escaped;
      for (const char c : name)
        escaped += c == '\\' ? "\\\\" : c == '\n' ? "\\n" : std::string(1, c);
      text +=
          (escaped == name ? "" : "\\") + sha256_file(directory_ / name) + "  " + escaped + "\n";
    }
    write(kSums, text);
  }

  bool has(const std::string& name) const {
    return std::ranges::find(files_, name) != files_.end();
  }
  const std::vector<std::string>& files() const { return files_; }

 private:
  fs::path directory_;
  std::vector<std::string> files_;
};

void copy_model(Writer& writer, const execute::ModelFiles& model, const Places& places) {
  for (const auto& file : model.artefact.files) {
    const bool is_model = file.name == stages::kModelFile;
    writer.copy(model.directory / file.name, is_model ? places.model : places.directory + file.name,
                file.sha256);
  }
  if (!places.link.empty()) writer.link(places.link, "../" + places.model);
}

/// The checkpoint's config.json, with what transformers.js loads by default.
std::string config_for(const plan::Inputs& inputs, const Places& places) {
  Json config = inputs.config;
  if (!places.dtype.empty()) {
    Json& section = config["transformers.js_config"];
    if (!section.is_object()) section = Json::object();
    section["dtype"] = places.dtype;
  }
  return to_lines(config) + "\n";
}

void copy_preprocessing(Writer& writer, const fs::path& model) {
  for (const char* name : hub::kPreprocessingFiles) {
    std::error_code ignored;
    if (fs::is_regular_file(model / name, ignored)) writer.copy(model / name, name);
  }
}

Loading loading_of(const Request& request, const spec::Cell& cell, const Places& places,
                   const Writer& writer) {
  Loading loading{.places = places, .task = request.result.spec.value("task", std::string())};
  const auto* task = task::tasks().find(loading.task);
  if (task != nullptr && !task->heads().empty()) loading.head = task->heads().front();
  loading.has_image_processor = writer.has("preprocessor_config.json");
  loading.has_tokenizer = writer.has("tokenizer_config.json") || writer.has("tokenizer.json");
  loading.framework = cell.framework;
  loading.threads = cell.framework_args.intra_op_num_threads;
  loading.arguments = cell.framework_args.own;
  return loading;
}

/// The content of the model must be the one that was measured.
void require_measured(const Request& request, const execute::ModelFiles& model) {
  const std::string& measured = request.result.rows.at(request.row).model_hash;
  if (model.artefact.content == measured) return;
  throw Error(
      "its model cannot be made again: hash " + model.artefact.content.substr(0, 12) +
          " instead of " + measured.substr(0, 12),
      name_of(request.result, request.row),
      "the model, the calibration data or quantbench changed since: run the benchmark again");
}

/// The names that look like a model to a program that searches the directory.
void refuse_other_models(const fs::path& directory, const std::vector<std::string>& written) {
  std::error_code failure;
  fs::recursive_directory_iterator entry(directory, failure);
  for (const fs::recursive_directory_iterator end; !failure && entry != end;
       entry.increment(failure)) {
    if (entry->path().extension() != ".onnx") continue;
    const std::string name = entry->path().lexically_relative(directory).generic_string();
    if (std::ranges::find(written, name) != written.end()) continue;
    throw Error("is another ONNX file, which a program could load instead", entry->path().string(),
                "remove it, or name another directory");
  }
}

}  // namespace

void require_deployable(const store::RunResult& result, std::size_t row) {
  const store::Row& one = result.rows.at(row);
  const std::string where = name_of(result, row);
  if (one.status != store::Row::Status::kOk) {
    throw Error("it is " + store::status_name(one.status) + ": " + one.message, where,
                "deploy a row that was measured");
  }
  if (!one.model_hash.empty()) return;
  const std::string framework = framework_of(result, one);
  const auto* runtime = runtime::runtimes().find(framework);
  if (runtime != nullptr && runtime->model_form() == runtime::ModelForm::kCheckpoint) {
    throw Error("it has no model file: framework '" + framework + "' runs the checkpoint itself",
                where, "deploy a row of another framework");
  }
  throw Error("the result does not say which model it had, as a card and an older result do not",
              where, "run the benchmark again");
}

std::vector<std::string> possible_files() {
  std::vector<std::string> files = {kReadme, kCard, kConfig, kSums, "model.onnx"};
  files.insert(files.end(), hub::kPreprocessingFiles.begin(), hub::kPreprocessingFiles.end());
  return files;
}

void remove_deployed(const fs::path& directory) {
  std::error_code ignored;
  if (!fs::is_regular_file(directory / kSums, ignored)) return;
  for (const std::string& line : split(read_text(directory / kSums), '\n')) {
    // "HASH  NAME"
    const std::size_t space = line.find("  ");
    if (space == std::string::npos) continue;
    const fs::path name = fs::path(line.substr(space + 2)).lexically_normal();
    if (name.is_absolute() || *name.begin() == "..") continue;
    fs::remove(directory / name, ignored);
    // Fails where something is left.
    if (name.has_parent_path()) fs::remove(directory / name.parent_path(), ignored);
  }
  fs::remove(directory / kSums, ignored);
  fs::remove(directory, ignored);
}

Deployed write(const Request& request) {
  require_deployable(request.result, request.row);
  require_model(request.result, request.spec);
  const auto& quantization = request.result.rows[request.row].quantization;
  const bool is_quantized = quantization && quantization->quantized_count() > 0;
  // Known before anything is made, unless there is external data.
  const Places expected = places_in(request.layout, is_quantized, {});
  refuse_other_models(request.directory, {expected.model, expected.link});
  const std::string card = report::render(request.result, "card");
  const execute::LocatedSpec place =
      located(request, quantization && !quantization->calibration.is_null());
  const spec::Cell& cell = cell_of(place.spec, request.result, request.row);
  const plan::Inputs inputs = plan::inspect_model(place.spec);
  Deployed deployed;
  execute::with_model_files(
      place.spec, inputs, cell, request.options, [&](const execute::ModelFiles& model) {
        require_measured(request, model);
        const Places places = places_in(request.layout, is_quantized, model.artefact);
        refuse_other_models(request.directory, {places.model, places.link});
        StagedDirectory staged(request.directory);
        Writer writer(staged.path());
        copy_model(writer, model, places);
        writer.write(kConfig, config_for(inputs, places));
        copy_preprocessing(writer, inputs.model_directory);
        writer.write(kCard, card);
        const Loading loading = loading_of(request, cell, places, writer);
        writer.write(kReadme, readme(request.result, request.row, cell, loading));
        writer.write_sums();
        throw_if_file_shrank();
        staged.commit(kSums);
        deployed = {writer.files(), loading_lines(loading, request.directory.string())};
      });
  return deployed;
}

}  // namespace quantbench::deploy
