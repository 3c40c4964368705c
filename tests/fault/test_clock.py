"""The time of day jumps by hours while a run measures: its latencies and its order in the store are not of that clock."""

import harness


class Clock(harness.Case):
    def test_latencies_do_not_jump_with_the_time_of_day(self):
        for jump in (-86400, 86400):
            with self.subTest(seconds=jump):
                self.start_over()
                environment = {"LD_PRELOAD": harness.PRELOAD, "QUANTBENCH_FAULT_CLOCK": jump}
                result = self.run_program(*self.run_arguments(), environment=environment, timeout=120)
                self.assert_ok(result)
                for row in self.results()["rows"]:
                    self.assertEqual(row["status"], "ok")
                    self.assertTrue(0 < row["evaluation"]["total_time_in_seconds"] < 100, row["evaluation"])
                    for timing in row["timings"]:
                        self.assertTrue(0 < timing["latency_mean"] < 1000, timing)
                self.assert_ok(self.run_program("list", environment=environment))
                # What was put into the cache "tomorrow" is neither old nor in the way today.
                self.assert_ok(self.run_program(*self.run_arguments()))


if __name__ == "__main__":
    harness.main()
