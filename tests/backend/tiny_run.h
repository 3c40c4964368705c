#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "quantbench/base/file.h"
#include "quantbench/execute/run.h"
#include "quantbench/spec/spec.h"
#include "support/card_grid.h"
#include "support/tiny_models.h"

namespace quantbench::backend::test {

/// A random two-layer DistilBERT and six sentences, run for real in fractions of a second.
class TinyRun {
 public:
  TinyRun() {
    model_.config["id2label"] = {{"0", "negative"}, {"1", "positive"}};
    model_.config["label2id"] = {{"negative", 0}, {"positive", 1}};
    checkpoint = model_.write();
    write_text(checkpoint / "vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nbad\ngood\nso\nfilm\n");
    write_text(checkpoint / "tokenizer_config.json",
               R"({"tokenizer_class": "BertTokenizer", "model_max_length": 16,
                   "do_lower_case": true})");
    data = directory.path() / "data";
    write_text(data / "validation.tsv",
               "sentence\tlabel\nso good\t1\nbad film\t0\ngood film\t1\nso so bad\t0\n"
               "good good good\t1\nfilm\t0\n");
    options.store = directory.path() / "home" / "results.sqlite";
    options.cache = directory.path() / "cache";
  }

  spec::Spec spec(std::vector<std::string> overrides = {}) const {
    overrides.insert(overrides.begin(), {"per_channel=false", "batch_sizes=[1, 2]"});
    return spec::parse(quantbench::test::card_grid(checkpoint, data), "test.yaml", overrides);
  }

  TemporaryDirectory directory;
  std::filesystem::path checkpoint;
  std::filesystem::path data;
  execute::Options options;

 private:
  quantbench::test::TinyModel model_{"distilbert"};
};

}  // namespace quantbench::backend::test
