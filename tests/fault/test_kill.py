"""SIGKILL at random moments of a run: the next run trusts nothing that is half done, and comes to the same results."""

import random
import subprocess
import time
import unittest

import harness


class Killed:
    """The tests, for a model that a subclass names."""

    def assert_workers_end(self):
        deadline = time.monotonic() + 60
        while harness.processes_with(str(self.scratch)):
            self.assertLess(time.monotonic(), deadline, "a worker outlives its run")
            time.sleep(0.05)

    def test_a_killed_run_goes_on_to_the_same_results(self):
        began = time.monotonic()
        self.assert_ok(self.run_program(*self.run_arguments()))
        seconds = time.monotonic() - began
        figures, models = self.figures(), self.models()
        moments = random.Random(harness.SEED)
        for _ in range(self.MOMENTS):
            self.start_over()
            moment = moments.uniform(0, seconds)
            with self.subTest(moment=moment):
                with self.start(*self.run_arguments()) as process:
                    try:
                        process.communicate(timeout=moment)
                    except subprocess.TimeoutExpired:
                        process.kill()
                        process.communicate()
                self.assert_workers_end()
                self.assert_outputs_whole(but_for=r"README\.md\.\w{6}|results\.json\.\w{6}|spec\.yaml\.\w{6}|report\.html\.\w{6}")
                self.assert_ok(self.run_program(*self.run_arguments()))
                self.assertEqual(self.figures(), figures)
                self.assertEqual(self.models(), models)
                # What store and cache hold now answers a third run.
                self.assert_ok(self.run_program(*self.run_arguments()))
                self.assertEqual(self.figures(), figures)


class Demo(Killed, harness.Case):
    MOMENTS = 50 if harness.ALL else 3


@harness.needs_real_models
class RealModel(Killed, harness.RealModel):
    MOMENTS = 50 if harness.ALL else 2


if __name__ == "__main__":
    harness.main()
