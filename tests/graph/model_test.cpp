#include "quantbench/graph/model.h"

#include <gmock/gmock.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/graph/entry_count.h"
#include "quantbench/graph/wire.h"
#include "support/message_of.h"

namespace quantbench::graph {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<float> ramp(std::size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 0.5F);
  return values;
}

/// A MatMul with a constant, as any library would write it.
onnx::ModelProto sample() {
  onnx::ModelProto model;
  model.set_ir_version(7);
  model.set_producer_name("someone");
  auto& opset = *model.add_opset_import();
  opset.set_version(13);
  auto& entry = *model.add_metadata_props();
  entry.set_key("k");
  entry.set_value("v");
  auto& graph = *model.mutable_graph();
  graph.set_name("g");
  auto& node = *graph.add_node();
  node.set_op_type("MatMul");
  node.add_input("x");
  node.add_input("w");
  node.add_output("y");
  auto& w = *graph.add_initializer();
  w.set_name("w");
  w.set_data_type(onnx::TensorProto::FLOAT);
  w.add_dims(2);
  w.add_dims(3);
  const auto values = ramp(6);
  w.set_raw_data(values.data(), values.size() * sizeof(float));
  return model;
}

class ModelFile : public testing::Test {
 protected:
  std::filesystem::path write(const onnx::ModelProto& proto) {
    write_text(path_, proto.SerializeAsString());
    return path_;
  }

  std::string failure_of_load() {
    try {
      Model::load(path_);
    } catch (const Error& error) {
      return error.what();
    }
    return "loaded without an error";
  }

  const TemporaryDirectory directory_;
  const std::filesystem::path path_ = directory_.path() / "model.onnx";
};

TEST_F(ModelFile, keeps_everything_through_load_and_save) {
  auto proto = sample();
  auto& text = *proto.mutable_graph()->add_initializer();
  text.set_name("words");
  text.set_data_type(onnx::TensorProto::STRING);
  text.add_dims(1);
  text.add_string_data("word");
  proto.mutable_graph()->mutable_unknown_fields()->AddVarint(4000, 5);
  proto.mutable_unknown_fields()->AddLengthDelimited(4001, "later version");
  const Model model = Model::load(write(proto));
  EXPECT_EQ(model.opset(), 13);
  EXPECT_THAT(model.initializer_names(), ElementsAre("w"));
  const auto saved = directory_.path() / "saved.onnx";
  model.save(saved);
  onnx::ModelProto read;
  ASSERT_TRUE(read.ParseFromString(read_text(saved)));
  // The order of initializers has no meaning. Strings stay in the protobuf.
  ASSERT_EQ(read.graph().initializer_size(), 2);
  read.mutable_graph()->mutable_initializer()->SwapElements(0, 1);
  EXPECT_EQ(read.SerializeAsString(), proto.SerializeAsString());
  EXPECT_EQ(model.to_proto().ByteSizeLong(), proto.ByteSizeLong());
}

TEST_F(ModelFile, holds_raw_data_as_a_view_of_the_mapped_file) {
  write(sample());
  const Model model = Model::load(path_);
  const Initializer* w = model.find_initializer("w");
  ASSERT_NE(w, nullptr);
  EXPECT_THAT(w->shape, ElementsAre(2, 3));
  const auto values = w->values<float>();
  EXPECT_EQ(std::vector<float>(values.begin(), values.end()), ramp(6));
  const auto file = std::static_pointer_cast<const MappedFile>(w->data.owner);
  EXPECT_GE(w->data.bytes.data(), file->bytes().data());
  EXPECT_LE(w->data.bytes.data() + 24, file->bytes().data() + file->bytes().size());
  EXPECT_EQ(model.graph().initializer_size(), 0);
}

