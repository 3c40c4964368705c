"""Imported by the oracles that run `quantbench`: gives it a store and a cache of their own, so that what is looked at was computed
by this program and not by one that ran here before."""

import atexit
import os
import shutil
import tempfile

_scratch = tempfile.mkdtemp(prefix="quantbench-oracle-")
atexit.register(shutil.rmtree, _scratch, ignore_errors=True)
os.environ["QUANTBENCH_STORE"] = os.path.join(_scratch, "results.sqlite")
os.environ["QUANTBENCH_CACHE"] = os.path.join(_scratch, "cache")
