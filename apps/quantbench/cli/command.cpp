#include "cli/command.h"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <system_error>
#include <utility>

#include "cli/option_names.h"
#include "quantbench/base/error.h"
#include "quantbench/base/log.h"
#include "quantbench/engine/engine.h"

namespace quantbench::cli {

namespace {

constexpr const char* kFooter =
    "Exit status: 0 success; 1 the run ended but some rows failed; 2 bad input (one line on\n"
    "standard error says what, where and what would be right); 3 a fault of quantbench itself;\n"
    "4 compare found a regression; 130 interrupted, what was measured is kept.";

std::filesystem::path this_program(const char* argv0) {
  std::error_code failure;
  auto path = std::filesystem::read_symlink("/proc/self/exe", failure);
  return failure ? std::filesystem::path(argv0) : path;
}

void complain(const std::string& line) { fmt::print(stderr, "quantbench: error: {}\n", line); }

}  // namespace

int run_command_line(int argc, char** argv) {
  // ONNX Runtime reads this variable before its API can disable telemetry. Benchmark data stays on
  // this machine, and no database appears in the user's home. Set while there is only one thread.
  ::setenv("ORT_DISABLE_TELEMETRY", "1", /*overwrite=*/0);
  Context context;
  try {
    context.program = this_program(argv[0]);
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
    app.footer(kFooter);
    app.parse_complete_callback([&context] { set_up_logging(context.verbosity); });
    for (const std::string& name : commands().names()) commands().get(name).add_to(app, context);
    try {
      std::vector<std::string> arguments = with_hyphens({argv + 1, argv + argc}, app);
      std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
      app.parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
      if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
      complain(error.what());
      fmt::print(stderr, "Run 'quantbench --help' or 'quantbench COMMAND --help' for usage.\n");
      return kBadInput;
    }
    return context.status;
  } catch (const engine::Cancelled& cancelled) {
    complain(cancelled.what());
    return kInterrupted;
  } catch (const Error& error) {
    complain(error.what());
    return kBadInput;
  } catch (const std::filesystem::filesystem_error& error) {
    complain(Error(error.code().message(), error.path1().string()).what());
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