TEST_F(ModelFile, converts_typed_fields_to_bytes) {
  auto proto = sample();
  auto& w = *proto.mutable_graph()->mutable_initializer(0);
  w.clear_raw_data();
  for (const float value : ramp(6)) w.add_float_data(value);
  auto& half = *proto.mutable_graph()->add_initializer();
  half.set_name("half");
  half.set_data_type(onnx::TensorProto::FLOAT16);
  half.add_dims(2);
  half.add_int32_data(0x3c00);
  half.add_int32_data(0xbc00);
  auto& axes = *proto.mutable_graph()->add_initializer();
  axes.set_name("axes");
  axes.set_data_type(onnx::TensorProto::INT64);
  axes.add_dims(1);
  axes.add_int64_data(-1);
  auto& zero = *proto.mutable_graph()->add_initializer();
  zero.set_name("zero_point");
  zero.set_data_type(onnx::TensorProto::INT8);
  zero.add_int32_data(-128);
  const Model model = Model::load(write(proto));
  EXPECT_EQ(model.find_initializer("w")->values<float>()[5], 5.5F);
  EXPECT_EQ(model.find_initializer("axes")->values<std::int64_t>()[0], -1);
  EXPECT_EQ(model.find_initializer("zero_point")->values<std::int8_t>()[0], -128);
  const auto bytes = model.find_initializer("half")->data.bytes;
  ASSERT_EQ(bytes.size(), 4U);
  EXPECT_EQ(static_cast<int>(bytes[3]), 0xbc);
}

TEST_F(ModelFile, refuses_more_nodes_than_memory_should_hold) {
  // An empty node is two bytes, and two hundred in memory.
  std::string graph;
  for (std::size_t i = 0; i <= kMaxGraphEntries; ++i) graph.append("\x0a\x00", 2);
  std::string file;
  append_head(file, kModelGraph, graph.size());
  write_text(path_, file + graph);
  EXPECT_THAT(test::message_of([&] { Model::load(path_); }),
              HasSubstr("the graph has more than 4000000 nodes, attributes and names"));
}

TEST(GraphEntries, are_counted_in_subgraphs_too) {
  onnx::ModelProto model;
  onnx::GraphProto* graph = model.mutable_graph();
  for (int i = 0; i < 10; ++i) {
    graph = graph->add_node()->add_attribute()->mutable_g();  // three entries
  }
  const std::string bytes = model.SerializeAsString();
  const auto count = [&](std::size_t most) {
    require_few_entries(std::as_bytes(std::span(bytes)), most);
  };
  EXPECT_NO_THROW(count(31));
  EXPECT_THROW(count(30), Error);
}

/// Functions "F0" to "F39"; each calls the next one `calls` times, the last one calls `last`.
onnx::ModelProto chain_of_functions(int calls, const std::string& last) {
  onnx::ModelProto model = sample();
  const auto call = [](onnx::NodeProto& node, const std::string& name) {
    node.set_op_type(name);
    node.set_domain("own");
  };
  for (int i = 0; i < 40; ++i) {
    onnx::FunctionProto& function = *model.add_functions();
    function.set_name("F" + std::to_string(i));
    function.set_domain("own");
    for (int k = 0; k < calls; ++k) {
      call(*function.add_node(), i < 39 ? "F" + std::to_string(i + 1) : last);
    }
  }
  call(*model.mutable_graph()->add_node(), "F0");
  return model;
}

TEST_F(ModelFile, refuses_functions_that_would_make_a_graph_without_end) {
  write(chain_of_functions(1, "Relu"));
  EXPECT_NO_THROW(Model::load(path_));
  write(chain_of_functions(2, "Relu"));
  EXPECT_THAT(failure_of_load(), HasSubstr("the graph has 2.2e+12 nodes after its functions are "
                                           "expanded; the limit is 10000000"));
  write(chain_of_functions(1, "F0"));
  EXPECT_THAT(failure_of_load(), HasSubstr("function 'F0': calls itself"));
}

TEST_F(ModelFile, refuses_every_truncation_without_harm) {
  const std::string whole = sample().SerializeAsString();
  int refused = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_text(path_, std::string_view(whole).substr(0, size));
    try {
      // Cutting between two top-level fields leaves a well-formed message.
      EXPECT_EQ(Model::load(path_).graph().node_size(), 1);
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("model.onnx"));
      ++refused;
    }
  }
  EXPECT_GT(refused, static_cast<int>(whole.size()) - 4);
}

