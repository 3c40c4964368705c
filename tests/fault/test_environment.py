"""A machine that lacks something: /proc, memory, a server that is who it says it is."""

import http.server
import os
import pathlib
import shutil
import ssl
import subprocess
import threading
import time

import harness


class NoProc(harness.Case):
    @harness.needs_root("only root can hide /proc")
    def test_a_run_without_proc_measures_or_says_that_it_needs_it(self):
        arguments = [str(argument) for argument in self.run_arguments()]
        hidden = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]
        probe = subprocess.run([*hidden, "true"], capture_output=True, check=False)
        if probe.returncode != 0:
            self.skipTest("this machine has no mount namespaces")
        done = subprocess.run(
            [*hidden, harness.PROGRAM, *arguments], env=self.environment(), capture_output=True, text=True, timeout=120,
            check=False,
        )
        result = harness.Result(harness.ending(done.returncode), done.stdout, done.stderr)
        if result.status == harness.BAD_INPUT:
            self.assert_one_line(result, "/proc")
        else:
            self.assert_ok(result)
            self.assert_outputs_whole()


class MemoryLimit(harness.Case):
    """The limit of a cgroup (a container, a batch system): the kernel kills a worker, the run goes on."""

    def setUp(self):
        super().setUp()
        root = pathlib.Path("/sys/fs/cgroup")
        first = (root / "memory").is_dir()  # version 1: a tree for each controller
        self.group = (root / "memory" if first else root) / f"quantbench-fault-{os.getpid()}"
        self.limit = self.group / ("memory.limit_in_bytes" if first else "memory.max")
        try:
            self.group.mkdir()
            self.limit.write_text(str(1 << 40))
        except OSError:
            if self.group.is_dir():
                self.group.rmdir()
            self.skipTest("this user or machine makes no cgroup with a memory limit")
        self.addCleanup(self.remove)

    def remove(self):
        deadline = time.monotonic() + 10
        while True:
            try:
                return self.group.rmdir()
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def test_a_worker_that_the_kernel_kills_is_a_row_with_its_reason(self):
        # Each forward takes 100 MB for its attention alone.
        arguments = self.run_arguments(batch_sizes="[256]", input_lengths="[128]")
        self.limit.write_text(str(100 << 20))
        swap = self.group / "memory.swap.max"
        if swap.exists():
            swap.write_text("0")

        def join():
            (self.group / "cgroup.procs").write_text(str(os.getpid()))

        result = self.run_program(*arguments, preexec_fn=join)
        self.assertIn(result.status, (harness.ROWS_FAILED, harness.BAD_INPUT), result)
        self.assertRegex(result.output + result.errors, "memory")
        self.assert_outputs_whole()
        if result.status == harness.ROWS_FAILED:
            self.assertIn("failed", {row["status"] for row in self.results()["rows"]})


class Tls(harness.Case):
    """A server whose certificate is not its own."""

    def test_a_wrong_certificate_is_refused_and_nothing_is_downloaded(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate = self.scratch / "certificate.pem"
        made = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=elsewhere.example",
             "-keyout", certificate, "-out", self.scratch / "only.pem"],
            capture_output=True, check=False,
        ) if shutil.which("openssl") else None
        if made is None or made.returncode != 0:
            self.skipTest("no openssl to make a certificate with")
        with open(certificate, "ab") as file:
            file.write((self.scratch / "only.pem").read_bytes())
        context.load_cert_chain(certificate)
        seen = []

        class Server(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                seen.append(self.path)
                self.send_error(404)

            do_HEAD = do_GET

        class Quiet(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                pass  # the client hangs up in the midst of the handshake, as it should

        server = Quiet(("127.0.0.1", 0), Server)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        endpoint = f"https://127.0.0.1:{server.server_port}"
        for trusted in (None, self.scratch / "only.pem"):  # signed by no one; signed, for another name
            with self.subTest(trusted=trusted is not None):
                environment = {"HF_ENDPOINT": endpoint, "HF_HUB_OFFLINE": "0"}
                if trusted:
                    environment |= {"SSL_CERT_FILE": trusted, "CURL_CA_BUNDLE": trusted, "REQUESTS_CA_BUNDLE": trusted}
                result = self.run_program(
                    "export", "acme/tiny", "--task", "text-classification", "-o", self.scratch / "m.onnx",
                    environment=environment, timeout=90,
                )
                self.assert_one_line(result, "certificate")
                self.assertIn("127.0.0.1", result.errors)
        self.assertEqual(seen, [])
        self.assertFalse((self.scratch / "m.onnx").exists())


if __name__ == "__main__":
    harness.main()
