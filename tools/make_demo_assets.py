"""Makes the model and the data set of `quantbench demo` from nothing: sentences from the grammar of
demo_sentences.py, and a small DistilBERT trained on them from random weights.

    .venv/bin/python tools/make_demo_assets.py [--out assets/demo]

Seeds are fixed, so the data is the same everywhere; the weights are the same on the same machine
with the same versions (torch sums in another order on another one). Needs what
tests/oracle/requirements.txt lists.
"""

import argparse
import json
from pathlib import Path

import numpy
import torch
from safetensors.torch import save_file
from transformers import (BertTokenizer, DistilBertConfig, DistilBertForSequenceClassification,
                          get_linear_schedule_with_warmup)

import demo_sentences

SEED = 20240229
# Each sentence is seen once: fresh sentences teach the grammar, repeated ones are learnt by heart.
TRAIN_SENTENCES = 110000
# Of these, train.tsv holds the first ones: what calibration may want, without the megabytes.
TRAIN_SENTENCES_KEPT = 4000
VALIDATION_SENTENCES = 400
MARGIN = 0.2
LABELS = ["negative", "positive"]
BATCH = 32
LEARNING_RATE = 1e-3


def make_data(out):
    every = demo_sentences.sentences(SEED, VALIDATION_SENTENCES + TRAIN_SENTENCES, MARGIN)
    validation, train_rows = every[:VALIDATION_SENTENCES], every[VALIDATION_SENTENCES:]
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in [("train", train_rows[:TRAIN_SENTENCES_KEPT]), ("validation", validation)]:
        lines = ["sentence\tlabel"] + [f"{text}\t{int(strength > 0)}" for text, strength in rows]
        (out / f"{name}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    features = {"sentence": {"dtype": "string", "_type": "Value"},
                "label": {"names": LABELS, "_type": "ClassLabel"}}
    (out / "dataset_info.json").write_text(json.dumps({"features": features}, indent=2) + "\n")
    return train_rows, validation


def make_tokenizer():
    vocabulary = {token: index for index, token in enumerate(demo_sentences.vocabulary())}
    return BertTokenizer(vocab=vocabulary, do_lower_case=True, model_max_length=128)


def make_model(tokenizer):
    torch.manual_seed(SEED)
    return DistilBertForSequenceClassification(DistilBertConfig(
        vocab_size=len(tokenizer), max_position_embeddings=128, dim=192, n_heads=6, n_layers=2,
        hidden_dim=512, dropout=0.0, attention_dropout=0.0, seq_classif_dropout=0.0,
        initializer_range=0.06,
        id2label=dict(enumerate(LABELS)), label2id={label: i for i, label in enumerate(LABELS)}))


def encode(tokenizer, rows):
    batch = tokenizer([text for text, _ in rows], padding=True, return_tensors="pt",
                      return_token_type_ids=False)
    return batch["input_ids"], batch["attention_mask"], torch.tensor([strength for _, strength in rows])


def accuracy(model, data):
    model.eval()
    ids, mask, strengths = data
    labels = (strengths > 0).long()
    hits = 0
    with torch.no_grad():
        for begin in range(0, len(labels), 100):
            part = slice(begin, begin + 100)
            logits = model(input_ids=ids[part], attention_mask=mask[part]).logits
            hits += int((logits.argmax(-1) == labels[part]).sum())
    return hits / len(labels)


def batches(mask, order):
    """Batches of sentences of like length (less padding, so less time), in random order."""
    shuffled = torch.from_numpy(order.permutation(len(mask)))
    lengths = mask.sum(-1)
    out = []
    for pool in shuffled.split(BATCH * 20):
        out += pool[lengths[pool].argsort(stable=True)].split(BATCH)
    return [out[i] for i in order.permutation(len(out))]


def train(model, data, validation):
    """The target is a probability that grows with the strength of the sentence's sentiment."""
    ids, mask, strengths = data
    targets = torch.sigmoid(6 * strengths)
    targets = torch.stack([1 - targets, targets], dim=-1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=0.01)
    plan = batches(mask, numpy.random.default_rng(SEED))
    schedule = get_linear_schedule_with_warmup(optimizer, len(plan) // 20, len(plan))
    losses = []
    for step, part in enumerate(plan, 1):
        model.train()
        length = int(mask[part].sum(-1).max())
        logits = model(input_ids=ids[part, :length], attention_mask=mask[part, :length]).logits
        loss = torch.nn.functional.cross_entropy(logits, targets[part])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if step % 200 == 0 or step == len(plan):
            print(f"{step} of {len(plan)} batches: loss {numpy.mean(losses[-200:]):.4f}, "
                  f"validation accuracy {accuracy(model, validation):.4f}", flush=True)


def save(model, tokenizer, out):
    """The weights go to the file as float16, which halves it and changes no prediction that matters."""
    out.mkdir(parents=True, exist_ok=True)
    tokenizer.save_pretrained(out)
    tokens = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    (out / "vocab.txt").write_text("".join(token + "\n" for token, _ in tokens), encoding="utf-8")
    model.half()
    model.config.architectures = [type(model).__name__]
    model.config.dtype = "float16"
    model.config.save_pretrained(out)
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()},
              out / "model.safetensors", metadata={"format": "pt"})
    (out / "model.safetensors").chmod(0o644)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "assets" / "demo")
    out = parser.parse_args().out
    torch.set_num_threads(1)  # so that sums do not depend on the number of cores
    torch.use_deterministic_algorithms(True)
    train_rows, validation_rows = make_data(out / "data")
    tokenizer = make_tokenizer()
    model = make_model(tokenizer)
    print(f"{sum(p.numel() for p in model.parameters())} parameters, {len(tokenizer)} tokens")
    validation = encode(tokenizer, validation_rows)
    train(model, encode(tokenizer, train_rows), validation)
    save(model, tokenizer, out / "model")
    reloaded = DistilBertForSequenceClassification.from_pretrained(out / "model", dtype=torch.float32)
    print(f"accuracy on held-out sentences, as saved: {accuracy(reloaded, validation):.4f}")


if __name__ == "__main__":
    main()
