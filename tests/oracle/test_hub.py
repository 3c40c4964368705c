"""The Hub's client and cache against huggingface_hub: both download from the same loopback Hub; what one has fetched the other
reads offline, file by file and link by link; and each keeps to the other's locks."""

import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

import torch
import transformers

from loopback_hub import LoopbackHub

PROGRAM = os.environ["QUANTBENCH"]
NAME = "tiny-bert"  # an old name, which leads to acme/tiny-bert
TOKEN = "hf_loopback"

# What a Python program would do, in one of its own: huggingface_hub reads its settings when it is imported.
DOWNLOAD = """
import sys
from huggingface_hub import hf_hub_download, snapshot_download
name = sys.argv[1]
for file in ("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"):
    hf_hub_download(name, file)
"""
SNAPSHOT = """
import sys
from huggingface_hub import snapshot_download
print(snapshot_download(sys.argv[1], repo_type=sys.argv[2]))
"""
READ = """
import sys, torch, transformers
from huggingface_hub import scan_cache_dir, try_to_load_from_cache
name = sys.argv[1]
assert not scan_cache_dir().warnings, scan_cache_dir().warnings
assert {repo.repo_id for repo in scan_cache_dir().repos} == {name}
assert isinstance(try_to_load_from_cache(name, "model.safetensors"), str)
tokens = transformers.AutoTokenizer.from_pretrained(name)("a good film", return_tensors="pt")
model = transformers.AutoModelForSequenceClassification.from_pretrained(name).eval()
print(model(**tokens).logits.tolist())
"""
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "good", "bad", "film"]


def make_model(directory):
    torch.manual_seed(0)
    vocabulary = directory / "vocab.txt"
    vocabulary.write_text("\n".join(WORDS) + "\n")
    transformers.BertTokenizerFast(str(vocabulary)).save_pretrained(directory)
    config = transformers.BertConfig(vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
                                     intermediate_size=16, max_position_embeddings=16)
    transformers.BertForSequenceClassification(config).save_pretrained(directory)
    return {path.name: path for path in directory.iterdir()}


def tree(home):
    """Links with their targets, and other files with their content, of a cache; locks, tags and listings left out."""
    entries = {}
    for path in sorted((home / "hub").rglob("*")):
        name = path.relative_to(home / "hub")
        if name.parts[0] == ".locks" or name.name == "CACHEDIR.TAG" or "trees" in name.parts or ".no_exist" in name.parts:
            continue
        if path.is_symlink():
            entries[str(name)] = os.readlink(path)
        elif path.is_file():
            entries[str(name)] = path.read_bytes()
    return entries


class Hub(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.directory.name)
        (cls.root / "model").mkdir()
        cls.files = make_model(cls.root / "model")

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def setUp(self):
        self.hub = LoopbackHub(token=TOKEN)
        self.hub.__enter__()
        self.addCleanup(self.hub.__exit__)
        self.commit = self.hub.add("models", "acme/tiny-bert", self.files)
        self.hub.rename("models", NAME, "acme/tiny-bert")

    def environment(self, home, **more):
        return os.environ | self.hub.environment(self.root / home) | dict(HF_TOKEN=TOKEN) | more

    def python(self, script, home, *arguments, **more):
        return subprocess.run([sys.executable, "-c", script, *arguments], env=self.environment(home, **more), check=True,
                              stdout=subprocess.PIPE, text=True).stdout

    def export(self, home, output, **more):
        return subprocess.run([PROGRAM, "export", NAME, "-o", str(self.root / output)], env=self.environment(home, **more),
                              capture_output=True, text=True)

    def test_huggingface_hub_downloads_from_the_loopback_hub(self):
        for kind, name in (("model", "acme/tiny-bert"), ("model", NAME)):
            directory = pathlib.Path(self.python(SNAPSHOT, "snapshot-" + name.replace("/", "-"), name, kind).strip())
            self.assertEqual(directory.name, self.commit)
            for file, path in self.files.items():
                self.assertEqual((directory / file).read_bytes(), path.read_bytes(), file)
        self.assertTrue(self.hub.cdn.requests)
        for _, path, headers in self.hub.cdn.requests:
            self.assertNotIn("authorization", headers, path)

    def test_both_fill_the_cache_alike(self):
        self.python(DOWNLOAD, "theirs", NAME)
        self.assertEqual(self.export("ours", "a.onnx").returncode, 0)
        theirs, ours = tree(self.root / "theirs"), tree(self.root / "ours")
        # quantbench also takes vocab.txt and the like, when a repository has them.
        self.assertEqual({name: ours.get(name) for name in theirs}, theirs)
        self.assertIn(f"models--{NAME}/snapshots/{self.commit}/model.safetensors", theirs)
        self.assertEqual(theirs[f"models--{NAME}/refs/main"], self.commit.encode())

    def test_what_quantbench_fetched_python_reads_offline(self):
        done = self.export("shared-1", "b.onnx")
        self.assertEqual(done.returncode, 0, done.stderr)
        before = len(self.hub.hub.requests)
        logits = eval(self.python(READ, "shared-1", NAME, HF_HUB_OFFLINE="1"))
        self.assertEqual(len(self.hub.hub.requests), before)
        local = self.root / "model"
        tokens = transformers.AutoTokenizer.from_pretrained(local)("a good film", return_tensors="pt")
        expected = transformers.AutoModelForSequenceClassification.from_pretrained(local).eval()(**tokens).logits
        torch.testing.assert_close(torch.tensor(logits), expected)

    def test_what_python_fetched_quantbench_reads_offline(self):
        self.python(DOWNLOAD, "shared-2", NAME)
        before = len(self.hub.hub.requests)
        done = self.export("shared-2", "c.onnx", HF_HUB_OFFLINE="1")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.hub.hub.requests), before)
        local = subprocess.run([PROGRAM, "export", str(self.root / "model"), "-o", str(self.root / "d.onnx")])
        self.assertEqual(local.returncode, 0)
        self.assertEqual((self.root / "c.onnx").read_bytes(), (self.root / "d.onnx").read_bytes())

    def test_a_file_that_python_is_downloading_is_waited_for(self):
        from huggingface_hub.utils import WeakFileLock

        home = self.root / "shared-3" / "hub"
        blob = self.hub.commits["models/acme/tiny-bert"]["main"].files["model.safetensors"].etag
        lock = home / ".locks" / f"models--{NAME}" / f"{blob}.lock"
        lock.parent.mkdir(parents=True)
        with WeakFileLock(lock):
            process = subprocess.Popen([PROGRAM, "export", NAME, "-o", str(self.root / "e.onnx")],
                                       env=self.environment("shared-3"))
            while not any(command == "HEAD" and path.endswith("model.safetensors")
                          for command, path, _ in list(self.hub.hub.requests)):
                self.assertIsNone(process.poll())
                time.sleep(0.01)
            target = home / f"models--{NAME}" / "blobs" / blob
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(self.files["model.safetensors"].read_bytes())
        self.assertEqual(process.wait(), 0)
        self.assertFalse(self.hub.cdn.requests, "the file was downloaded although it was being downloaded")

    def test_the_token_is_sent_to_the_hub_and_printed_nowhere(self):
        done = self.export("tokens", "f.onnx", HF_TOKEN="hf_wrong")
        self.assertEqual(done.returncode, 2)
        self.assertIn("denied (401)", done.stderr)
        self.assertNotIn("hf_wrong", done.stdout + done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1)
        self.assertEqual({headers.get("authorization") for _, _, headers in self.hub.hub.requests}, {"Bearer hf_wrong"})


if __name__ == "__main__":
    unittest.main()
