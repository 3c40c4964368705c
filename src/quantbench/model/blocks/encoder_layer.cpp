#include "quantbench/model/blocks/encoder_layer.h"

namespace quantbench::model {

LayerNames LayerNames::bert(const std::string& layer) {
  return {.query = layer + ".attention.self.query",
          .key = layer + ".attention.self.key",
          .value = layer + ".attention.self.value",
          .attention_output = layer + ".attention.output.dense",
          .attention_norm = layer + ".attention.output.LayerNorm",
          .intermediate = layer + ".intermediate.dense",
          .output = layer + ".output.dense",
          .output_norm = layer + ".output.LayerNorm"};
}

Value self_attention(Forward& forward, Value x, const LayerNames& names, const EncoderSizes& sizes,
                     const AttentionContext& context, const ProjectionBias& bias) {
  const std::int64_t hidden = sizes.hidden;
  const Value query = forward.linear(x, names.query, hidden, hidden, bias.query_and_value);
  const Value key = forward.linear(x, names.key, hidden, hidden, bias.key);
  const Value value = forward.linear(x, names.value, hidden, hidden, bias.query_and_value);
  const Value attended = forward.attention(query, key, value,
                                           {.form = context.form,
                                            .heads = sizes.heads,
                                            .head_size = sizes.head_size,
                                            .mask = context.mask,
                                            .bias = context.bias});
  return forward.linear(attended, names.attention_output, hidden, hidden);
}

Value feed_forward(Forward& forward, Value x, const LayerNames& names, const EncoderSizes& sizes) {
  const Value wide = forward.linear(x, names.intermediate, sizes.hidden, sizes.intermediate);
  const Value activated = forward.activation(wide, sizes.activation);
  return forward.linear(activated, names.output, sizes.intermediate, sizes.hidden);
}

Value post_norm_layer(Forward& forward, Value x, const LayerNames& names, const EncoderSizes& sizes,
                      const AttentionContext& context) {
  const Value attended = self_attention(forward, x, names, sizes, context);
  const Value middle = forward.layer_norm(forward.add(attended, x), names.attention_norm,
                                          sizes.hidden, sizes.epsilon);
  const Value transformed = feed_forward(forward, middle, names, sizes);
  return forward.layer_norm(forward.add(transformed, middle), names.output_norm, sizes.hidden,
                            sizes.epsilon);
}

Value pre_norm_layer(Forward& forward, Value x, const LayerNames& names, const EncoderSizes& sizes,
                     const PreNormOptions& options) {
  const auto scaled = [&](Value value, const std::string& scale) {
    return scale.empty() ? value : forward.scale_parameter(value, scale, sizes.hidden);
  };
  const Value before = forward.layer_norm(x, names.attention_norm, sizes.hidden, sizes.epsilon);
  const Value attended =
      self_attention(forward, before, names, sizes, options.context, options.bias);
  const Value middle = forward.add(scaled(attended, options.attention_scale), x);
  const Value normalized =
      forward.layer_norm(middle, names.output_norm, sizes.hidden, sizes.epsilon);
  const Value transformed = feed_forward(forward, normalized, names, sizes);
  return forward.add(scaled(transformed, options.output_scale), middle);
}

}  // namespace quantbench::model
