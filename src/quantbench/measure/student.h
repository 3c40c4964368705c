#pragma once

namespace quantbench::measure {

/// 97.5 % point of Student's t, for 1 degree of freedom and more, also for a fraction of one.
/// Relative error below 5e-6.
double student_975(double degrees_of_freedom);

}  // namespace quantbench::measure
