#include "quantbench/measure/fitness.h"

#include <gmock/gmock.h>

#include "quantbench/base/file.h"

namespace quantbench::measure {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Level = Finding::Level;

/// A machine of two processors, made of files.
class MachineChecks : public ::testing::Test {
 protected:
  MachineChecks() { write("sys/devices/system/cpu/online", "0-1\n"); }

  void write(const std::string& path, const std::string& text) const {
    write_text(root_.path() / path, text);
  }
  void write_for_each_processor(const std::string& path, const std::string& first,
                                const std::string& second) const {
    write("sys/devices/system/cpu/cpu0/" + path, first + "\n");
    write("sys/devices/system/cpu/cpu1/" + path, second + "\n");
  }
  MachineView machine() const { return MachineView({.root = root_.path(), .wait = wait_}); }
  Finding look(const std::string& check) const { return checks().get(check).look(machine()); }
  Level level(const std::string& check) const { return look(check).level; }

  /// user, nice, system, idle, iowait, irq, softirq, steal.
  void write_ticks(const std::string& fields) const { write("proc/stat", "cpu  " + fields + "\n"); }
  void write_program(const std::string& pid, const std::string& name, int user, int system) const {
    write("proc/" + pid + "/stat", pid + " (" + name + ") R 1 1 1 0 -1 4194304 0 0 0 0 " +
                                       std::to_string(user) + " " + std::to_string(system) +
                                       " 0 0 20 0 1 0 100 0 0\n");
  }

  TemporaryDirectory root_;
  std::function<void()> wait_ = [] {};
};

TEST_F(MachineChecks, without_proc_and_sys_each_answers) {
  const TemporaryDirectory empty;
  const auto findings = check_machine(MachineView({.root = empty.path(), .wait = [] {}}));
  EXPECT_EQ(findings.size(), checks().names().size());
  for (const auto& [check, finding] : findings) {
    EXPECT_NE(finding.level, Level::kWarning) << check;
    EXPECT_FALSE(finding.text.empty()) << check;
  }
}

TEST_F(MachineChecks, every_warning_has_a_remedy_in_json) {
  const Json json = to_json({{"a", {Level::kWarning, "bad", "mend it"}}, {"b", {Level::kOk, "x"}}});
  EXPECT_EQ(json, Json::parse(R"([{"check": "a", "level": "warning", "found": "bad",
      "remedy": "mend it"}, {"check": "b", "level": "ok", "found": "x", "remedy": null}])"));
}

TEST_F(MachineChecks, lists_of_processors_have_ranges_and_numbers) {
  EXPECT_THAT(parse_processor_list("0-2,5\n"), ElementsAre(0, 1, 2, 5));
  EXPECT_THAT(parse_processor_list(""), IsEmpty());
  EXPECT_THAT(parse_processor_list("x,1"), ElementsAre(1));
}

TEST_F(MachineChecks, load_of_others_is_a_warning_that_names_the_programs) {
  write_ticks("100 0 0 1000 0 0 0 0");
  write_program("7", "cc1 (plus)", 10, 0);
  write_program("8", "sleeps", 3, 0);
  wait_ = [this] {
    write_ticks("150 0 10 1040 0 0 0 0");
    write_program("7", "cc1 (plus)", 60, 0);
  };
  const Finding finding = look("load");
  EXPECT_EQ(finding.level, Level::kWarning);
  EXPECT_EQ(finding.text, "other programs use 1.2 of 2 processors: cc1 (plus) 1.0");
}

TEST_F(MachineChecks, an_idle_machine_has_no_warning_of_load) {
  write_ticks("100 0 0 1000 0 0 0 0");
  wait_ = [this] { write_ticks("105 0 0 1095 0 0 0 0"); };
  const MachineView view = machine();
  EXPECT_EQ(checks().get("load").look(view).text, "other programs use 0.1 of 2 processors");
  EXPECT_EQ(checks().get("load").look(view).level, Level::kOk);
  EXPECT_EQ(checks().get("steal").look(view).level, Level::kOk);
}

