"""Evaluation throughput, compared with two peers on the same ONNX model, samples and cores, interleaved in one run:

- the pipelines of transformers, sample by sample over an ONNX Runtime session, as the reference evaluated; all predictions
  must be equal
- the bare session, on batches of the same shapes that we give it, in the same number of streams

    .venv/bin/python bench/evaluate.py [--tasks sst2 conll2003 squad] [--rounds 3] [--samples 500] [--threads 2]

Goals: 3 x on SST-2 and CoNLL-2003, 2 x on SQuAD; 0.9 of the bare session. The models are the real MiniLMs
(QUANTBENCH_REAL_ASSETS, default ../shared/real); for SQuAD, the encoder of sst2-minilm with a head of random weights. The
pipelines come from transformers 4 (.venv/transformers-4), because transformers 5 lacks some of them. Their session has
`threads` intra-op threads; ours has one in each of `threads` streams. The pipeline answers SQuAD twice: padded to 384 tokens
like the reference, and unpadded like our default.

"Arithmetic" is a limit for every float32 evaluation of the model: the products with the model's weights alone, at the speed of
one large matrix product in each of `threads` streams.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / ".venv" / "transformers-4"))
warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
from transformers.modeling_outputs import (  # noqa: E402
    QuestionAnsweringModelOutput, SequenceClassifierOutput, TokenClassifierOutput)

from arithmetic import open_session, products_a_second, products_a_token  # noqa: E402

REAL = Path(os.environ.get("QUANTBENCH_REAL_ASSETS") or ROOT.parent / "shared" / "real")
PREDICTIONS = ROOT / "build" / "tests" / "tools" / "prediction_dump"
EXPORT = ROOT / "build" / "tests" / "tools" / "export_onnx"
transformers.logging.set_verbosity(50)  # it complains of every model class that is not its own


class OnnxModel(transformers.PreTrainedModel):
    """An ONNX Runtime session where a pipeline expects a model of transformers, as optimum's ORTModel is one."""

    config_class = transformers.BertConfig
    main_input_name = "input_ids"

    def __init__(self, config, session, output):
        super().__init__(config)
        self.dummy = torch.nn.Parameter(torch.zeros(1))
        self.session, self.output = session, output
        self.names = [i.name for i in session.get_inputs()]

    def forward(self, input_ids=None, attention_mask=None, token_type_ids=None, **_):
        tensors = dict(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
        inputs = {name: tensors[name].numpy() for name in self.names}
        outputs = self.session.run(None, inputs)
        return self.output(**{o.name: torch.from_numpy(values) for o, values in zip(self.session.get_outputs(), outputs)})


def lines_of(path):
    return path.read_text().splitlines()


class Sst2:
    name, task, goal = "SST-2", "text-classification", 3
    checkpoint, data = REAL / "sst2-minilm", REAL / "data" / "sst2"
    keys = dict(data_keys=dict(primary="sentence"), ref_key="label")
    output = SequenceClassifierOutput

    def samples(self):
        return [line.rsplit("\t", 1)[0] for line in lines_of(self.data / "validation.tsv")[1:]]

    def ask(self, pipeline, text):
        return pipeline.model.config.label2id[pipeline(text, truncation=True)[0]["label"]]


class Conll:
    name, task, goal = "CoNLL-2003", "token-classification", 3
    checkpoint, data = REAL / "conll03-minilm", REAL / "data" / "conll2003"
    keys = dict(data_keys=dict(primary="tokens"), ref_key="ner_tags")
    output = TokenClassifierOutput

    def samples(self):
        sentences, words = [], []
        for line in lines_of(self.data / "validation.txt") + [""]:
            if line.strip() and not line.startswith("-DOCSTART-"):
                words.append(line.split()[0])
            elif words:
                sentences.append(words)
                words = []
        return sentences

    def ask(self, pipeline, words):
        """The tag of each word's first token, as `evaluate`'s token-classification evaluator has it."""
        by_start = {}
        for entity in pipeline(" ".join(words), ignore_labels=[]):
            by_start.setdefault(entity["start"], entity["entity"])
        tags, start = [], 0
        for word in words:
            tags.append(by_start.get(start, "O"))
            start += len(word) + 1
        return tags


class Squad:
    name, task, goal = "SQuAD", "question-answering", 2
    data = REAL / "data" / "squad"
    keys = dict(data_keys=dict(question="question", context="context"), ref_key="answers")
    output = QuestionAnsweringModelOutput

    def __init__(self, padding, scratch):
        self.name += f", pipeline's padding {padding}"
        self.padding = padding
        self.checkpoint = scratch / "squad-minilm"
        if self.checkpoint.exists():
            return
        torch.manual_seed(0)
        encoder = REAL / "sst2-minilm"
        model = transformers.AutoModelForQuestionAnswering.from_pretrained(encoder, num_labels=2, torch_dtype=torch.float32)
        with torch.no_grad():
            model.qa_outputs.weight.normal_(0, 0.5)
        model.save_pretrained(self.checkpoint)
        transformers.AutoTokenizer.from_pretrained(encoder).save_pretrained(self.checkpoint)

    def samples(self):
        data = json.loads((self.data / "validation.json").read_text())["data"]
        return [(question["question"], paragraph["context"]) for article in data for paragraph in article["paragraphs"]
                for question in paragraph["qas"]]

    def ask(self, pipeline, sample):
        return pipeline(question=sample[0], context=sample[1], max_seq_len=384, doc_stride=128, max_answer_len=15,
                        padding=self.padding)["answer"]


def ours(case, graph, samples, threads):
    """Predictions, seconds from the first raw sample to the last prediction, and the shapes of the batches."""
    request = dict(model=str(case.checkpoint), task=case.task, path=str(case.data), split="validation", onnx=str(graph),
                   limit=samples, optimization_level=99, streams=threads, **case.keys)
    out = subprocess.run([PREDICTIONS, json.dumps(request)], stdout=subprocess.PIPE, text=True, check=True).stdout
    *predictions, figures = map(json.loads, out.splitlines())
    if case.task == "question-answering":
        predictions = [prediction["prediction_text"] for prediction in predictions]
    return predictions, figures["total_time_in_seconds"], figures["forwards"]


def pipelined(case, pipeline, samples):
    start = time.perf_counter()
    predictions = [case.ask(pipeline, sample) for sample in samples]
    return predictions, time.perf_counter() - start


def bare(graph, shapes, threads):
    """Seconds of the session alone on batches of these shapes, `threads` at a time."""
    session = open_session(graph, 1)
    random = np.random.default_rng(0)
    batches = []
    for shape in shapes:
        inputs = dict(input_ids=random.integers(1000, 2000, shape), attention_mask=np.ones(shape, np.int64),
                      token_type_ids=np.zeros(shape, np.int64))
        batches.append({i.name: inputs[i.name] for i in session.get_inputs()})
    session.run(None, batches[-1])
    with ThreadPoolExecutor(threads) as pool:
        start = time.perf_counter()
        list(pool.map(lambda batch: session.run(None, batch), batches))
        return time.perf_counter() - start


def compare(case, arguments, scratch):
    graph = scratch / f"{case.checkpoint.name}.onnx"
    request = dict(checkpoint=str(case.checkpoint), task=case.task, opset=13, output=str(graph))
    answer = subprocess.run([EXPORT], input=json.dumps(request) + "\n", stdout=subprocess.PIPE, text=True, check=True).stdout
    assert answer.strip() == "ok", answer
    config = transformers.AutoConfig.from_pretrained(case.checkpoint)
    model = OnnxModel(config, open_session(graph, arguments.threads), case.output)
    pipeline = transformers.pipeline(case.task, model=model, tokenizer=transformers.AutoTokenizer.from_pretrained(case.checkpoint),
                                     framework="pt", device="cpu")
    samples = case.samples()[: arguments.samples]
    for sample in samples[:20]:
        case.ask(pipeline, sample)
    seconds = dict(ours=[], pipeline=[], bare=[], arithmetic=[])
    for _ in range(arguments.rounds):
        theirs, taken = pipelined(case, pipeline, samples)
        seconds["pipeline"].append(taken)
        mine, taken, shapes = ours(case, graph, len(samples), arguments.threads)
        seconds["ours"].append(taken)
        seconds["bare"].append(bare(graph, shapes, arguments.threads))
        products = products_a_token(graph) * sum(rows * tokens for rows, tokens in shapes)
        seconds["arithmetic"].append(products / products_a_second(arguments.threads, scratch))
        different = [i for i, pair in enumerate(zip(theirs, mine)) if pair[0] != pair[1]]
        assert len(mine) == len(theirs), (len(mine), len(theirs))
        # Where two classes or spans are equal to float32's last digits, padding and threads decide.
        assert len(different) <= len(samples) / 500, [(samples[i], theirs[i], mine[i]) for i in different[:3]]
    rates = {side: len(samples) / statistics.median(times) for side, times in seconds.items()}
    ratio = lambda side, other: rates[side] / rates[other]
    print(f"{case.name}, {len(samples)} samples in {len(shapes)} forwards, samples a second: "
          + ", ".join(f"{side} {rate:.1f}" for side, rate in rates.items())
          + f"; {ratio('ours', 'pipeline'):.2f} x the pipeline (goal: {case.goal}; arithmetic alone: {ratio('arithmetic', 'pipeline'):.2f}), "
          f"{ratio('ours', 'bare'):.3f} of the bare session (goal: 0.9), {ratio('ours', 'arithmetic'):.2f} of the arithmetic; "
          f"{len(different)} predictions differ", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", nargs="+", default=["sst2", "conll2003", "squad"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(f"transformers {transformers.__version__}, ONNX Runtime {onnxruntime.__version__}, {arguments.threads} threads")
    with tempfile.TemporaryDirectory() as directory:
        scratch = Path(directory)
        for task in arguments.tasks:
            cases = dict(sst2=[Sst2], conll2003=[Conll],
                         squad=[lambda: Squad("max_length", scratch), lambda: Squad("do_not_pad", scratch)])[task]
            for make in cases:
                compare(make(), arguments, scratch)


if __name__ == "__main__":
    main()
