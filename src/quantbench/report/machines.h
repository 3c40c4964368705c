#pragma once

#include <string>
#include <vector>

#include "quantbench/report/document.h"

namespace quantbench::report {

/// The machines of a run, this document's first, then Document::other_machines.
std::vector<const store::RunResult*> machines_of(const Document& document);

/// A name for each: the arguments of the backend in which the machines differ, and the CPU:
/// "ml.m5.2xlarge (Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz)". No two are equal.
std::vector<std::string> machine_names(const Document& document);

/// Directories of the other machines' own files, below the document's:
/// "intel-r-xeon-r-platinum-8259cl-cpu-2-50ghz". No two are equal.
std::vector<std::string> machine_directories(const Document& document);

/// The answer of each machine in one line, each with the machine's own original: "On NAME: ROW is
/// the fastest ...". Where several have a price, a last line names the cheapest of these rows.
/// Empty for a run on one kind of machine.
std::vector<std::string> machine_answers(const Document& document);

}  // namespace quantbench::report