TEST_F(MachineChecks, steal_time_is_a_warning) {
  write_ticks("0 0 0 100 0 0 0 0");
  wait_ = [this] { write_ticks("0 0 0 180 0 0 0 20"); };
  const MachineView view = machine();
  EXPECT_EQ(checks().get("steal").look(view).level, Level::kWarning);
  EXPECT_EQ(checks().get("steal").look(view).text, "20.0 % of the processors' time");
  EXPECT_EQ(checks().get("load").look(view).level, Level::kOk);
}

TEST_F(MachineChecks, affinity_says_which_processors) {
  write("proc/self/status", "Name:\tx\nCpus_allowed:\t2\nCpus_allowed_list:\t1\nMems:\t1\n");
  EXPECT_EQ(look("affinity").text, "1 of 2 processors (1)");
  write("proc/self/status", "Cpus_allowed_list:\t0-1\n");
  EXPECT_EQ(look("affinity").text, "all 2 processors");
}

TEST_F(MachineChecks, a_slow_clock_names_the_command_for_a_fast_one) {
  const std::string directory = "sys/devices/system/clocksource/clocksource0/";
  write(directory + "current_clocksource", "tsc\n");
  EXPECT_EQ(level("clock_source"), Level::kOk);
  write(directory + "current_clocksource", "hpet\n");
  write(directory + "available_clocksource", "tsc hpet acpi_pm\n");
  EXPECT_EQ(level("clock_source"), Level::kWarning);
  EXPECT_EQ(look("clock_source").remedy,
            "echo tsc | sudo tee /" + directory + "current_clocksource");
  write(directory + "available_clocksource", "hpet acpi_pm\n");
  EXPECT_THAT(look("clock_source").remedy, HasSubstr("clocksource=tsc"));
}

TEST_F(MachineChecks, a_quota_below_the_processors_is_a_warning) {
  write("proc/self/cgroup", "0::/job\n");
  write("sys/fs/cgroup/job/cpu.stat", "");
  write("sys/fs/cgroup/job/cpu.max", "max 100000\n");
  EXPECT_EQ(look("cpu_quota").text, "none");
  write("sys/fs/cgroup/job/cpu.max", "150000 100000\n");
  EXPECT_EQ(level("cpu_quota"), Level::kWarning);
  EXPECT_THAT(look("cpu_quota").text, HasSubstr("1.5 of 2 processors"));
  EXPECT_THAT(look("cpu_quota").remedy, HasSubstr("intra_op_num_threads: 1"));
  write("proc/self/cgroup", "3:cpu,cpuacct:/job\n0::/\n");
  write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n");
  write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_THAT(look("cpu_quota").text, HasSubstr("0.5 of 2 processors"));
  write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  EXPECT_EQ(look("cpu_quota").text, "none");
}

TEST_F(MachineChecks, a_governor_other_than_performance_is_a_warning) {
  EXPECT_EQ(level("frequency_governor"), Level::kUnknown);
  write_for_each_processor("cpufreq/scaling_governor", "performance", "performance");
  EXPECT_EQ(level("frequency_governor"), Level::kOk);
  write_for_each_processor("cpufreq/scaling_governor", "performance", "powersave");
  EXPECT_EQ(level("frequency_governor"), Level::kWarning);
  EXPECT_THAT(look("frequency_governor").text, HasSubstr("performance, powersave"));
}

TEST_F(MachineChecks, huge_pages_that_are_off_are_a_warning) {
  const std::string file = "sys/kernel/mm/transparent_hugepage/enabled";
  write(file, "always [madvise] never\n");
  EXPECT_EQ(look("huge_pages").text, "madvise");
  write(file, "always madvise [never]\n");
  EXPECT_EQ(level("huge_pages"), Level::kWarning);
}

TEST_F(MachineChecks, instruction_sets_without_integer_dot_products_are_a_warning) {
  write("proc/cpuinfo", "flags\t\t: fpu avx avx2 avx512f avx512_vnni\n");
  EXPECT_EQ(level("instruction_sets"), Level::kOk);
  write("proc/cpuinfo", "Features\t: fp asimd\n");
  EXPECT_EQ(level("instruction_sets"), Level::kWarning);
  write("proc/cpuinfo", "Features\t: fp asimd asimddp i8mm\n");
  EXPECT_EQ(level("instruction_sets"), Level::kOk);
}