TEST_F(ModelFile, survives_any_changed_byte) {
  const std::string whole = sample().SerializeAsString();
  int refused = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const int flip : {0x01, 0x08, 0x80, 0xff}) {
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      write_text(path_, changed);
      try {
        const Model model = Model::load(path_);
        model.to_proto();
      } catch (const Error&) {
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 0);
}

TEST_F(ModelFile, says_what_is_wrong_with_a_tensor) {
  auto proto = sample();
  auto& w = *proto.mutable_graph()->mutable_initializer(0);
  w.set_dims(0, 3);
  write(proto);
  EXPECT_THAT(failure_of_load(), HasSubstr("model.onnx: initializer 'w': holds 24 bytes, its "
                                           "shape needs 36"));
  w.set_dims(0, -2);
  write(proto);
  EXPECT_THAT(failure_of_load(), HasSubstr("dimension -2 is negative"));
  w.set_dims(0, std::int64_t{1} << 62);
  write(proto);
  EXPECT_THAT(failure_of_load(), HasSubstr("more elements than memory can hold"));
  w.set_dims(0, 2);
  w.set_data_type(77);
  write(proto);
  EXPECT_THAT(failure_of_load(), HasSubstr("unknown data type 77"));
  proto = sample();
  *proto.mutable_graph()->add_initializer() = proto.graph().initializer(0);
  write(proto);
  EXPECT_THAT(failure_of_load(), HasSubstr("initializer 'w' appears twice"));
}

TEST_F(ModelFile, refuses_what_is_not_a_model) {
  write_text(path_, "");
  EXPECT_THAT(failure_of_load(), HasSubstr("is not an ONNX model"));
  write_text(path_, "version https://git-lfs.github.com/spec/v1\n");
  EXPECT_THAT(failure_of_load(), HasSubstr("model.onnx: "));
  EXPECT_THROW(Model::load(directory_.path() / "missing.onnx"), Error);
}

TEST_F(ModelFile, writes_large_models_as_external_data_and_reads_them_back) {
  Model model = Model::load(write(sample()));
  model.set_initializer(Initializer::make<float>("big", {40, 30}, ramp(1200)));
  model.set_initializer(Initializer::make<float>("bigger", {500, 3}, ramp(1500)));
  const auto saved = directory_.path() / "deep" / "large.onnx";
  model.save(saved, {.external_data_above = 1024});
  EXPECT_LT(std::filesystem::file_size(saved), 1024U);
  onnx::ModelProto read;
  ASSERT_TRUE(read.ParseFromString(read_text(saved)));
  const auto& tensor = read.graph().initializer(2);
  EXPECT_EQ(tensor.external_data(0).value(), "large.onnx.data");
  EXPECT_EQ(std::stoul(tensor.external_data(1).value()) % 4096, 0U);
  const Model loaded = Model::load(saved);
  EXPECT_EQ(loaded.find_initializer("bigger")->values<float>()[1499], 1499.5F);
  EXPECT_EQ(loaded.find_initializer("w")->values<float>()[0], 0.5F);
  EXPECT_EQ(loaded.to_proto().SerializeAsString(), model.to_proto().SerializeAsString());
}

TEST_F(ModelFile, has_no_data_file_where_every_tensor_is_small) {
  const Model model = Model::load(write(sample()));
  const auto saved = directory_.path() / "small.onnx";
  model.save(saved, {.external_data_above = 0});
  EXPECT_FALSE(std::filesystem::exists(saved.string() + ".data"));
  EXPECT_EQ(Model::load(saved).to_proto().SerializeAsString(),
            model.to_proto().SerializeAsString());
}

TEST_F(ModelFile, has_its_fields_in_the_order_of_their_numbers) {
  Model model = Model::load(write(sample()));
  model.require_opset("com.microsoft", 1);
  const auto saved = directory_.path() / "ordered.onnx";
  model.save(saved);
  const std::string bytes = read_text(saved);
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                               static_cast<int>(bytes.size()));
  std::vector<std::uint32_t> fields;
  while (const std::uint32_t tag = input.ReadTag()) {
    fields.push_back(tag >> 3);
    ASSERT_TRUE(google::protobuf::internal::WireFormatLite::SkipField(&input, tag));
  }
  EXPECT_GE(fields.size(), 4U);
  EXPECT_TRUE(std::is_sorted(fields.begin(), fields.end())) << testing::PrintToString(fields);
}

