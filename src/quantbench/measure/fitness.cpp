#include "quantbench/measure/fitness.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>
#include <thread>

#include "quantbench/base/text.h"
#include "quantbench/measure/kernel_file.h"
#include "quantbench/measure/machine_load.h"

namespace quantbench::measure {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kSample{500};

/// Ticks of each process except this one, with its name: proc_pid_stat(5).
std::map<std::string, std::pair<std::string, double>> program_ticks(const fs::path& root) {
  std::map<std::string, std::pair<std::string, double>> programs;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(root / "proc", failure)) {
    const std::string pid = entry.path().filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    if (pid == std::to_string(::getpid())) continue;
    const std::string stat = read_kernel_file(entry.path() / "stat");
    const std::size_t open = stat.find('(');
    const std::size_t close = stat.rfind(')');
    if (open == std::string::npos || close == std::string::npos || close < open) continue;
    std::istringstream rest(stat.substr(close + 1));
    // State, then ten numbers, then utime and stime.
    std::string word;
    for (int i = 0; i < 11; ++i) rest >> word;
    double user = 0;
    double system = 0;
    if (rest >> user >> system) {
      programs[pid] = {stat.substr(open + 1, close - open - 1), user + system};
    }
  }
  return programs;
}

}  // namespace

std::vector<int> parse_processor_list(std::string_view list) {
  std::vector<int> numbers;
  const auto number = [](std::string_view text) -> std::optional<int> {
    int value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    return read.ec == std::errc() ? std::optional(value) : std::nullopt;
  };
  constexpr int kMost = 1 << 16;
  for (const std::string& part : split(trim(list), ',')) {
    const std::size_t dash = part.find('-');
    const auto first = number(std::string_view(part).substr(0, dash));
    const auto last =
        dash == std::string::npos ? first : number(std::string_view(part).substr(dash + 1));
    if (!first || !last) continue;
    for (int i = *first; i <= std::min(*last, kMost); ++i) numbers.push_back(i);
  }
  return numbers;
}

MachineView::MachineView(Sources sources) : sources_(std::move(sources)) {
  if (!sources_.wait) sources_.wait = [] { std::this_thread::sleep_for(kSample); };
}

std::string MachineView::text(const std::string& path) const {
  return std::string(trim(read_kernel_file(sources_.root / path)));
}

std::vector<int> MachineView::processors() const {
  return parse_processor_list(text("sys/devices/system/cpu/online"));
}

std::vector<std::string> MachineView::texts_of_processors(const std::string& path) const {
  std::vector<std::string> texts;
  for (const int processor : processors()) {
    std::string found = text("sys/devices/system/cpu/cpu" + std::to_string(processor) + "/" + path);
    if (!found.empty() && std::ranges::find(texts, found) == texts.end()) {
      texts.push_back(std::move(found));
    }
  }
  return texts;
}

std::optional<double> MachineView::largest_of_processors(const std::string& path) const {
  std::optional<double> largest;
  for (const std::string& found : texts_of_processors(path)) {
    const double value = std::strtod(found.c_str(), nullptr);
    largest = std::max(largest.value_or(value), value);
  }
  return largest;
}

std::optional<double> MachineView::number(const std::string& path, std::string_view key) const {
  std::istringstream lines(text(path));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key)) continue;
    std::string_view rest = std::string_view(line).substr(key.size());
    if (!rest.empty() && rest[0] != ':' && rest[0] != ' ' && rest[0] != '\t') continue;
    rest.remove_prefix(std::min(rest.find_first_of("0123456789"), rest.size()));
    double value = 0;
    const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (read.ec == std::errc()) return value;
  }
  return std::nullopt;
}

const std::optional<LoadSample>& MachineView::load() const {
  if (std::exchange(sampled_, true)) return load_;
  const auto read_ticks = [&] {
    return read_processor_ticks(read_kernel_file(sources_.root / "proc/stat"));
  };
  const auto before = read_ticks();
  if (!before) return load_;
  const auto programs_before = program_ticks(sources_.root);
  sources_.wait();
  const auto after = read_ticks();
  if (!after || after->all <= before->all) return load_;
  const double all = after->all - before->all;
  LoadSample sample;
  sample.processors = std::max<double>(1, static_cast<double>(processors().size()));
  const double processors_per_tick = sample.processors / all;
  sample.busy = (after->busy - before->busy) * processors_per_tick;
  sample.stolen = (after->stolen - before->stolen) * processors_per_tick;
  std::map<std::string, double> by_name;
  for (const auto& [pid, program] : program_ticks(sources_.root)) {
    const auto known = programs_before.find(pid);
    const double ticks =
        program.second - (known == programs_before.end() ? 0 : known->second.second);
    by_name[program.first] += ticks * processors_per_tick;
  }
  for (const auto& [name, used] : by_name) {
    if (used >= 0.05) sample.programs.emplace_back(name, used);
  }
  std::ranges::sort(sample.programs,
                    [](const auto& a, const auto& b) { return a.second > b.second; });
  if (sample.programs.size() > 3) sample.programs.resize(3);
  load_ = std::move(sample);
  return load_;
}

std::vector<NamedFinding> check_machine(const MachineView& machine) {
  std::vector<NamedFinding> findings;
  for (const std::string& name : checks().names()) {
    findings.push_back({name, checks().get(name).look(machine)});
  }
  return findings;
}

Json to_json(const std::vector<NamedFinding>& findings) {
  Json list = Json::array();
  for (const auto& [check, finding] : findings) {
    const char* level = finding.level == Finding::Level::kOk        ? "ok"
                        : finding.level == Finding::Level::kWarning ? "warning"
                                                                    : "unknown";
    list.push_back({{"check", check},
                    {"level", level},
                    {"found", finding.text},
                    {"remedy", finding.remedy.empty() ? Json() : Json(finding.remedy)}});
  }
  return list;
}

}  // namespace quantbench::measure
