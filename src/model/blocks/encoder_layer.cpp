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
                     const AttentionContext& context, bool query_value_bias, bool key_bias) {
  const std::int64_t hidden = sizes.hidden;
  const Value query = forward.linear(x, names.query, hidden, hidden, query_value_bias);
  const Value key = forward.linear(x, names.key, hidden, hidden, key_bias);
  const Value value = forward.linear(x, names.value, hidden, hidden, query_value_bias);
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

Value pre_norm_layer(Forward& forward, Value x, const LayerNames& names,
                     const EncoderSizes& sizes) {
  const Value before = forward.layer_norm(x, names.attention_norm, sizes.hidden, sizes.epsilon);
  const Value attended = self_attention(forward, before, names, sizes, {});
  const Value middle = forward.add(attended, x);
  const Value normalized =
      forward.layer_norm(middle, names.output_norm, sizes.hidden, sizes.epsilon);
  return forward.add(feed_forward(forward, normalized, names, sizes), middle);
}

}  // namespace quantbench::model
