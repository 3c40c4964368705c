#pragma once

namespace quantbench {

/// Makes the descriptors 0, 1 and 2 safe, first thing in a program:
///
/// * Those that are closed (`2>&- >&- <&-`) are opened on nothing. Otherwise the next file that is
/// opened gets such a number,
///   and diagnostics end up in it. Writing to a standard output that was closed stays an error.
/// * A write to a pipe or terminal that is gone is an error (EPIPE) and no SIGPIPE, which would end
/// the process.
void secure_standard_streams();

}  // namespace quantbench