class ExternalData : public ModelFile {
 protected:
  void write_external(const std::string& location, const std::string& offset,
                      const std::string& length) {
    auto proto = sample();
    auto& w = *proto.mutable_graph()->mutable_initializer(0);
    w.clear_raw_data();
    w.set_data_location(onnx::TensorProto::EXTERNAL);
    const auto add = [&](const char* key, const std::string& value) {
      if (value.empty()) return;
      auto& entry = *w.add_external_data();
      entry.set_key(key);
      entry.set_value(value);
    };
    add("location", location);
    add("offset", offset);
    add("length", length);
    write(proto);
  }
};

TEST_F(ExternalData, is_read_from_its_offset) {
  const auto values = ramp(8);
  const std::string bytes(reinterpret_cast<const char*>(values.data()), 32);
  write_text(directory_.path() / "weights.bin", bytes);
  write_external("weights.bin", "8", "");
  EXPECT_EQ(Model::load(path_).find_initializer("w")->values<float>()[0], 2.5F);
}

TEST_F(ExternalData, of_tensors_inside_nodes_and_subgraphs_comes_into_the_model) {
  onnx::ModelProto model = sample();
  onnx::TensorProto external;
  external.set_name("inner");
  external.set_data_type(onnx::TensorProto::FLOAT);
  external.add_dims(2);
  external.set_data_location(onnx::TensorProto::EXTERNAL);
  auto& location = *external.add_external_data();
  location.set_key("location");
  location.set_value("inner.data");
  const std::vector<float> values{5, 6};
  write_text(directory_.path() / "inner.data",
             std::string(reinterpret_cast<const char*>(values.data()), 8));
  auto& branch = *model.mutable_graph()->add_node();
  branch.set_op_type("If");
  auto& then_branch = *branch.add_attribute();
  then_branch.set_name("then_branch");
  *then_branch.mutable_g()->add_initializer() = external;
  auto& inside = *then_branch.mutable_g()->add_node()->add_attribute();
  inside.set_name("value");
  *inside.mutable_t() = external;
  write(model);
  const Model loaded = Model::load(path_);
  const onnx::GraphProto& graph = loaded.graph().node(1).attribute(0).g();
  for (const onnx::TensorProto* tensor : {&graph.initializer(0), &graph.node(0).attribute(0).t()}) {
    EXPECT_NE(tensor->data_location(), onnx::TensorProto::EXTERNAL);
    EXPECT_EQ(tensor->external_data_size(), 0);
    ASSERT_EQ(tensor->raw_data().size(), 8U);
    EXPECT_EQ(std::memcmp(tensor->raw_data().data(), values.data(), 8), 0);
  }
}

TEST_F(ExternalData, outside_its_file_is_refused) {
  write_text(directory_.path() / "weights.bin", std::string(32, 'x'));
  write_external("weights.bin", "9", "24");
  EXPECT_THAT(failure_of_load(), HasSubstr("is outside 'weights.bin' of 32 bytes"));
  write_external("weights.bin", "18446744073709551615", "24");
  EXPECT_THAT(failure_of_load(), HasSubstr("is outside 'weights.bin'"));
  write_external("weights.bin", "0", "25");
  EXPECT_THAT(failure_of_load(), HasSubstr("the shape needs 24"));
  write_external("weights.bin", "-1", "24");
  EXPECT_THAT(failure_of_load(), HasSubstr("offset '-1', expected a number"));
  write_external("missing.bin", "0", "24");
  EXPECT_THAT(failure_of_load(), HasSubstr("'missing.bin': No such file"));
}

TEST_F(ExternalData, outside_the_directory_of_the_model_is_refused) {
  const TemporaryDirectory elsewhere;
  write_text(elsewhere.path() / "secret", std::string(24, 'x'));
  for (const std::string& location :
       {std::string("../") + elsewhere.path().filename().string() + "/secret",
        (elsewhere.path() / "secret").string(), std::string("."), std::string("a/../../secret"),
        std::string()}) {
    write_external(location, "0", "24");
    EXPECT_THAT(failure_of_load(), testing::AnyOf(HasSubstr("is not below the model's directory"),
                                                  HasSubstr("not a regular file")))
        << location;
  }
  std::filesystem::create_symlink(elsewhere.path() / "secret", directory_.path() / "link");
  write_external("link", "0", "24");
  EXPECT_THAT(failure_of_load(), HasSubstr("is not below the model's directory"));
}

