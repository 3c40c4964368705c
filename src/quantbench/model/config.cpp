#include "quantbench/model/config.h"

#include <algorithm>
#include <limits>

#include "quantbench/base/error.h"
#include "quantbench/base/json.h"

namespace quantbench::model {

namespace {

constexpr std::int64_t kMaximumLayers = 4096;
constexpr std::int64_t kMaximumLength = std::int64_t{1} << 24;

std::string quoted(std::string_view key) { return "'" + std::string(key) + "'"; }

}  // namespace

std::int64_t Config::size_up_to(std::string_view key, std::int64_t fallback,
                                std::int64_t limit) const {
  const auto value = value_or<std::int64_t>(json_, key, fallback, where_);
  if (value < 1 || value > limit) {
    throw Error("key " + quoted(key) + " is " + std::to_string(value) + ", expected 1 to " +
                    std::to_string(limit),
                where_);
  }
  return value;
}

std::int64_t Config::size(std::string_view key, std::int64_t fallback) const {
  return size_up_to(key, fallback, std::numeric_limits<std::int32_t>::max());
}

std::int64_t Config::layers(std::string_view key, std::int64_t fallback) const {
  return size_up_to(key, fallback, kMaximumLayers);
}

std::int64_t Config::maximum_length(std::string_view key, std::int64_t fallback) const {
  return size_up_to(key, fallback, kMaximumLength);
}

std::int64_t Config::id(std::string_view key, std::int64_t fallback) const {
  const auto value = value_or<std::int64_t>(json_, key, fallback, where_);
  if (value < 0) {
    throw Error("key " + quoted(key) + " is " + std::to_string(value) + ", expected a token id",
                where_);
  }
  return value;
}

double Config::number(std::string_view key, double fallback) const {
  return value_or<double>(json_, key, fallback, where_);
}

bool Config::flag(std::string_view key, bool fallback) const {
  return value_or<bool>(json_, key, fallback, where_);
}

Activation Config::activation(std::string_view key, std::string_view fallback) const {
  const auto name = value_or<std::string>(json_, key, std::string(fallback), where_);
  return with_context(where_ + ": key " + quoted(key), [&] { return parse_activation(name); });
}

Config::Area Config::area(std::string_view key, std::int64_t fallback) const {
  const auto found = json_.find(key);
  if (found == json_.end() || !found->is_array()) {
    const std::int64_t side = maximum_length(key, fallback);
    return {side, side};
  }
  if (found->size() != 2) {
    throw Error("key " + quoted(key) + " is " + to_line(*found) + ", expected [height, width]",
                where_);
  }
  std::int64_t sides[2];
  for (std::size_t i = 0; i < 2; ++i) {
    const Json& side = (*found)[i];
    if (!side.is_number_integer() || side.get<std::int64_t>() < 1 ||
        side.get<std::int64_t>() > kMaximumLength) {
      throw Error("key " + quoted(key) + " is " + to_line(*found) +
                      ", expected two sizes from 1 to " + std::to_string(kMaximumLength),
                  where_);
    }
    sides[i] = side.get<std::int64_t>();
  }
  return {sides[0], sides[1]};
}

bool Config::has_architecture(std::string_view name) const {
  const auto found = json_.find("architectures");
  if (found == json_.end() || !found->is_array()) return false;
  return std::ranges::any_of(*found, [&](const Json& item) { return item == name; });
}

std::int64_t Config::head_size(std::string_view hidden_key, std::int64_t hidden,
                               std::string_view heads_key, std::int64_t heads) const {
  if (hidden % heads != 0) {
    throw Error(quoted(hidden_key) + " (" + std::to_string(hidden) + ") is not a multiple of " +
                    quoted(heads_key) + " (" + std::to_string(heads) + ")",
                where_);
  }
  return hidden / heads;
}

void Config::expect(std::string_view key, const Json& value) const {
  const auto found = json_.find(key);
  if (found == json_.end() || found->is_null() || *found == value) return;
  throw Error("key " + quoted(key) + " is " + to_line(*found) + ", an unsupported value", where_,
              value.is_null() ? "supported: null" : "supported: " + to_line(value));
}

void Config::expect_plain_encoder() const {
  expect("is_decoder", false);
  expect("add_cross_attention", false);
  expect("position_embedding_type", "absolute");
  expect("pruned_heads", Json::object());
  expect("quantization_config", nullptr);
}

}  // namespace quantbench::model
