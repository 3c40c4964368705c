"""What a process took, by the operating system's own account."""

import os
import subprocess
import sys
import time


def measure(command):
    """Wall time and processor time of a process in seconds, its peak memory in bytes, and what it printed."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        sys.exit(f"failed: {' '.join(map(str, command))[:200]}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, printed