TEST_F(ExternalData, of_a_linked_model_may_be_linked_to_the_same_place) {
  const auto blobs = directory_.path() / "blobs";
  const auto snapshot = directory_.path() / "snapshot";
  std::filesystem::create_directories(blobs);
  std::filesystem::create_directories(snapshot);
  write_text(blobs / "b1", std::string(24, '\0'));
  write_external("weights.bin", "0", "24");
  std::filesystem::rename(path_, blobs / "b0");
  std::filesystem::create_symlink("../blobs/b0", snapshot / "model.onnx");
  std::filesystem::create_symlink("../blobs/b1", snapshot / "weights.bin");
  EXPECT_EQ(Model::load(snapshot / "model.onnx").find_initializer("w")->values<float>()[0], 0.0F);
}

TEST(Model, replaces_an_initializer_in_place_and_forgets_removed_ones) {
  Model model;
  model.set_initializer(Initializer::scalar("a", 1.0F));
  model.set_initializer(Initializer::scalar<std::int64_t>("b", 2));
  model.set_initializer(Initializer::scalar("a", 3.0F));
  EXPECT_THAT(model.initializer_names(), ElementsAre("a", "b"));
  EXPECT_EQ(model.find_initializer("a")->values<float>()[0], 3.0F);
  EXPECT_THROW(model.find_initializer("b")->values<float>(), Error);
  model.remove_initializer("a");
  model.remove_initializer("a");
  EXPECT_EQ(model.find_initializer("a"), nullptr);
  EXPECT_THAT(model.initializer_names(), ElementsAre("b"));
  EXPECT_THROW(Initializer::make<float>("c", {2}, {1.0F}), Error);
}

TEST(ByteSize, of_types_below_a_byte_is_rounded_up) {
  constexpr int kInt4 = 22;
  constexpr int kInt2 = 26;
  EXPECT_EQ(byte_size(kInt4, 3), 2);
  EXPECT_EQ(byte_size(kInt2, 8), 2);
  EXPECT_EQ(byte_size(kInt2, 9), 3);
  EXPECT_EQ(byte_size(99, 1), -1);
}

TEST(Model, takes_a_removed_initializer_out_of_the_inputs) {
  Model model;
  for (const char* name : {"x", "w"}) model.graph().add_input()->set_name(name);
  model.set_initializer(Initializer::scalar("w", 1.0F));
  EXPECT_THAT(model.input_names(), ElementsAre("x"));
  model.remove_initializer("x");
  EXPECT_EQ(model.graph().input_size(), 2);
  model.remove_initializer("w");
  ASSERT_EQ(model.graph().input_size(), 1);
  EXPECT_EQ(model.graph().input(0).name(), "x");
}

TEST(Model, raises_an_operator_set_but_never_lowers_it) {
  Model model;
  EXPECT_EQ(model.opset(), 1);
  model.require_opset("", 11);
  model.require_opset("ai.onnx", 9);
  model.require_opset("com.microsoft", 1);
  EXPECT_EQ(model.opset(), 11);
  EXPECT_EQ(model.proto().opset_import_size(), 2);
}

TEST(Values, copies_only_where_bytes_are_not_aligned) {
  alignas(8) std::byte buffer[20] = {};
  const float value = 1.5F;
  std::memcpy(buffer + 1, &value, 4);
  std::memcpy(buffer + 12, &value, 4);
  const Values<float> misaligned(std::span<const std::byte>(buffer + 1, 4));
  EXPECT_EQ(misaligned[0], 1.5F);
  EXPECT_NE(static_cast<const void*>(misaligned.data()), buffer + 1);
  const Values<float> aligned(std::span<const std::byte>(buffer + 12, 4));
  EXPECT_EQ(static_cast<const void*>(aligned.data()), buffer + 12);
}

}  // namespace
}  // namespace quantbench::graph
