#include <memory>

#include "cli/command.h"
#include "cli/output.h"
#include "quantbench/spec/json_schema.h"
#include "quantbench/spec/key_table.h"

namespace quantbench::cli {

namespace {

class SchemaCommand : public Command {
 public:
  void add_to(CLI::App& app, Context&) const override {
    const auto markdown = std::make_shared<bool>(false);
    CLI::App* command = app.add_subcommand(
        "schema", "Print the JSON Schema of specs, for checks and completion in editors");
    command->add_flag("--markdown", *markdown, "Print the table of docs/spec.md instead");
    command->footer(
        "Use it with: quantbench schema > spec.schema.json, and in a spec the line\n"
        "# yaml-language-server: $schema=spec.schema.json");
    command->callback([markdown] {
      const spec::Schema keys = spec::spec_keys();
      print_text(*markdown ? spec::key_table(keys) : spec::json_schema(keys).dump(2) + "\n");
    });
  }
};

}  // namespace

void register_schema(CommandRegistry& registry) {
  registry.add("schema", std::make_unique<SchemaCommand>());
}

}  // namespace quantbench::cli
