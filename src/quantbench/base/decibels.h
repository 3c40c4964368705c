#pragma once

namespace quantbench {

/// Signal-to-noise ratio of two sums of squares in dB, 10 log10(signal / noise); infinite without
/// noise.
double decibels(double signal, double noise);

}  // namespace quantbench