TEST_F(MachineChecks, little_memory_or_a_small_limit_is_a_warning) {
  write("proc/meminfo", "MemTotal:  8000000 kB\nMemAvailable:  4000000 kB\n");
  EXPECT_EQ(look("memory").text, "4.1 GB available");
  EXPECT_EQ(level("memory"), Level::kOk);
  write("proc/self/cgroup", "0::/\n");
  write("sys/fs/cgroup/memory.max", "1000000000\n");
  EXPECT_EQ(level("memory"), Level::kWarning);
  EXPECT_THAT(look("memory").text, HasSubstr("at most 1.0 GB"));
}

TEST_F(MachineChecks, a_laptop_on_battery_is_a_warning) {
  EXPECT_EQ(look("power").text, "no battery");
  write("sys/class/power_supply/AC/type", "Mains\n");
  write("sys/class/power_supply/AC/online", "0\n");
  EXPECT_EQ(level("power"), Level::kWarning);
  write("sys/class/power_supply/AC/online", "1\n");
  EXPECT_EQ(level("power"), Level::kOk);
}

TEST_F(MachineChecks, threads_that_share_a_core_name_one_processor_a_core) {
  write_for_each_processor("topology/thread_siblings_list", "0", "1");
  EXPECT_EQ(level("smt"), Level::kOk);
  write("sys/devices/system/cpu/online", "0-3\n");
  write_for_each_processor("topology/thread_siblings_list", "0,2", "1,3");
  EXPECT_EQ(level("smt"), Level::kWarning);
  EXPECT_EQ(look("smt").remedy,
            "taskset --cpu-list 0,1 quantbench ..., with intra_op_num_threads: 2");
}

TEST_F(MachineChecks, energy_counters_that_only_root_may_read_name_the_command) {
  EXPECT_EQ(level("energy"), Level::kUnknown);
  EXPECT_EQ(look("energy").remedy, "");
  // A zone whose counter cannot be read; tests may run as root, who reads every file.
  write("sys/class/powercap/intel-rapl:0/name", "package-0\n");
  EXPECT_EQ(level("energy"), Level::kUnknown) << "timings are as good without";
  EXPECT_EQ(look("energy").remedy, "sudo chmod a+r /sys/class/powercap/intel-rapl:*/energy_uj");
  write("sys/class/powercap/intel-rapl:0/energy_uj", "1\n");
  EXPECT_EQ(level("energy"), Level::kOk);
  EXPECT_EQ(look("energy").text, "1 package counts it");
}

TEST_F(MachineChecks, swap_in_use_is_a_warning) {
  write("proc/meminfo", "SwapTotal: 0 kB\nSwapFree: 0 kB\n");
  EXPECT_EQ(look("swap").text, "none");
  write("proc/meminfo", "SwapTotal: 2000000 kB\nSwapFree: 1990000 kB\n");
  EXPECT_EQ(level("swap"), Level::kOk);
  write("proc/meminfo", "SwapTotal: 2000000 kB\nSwapFree: 1000000 kB\n");
  EXPECT_EQ(level("swap"), Level::kWarning);
}

TEST_F(MachineChecks, processors_slowed_by_heat_are_a_warning) {
  write_for_each_processor("thermal_throttle/core_throttle_count", "0", "0");
  EXPECT_EQ(level("throttling"), Level::kOk);
  write_for_each_processor("thermal_throttle/core_throttle_count", "0", "12");
  EXPECT_THAT(look("throttling").text, HasSubstr("12 times"));
  EXPECT_EQ(level("throttling"), Level::kWarning);
}

TEST_F(MachineChecks, turbo_is_a_warning_with_the_command_of_its_driver) {
  write("sys/devices/system/cpu/cpufreq/boost", "1\n");
  EXPECT_THAT(look("turbo").remedy, HasSubstr("cpufreq/boost"));
  write("sys/devices/system/cpu/cpufreq/boost", "0\n");
  EXPECT_EQ(level("turbo"), Level::kOk);
  write("sys/devices/system/cpu/intel_pstate/no_turbo", "0\n");
  EXPECT_THAT(look("turbo").remedy, HasSubstr("echo 1 | sudo tee /sys/devices/system/cpu/intel"));
}

}  // namespace
}  // namespace quantbench::measure
