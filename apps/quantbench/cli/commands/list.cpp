#include <memory>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/store_option.h"
#include "cli/terminal.h"
#include "quantbench/store/database.h"

namespace quantbench::cli {

namespace {

class List : public Command {
 public:
  void add_to(CLI::App& app, Context&) const override {
    const auto store = std::make_shared<std::string>();
    CLI::App* command = app.add_subcommand("list", "List the runs of the result store");
    add_store_option(*command, *store);
    command->callback([store] {
      const auto path = chosen_store(*store);
      TextTable table{
          {{"run"}, {"started"}, {"status"}, {"task"}, {"name_or_path"}, {"rows", Align::kRight}},
          {}};
      if (std::filesystem::exists(path)) {
        for (const store::RunSummary& run : store::Database(path, store::Access::kRead).runs()) {
          table.rows.push_back({run.run_id, run.started_at, to_string(run.status), run.task,
                                run.name_or_path, std::to_string(run.rows)});
        }
      }
      if (table.rows.empty()) {
        print("no runs in {}\n", path.string());
      } else {
        print_text(table.render());
      }
    });
  }
};

}  // namespace

void register_list(CommandRegistry& registry) { registry.add("list", std::make_unique<List>()); }

}  // namespace quantbench::cli
