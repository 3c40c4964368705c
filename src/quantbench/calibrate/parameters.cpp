#include "quantbench/calibrate/parameters.h"

#include <algorithm>

#include "quantbench/base/fields.h"

namespace quantbench::calibrate {

namespace {

Fields<Calibration> calibration_fields() {
  const CalibratorRegistry& registry = calibrators();
  std::vector<std::pair<std::string, std::string>> methods;
  std::string summaries;
  for (const std::string& name : registry.names()) {
    if (registry.get(name).variant_flag()) continue;
    methods.emplace_back(name, name);
    const std::string summary = registry.get(name).summary();
    if (!summary.empty()) summaries += (summaries.empty() ? ": " : "; ") + name + ", " + summary;
  }
  return Fields<Calibration>()
      .choice(&Calibration::method, methods,
              {.name = "method",
               .help = "How the range of a tensor is chosen" + summaries,
               .aliases = {"calibration_method"}})
      .add(&Calibration::num_calibration_samples,
           {.name = "num_calibration_samples",
            .required = true,
            .minimum = 1,
            .help = "Number of samples, taken from the start of the split"})
      .choice(&Calibration::calibration_padding,
              {{"max_length", Padding::kMaxLength},
               {"longest", Padding::kLongest},
               {"masked", Padding::kMasked}},
              {.name = "calibration_padding",
               .help = "Length that samples are padded to: max_length, longest (of the batch), or "
                       "masked (longest, and padding does not count in the statistics)",
               .implies = {{"masked", {{"mask_padding", true}}}}})
      .add(&Calibration::mask_padding,
           {.name = "mask_padding", .help = "Keep padding out of the statistics"})
      .choice(&Calibration::collection,
              {{"each_batch", Collection::kEachBatch}, {"all_at_once", Collection::kAllAtOnce}},
              {.name = "collection",
               .help = "each_batch: histograms widen from batch to batch; all_at_once: two passes, "
                       "as ONNX Runtime's quantize_static",
               .fallback_help = "the method's: entropy all_at_once, others each_batch; under "
                                "protocol: reference all_at_once"})
      .add(&Calibration::max_length, {.name = "max_length",
                                      .minimum = 1,
                                      .maximum = 1e6,
                                      .help = "Length that calibration_padding: max_length pads to",
                                      .unit = "tokens",
                                      .fallback_help = "the tokenizer's model_max_length"})
      .add(&Calibration::least_token_sqnr,
           {.name = "least_token_sqnr",
            .maximum = 200,
            .help = "Lowest signal-to-noise ratio that eight bits may leave of a typical token; "
                    "tensors below it stay in float. 0: only tensors that lose everything do",
            .unit = "dB",
            .when = {{"mask_padding", {true}}}});
}

/// The calibrator that the values ask for: the method's, or a variant of it.
std::string calibrator_of(const std::string& method, const Json& values) {
  if (method != calibrators().default_name()) return method;
  for (const std::string& name : calibrators().names()) {
    const auto flag = calibrators().get(name).variant_flag();
    if (flag && values.value(flag->name, Json()) == true) return name;
  }
  return method;
}

}  // namespace

Parameters calibration_parameters() {
  Parameters all = calibration_fields().parameters();
  const std::size_t common = all.size();
  Parameters of_methods;
  for (const std::string& name : calibrators().names()) {
    const Calibrator& calibrator = calibrators().get(name);
    if (!calibrator.variant_flag()) {
      add_declared(of_methods, calibrator.fields().parameters(), name);
    }
  }
  for (const std::string& name : calibrators().names()) {
    const Calibrator& calibrator = calibrators().get(name);
    const auto flag = calibrator.variant_flag();
    if (!flag) continue;
    add_declared(of_methods, {*flag}, calibrators().default_name());
    Parameters own;
    for (Parameter parameter : calibrator.fields().parameters()) {
      if (find_parameter(of_methods, parameter.name) != nullptr) continue;
      parameter.when.push_back({flag->name, {true}});
      own.push_back(std::move(parameter));
    }
    add_declared(of_methods, own, calibrators().default_name());
  }
  all.insert(all.end(), of_methods.begin(), of_methods.end());
  // The order of the cards: what a method has stands before what other keys say of padding.
  std::rotate(all.begin() + 2, all.begin() + static_cast<std::ptrdiff_t>(common), all.end());
  return all;
}

std::vector<quantize::Remedy> calibration_remedies() {
  // A tenth of the noise that the usual limit lets pass.
  constexpr double kHighTokenSqnr = 30;
  const auto keys = [](const Json& values) { return Json{{"calibration", values}}; };
  const int place = quantize::kPlaceOfCalibration;
  return {{.against = "padding counts in the ranges of activations",
           .options = keys({{"mask_padding", true}, {"least_token_sqnr", 0}}),
           .place = place},
          {.against = "padding, and tokens louder than the others, widen the ranges of activations",
           .options = keys({{"mask_padding", true}}),
           .place = place + 1},
          {.against = "the method cuts off the largest activations",
           .options = keys({{"method", calibrators().default_name()}}),
           .place = place + 2},
          {.against = "tokens louder than the others widen the ranges of activations",
           .options = keys({{"mask_padding", true}, {"least_token_sqnr", kHighTokenSqnr}}),
           .place = quantize::kPlaceOfMore}};
}

Calibration calibration_from(const Json& values) {
  Calibration out = calibration_fields().read(values);
  out.calibrator.name = calibrator_of(out.method, values);
  out.calibrator.options = method_options(calibrators().get(out.calibrator.name), values);
  return out;
}

Options options_of(const Calibration& calibration, bool reference) {
  Options options;
  options.methods = {calibration.calibrator};
  options.collection = calibration.collection_with(reference);
  options.skip_padding = calibration.skips_padding();
  return options;
}

Collection Calibration::collection_with(bool reference) const {
  if (collection) return *collection;
  return reference ? Collection::kAllAtOnce : calibrators().get(calibrator.name).usual_collection();
}

Json to_json(const Method& method) {
  Json json{{"method", method.name}};
  json.update(values_of(calibrators().get(method.name), method.options));
  return json;
}

Method method_from_json(const Json& json) {
  const std::string name = json.at("method").get<std::string>();
  return {name, method_options(calibrators().get(name), json)};
}

}  // namespace quantbench::calibrate
