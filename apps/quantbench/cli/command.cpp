#include "cli/command.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "cli/interrupt.h"
#include "cli/option_names.h"
#include "cli/output.h"
#include "cli/usage_faults.h"
#include "quantbench/base/diagnostics.h"
#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/log.h"
#include "quantbench/base/memory.h"
#include "quantbench/base/standard_streams.h"
#include "quantbench/base/system_error.h"
#include "quantbench/base/text.h"
#include "quantbench/base/utf8.h"
#include "quantbench/execute/run.h"

namespace quantbench::cli {

namespace {

/// "  4    `compare` found a regression", lines of the width of the rest of the help.
std::string status_table() {
  constexpr std::size_t kWidth = 90;
  constexpr std::string_view kIndent = "       ";
  std::string table = "Exit status:";
  for (const auto& [status, meaning] : kExitStatuses) {
    std::string line = fmt::format("  {:<4}", static_cast<int>(status));
    for (const std::string& word : split(meaning, ' ')) {
      if (line.size() + 1 + word.size() > kWidth) {
        table += "\n" + line;
        line = kIndent.substr(1);
      }
      line += " " + word;
    }
    table += "\n" + line;
  }
  return table;
}

void complain(const std::string& line) {
  diagnostics().print("quantbench: error: " + visible(line));
}

/// Parses the arguments and runs the command.
int run(int argc, char** argv) {
  Context context;
  CLI::App app{
      "Benchmarks the quantization of transformer models: which int8 configuration is\n"
      "fastest on this CPU, and what does it cost in accuracy?"};
  app.name("quantbench");
  app.formatter(std::make_shared<OptionFormatter>());
  app.set_version_flag("--version", "quantbench " QUANTBENCH_VERSION);
  app.add_flag("-v,--verbose", context.verbosity,
               "More diagnostics on standard error (twice: debug)");
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(status_table());
  app.parse_complete_callback([&context] { set_up_logging(context.verbosity); });
  for (const std::string& name : commands().names()) commands().get(name).add_to(app, context);
  try {
    std::vector<std::string> arguments = with_hyphens({argv + 1, argv + argc}, app);
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      std::ostringstream text;
      app.exit(error, text, text);
      print_text(text.str());
      return kSuccess;
    }
    complain(unknown_word({argv + 1, argv + argc}, app).value_or(error.what()));
    diagnostics().print("Run 'quantbench --help' or 'quantbench COMMAND --help' for usage.");
    return kBadInput;
  }
  return context.status;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  secure_standard_streams();
  // ONNX Runtime reads this variable before its API can disable telemetry. Benchmark data stays on
  // this machine, and no database appears in the user's home. Set while there is only one thread.
  ::setenv("ORT_DISABLE_TELEMETRY", "1", /*overwrite=*/0);
  limit_memory_to_machine();
  // A write beyond a limit on file sizes (ulimit -f) then fails, as it does on a full disk. It does
  // not end the process.
  std::signal(SIGXFSZ, SIG_IGN);
  // A worker ends with its run and leaves its files to it.
  const bool is_worker = argc > 1 && std::string_view(argv[1]) == "worker";
  std::optional<InterruptWatch> interrupts;
  if (!is_worker) interrupts.emplace();
  try {
    const int status = explained_by_files([&] { return run(argc, argv); });
    throw_if_file_shrank();
    finish_output();
    return status;
  } catch (const execute::Cancelled& cancelled) {
    complain(cancelled.what());
    return kInterrupted;
  } catch (const Error& error) {
    complain(error.what());
    return kBadInput;
  } catch (const std::filesystem::filesystem_error& error) {
    complain(error_of(error).what());
    return kBadInput;
  } catch (const std::system_error& error) {  // no more threads, say
    complain(error_of(error).what());
    return kBadInput;
  } catch (const std::bad_alloc&) {
    complain("not enough memory");
    return kBadInput;
  } catch (const std::exception& error) {
    complain(Error(std::string("internal fault: ") + error.what()).what());
    return kInternalFault;
  }
}

}  // namespace quantbench::cli
