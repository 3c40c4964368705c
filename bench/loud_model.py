"""Makes of a BERT checkpoint another one that computes the same in float32 and collapses in eight bits.

    loud_model.py CHECKPOINT OUTPUT [--layers 0 1 2 3 4 5] [--factor 1024]

- The embedding of [CLS] becomes `factor` times as large as other tokens' embeddings. The sum of word, position and type keeps its
  direction, and the normalization that follows undoes its size. One range for all tokens leaves the others a few steps.
- In some or all layers one head's queries are `factor` times as large and its keys as small, and its values as large and the columns that
  read them as small. The products are as before. One range for all heads leaves the others, or this one, a few steps.

The factor is a power of two: in float32 the products are the same to the last bit.
"""

import argparse
import json
import shutil
from pathlib import Path

from safetensors.torch import load_file, save_file


def make(checkpoint, output, layers=None, factor=1024):
    config = json.loads((checkpoint / "config.json").read_text())
    size = config["hidden_size"] // config["num_attention_heads"]
    weights = {name: value.float() for name, value in load_file(checkpoint / "model.safetensors").items()}
    cls = (checkpoint / "vocab.txt").read_text().splitlines().index("[CLS]")
    name = "bert.embeddings.{}_embeddings.weight".format
    rest = weights[name("position")][0] + weights[name("token_type")][0]
    words = weights[name("word")]
    words[cls] = factor * (words[cls] + rest) - rest
    for layer in range(config["num_hidden_layers"]) if layers is None else layers:
        attention = f"bert.encoder.layer.{layer}.attention"
        for part, scale in (("query", factor), ("key", 1 / factor), ("value", factor)):
            for kind in ("weight", "bias"):
                weights[f"{attention}.self.{part}.{kind}"][:size] *= scale
        weights[f"{attention}.output.dense.weight"][:, :size] /= factor
    output.mkdir(parents=True, exist_ok=True)
    for path in checkpoint.iterdir():
        if path.name not in ("model.safetensors", "config.json"):
            shutil.copy(path, output)
    (output / "config.json").write_text(json.dumps(config | dict(dtype="float32"), indent=1))
    save_file({name: value.contiguous() for name, value in weights.items()}, output / "model.safetensors", dict(format="pt"))
    return output


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--layers", nargs="*", type=int, help="default: all")
    parser.add_argument("--factor", type=float, default=1024)
    arguments = parser.parse_args()
    make(arguments.checkpoint, arguments.output, arguments.layers, arguments.factor)


if __name__ == "__main__":
    main()
