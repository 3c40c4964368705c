"""Small checkpoints of random weights, one of every architecture and task, and inputs for them: what the oracles of the
export and of framework pytorch compare with transformers."""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
import transformers

ROOT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("QUANTBENCH_REAL_ASSETS") or ROOT.parent / "shared" / "real")

transformers.utils.logging.disable_progress_bar()

TOLERANCE = 1e-4
OPSETS = range(11, 18)
ACTIVATIONS = ["gelu", "gelu_python", "gelu_new", "gelu_fast", "gelu_accurate", "gelu_pytorch_tanh", "gelu_python_tanh",
               "quick_gelu", "relu", "silu", "swish", "tanh", "sigmoid", "linear"]
TEXT_CLASSES = {"text-classification": transformers.AutoModelForSequenceClassification,
                "token-classification": transformers.AutoModelForTokenClassification,
                "question-answering": transformers.AutoModelForQuestionAnswering}
TEXT_TASKS = list(TEXT_CLASSES)
IMAGE_TASK = "image-classification"

BERT_LIKE = dict(vocab_size=99, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=37,
                 max_position_embeddings=40)
DISTILBERT = dict(vocab_size=99, dim=32, n_layers=2, n_heads=4, hidden_dim=37, max_position_embeddings=40)

# name -> (model_type, configuration)
TEXT_MODELS = {
    "distilbert": ("distilbert", DISTILBERT),
    "distilbert with sinusoidal positions": ("distilbert", DISTILBERT | dict(sinusoidal_pos_embds=True)),
    "bert": ("bert", BERT_LIKE | dict(type_vocab_size=3)),
    # Narrow, deep, many heads.
    "minilm": ("bert", BERT_LIKE | dict(hidden_size=48, num_hidden_layers=6, num_attention_heads=12, intermediate_size=192)),
    "roberta": ("roberta", BERT_LIKE | dict(type_vocab_size=1, pad_token_id=1)),
    "xlm-roberta": ("xlm-roberta", BERT_LIKE | dict(type_vocab_size=2, pad_token_id=3)),
    "albert": ("albert", BERT_LIKE | dict(embedding_size=16, num_hidden_layers=5, num_hidden_groups=2, inner_group_num=2)),
    "electra": ("electra", BERT_LIKE | dict(embedding_size=16)),
    "electra as wide as its embeddings": ("electra", BERT_LIKE | dict(embedding_size=32)),
}

IMAGE = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=37, image_size=32, patch_size=8,
             layer_norm_eps=1e-5)

# name -> (class of transformers, configuration)
IMAGE_MODELS = {
    "vit": (transformers.ViTForImageClassification, IMAGE),
    "vit without bias, not square": (transformers.ViTForImageClassification,
                                     IMAGE | dict(qkv_bias=False, image_size=[24, 40])),
    "vit of one channel": (transformers.ViTForImageClassification, IMAGE | dict(num_channels=1)),
    "deit": (transformers.DeiTForImageClassification, IMAGE),
    "deit with teacher": (transformers.DeiTForImageClassificationWithTeacher, IMAGE),
    "beit": (transformers.BeitForImageClassification, IMAGE | dict(use_relative_position_bias=True)),
    "beit with shared and absolute positions": (
        transformers.BeitForImageClassification,
        IMAGE | dict(use_shared_relative_position_bias=True, use_absolute_position_embeddings=True)),
    "beit with both biases": (
        transformers.BeitForImageClassification,
        IMAGE | dict(use_shared_relative_position_bias=True, use_relative_position_bias=True)),
    "beit on the first token, without scale": (
        transformers.BeitForImageClassification, IMAGE | dict(use_mean_pooling=False, layer_scale_init_value=0.0)),
}

# Every architecture with every task it has.
MODELS_AND_TASKS = ([(name, task) for name in TEXT_MODELS for task in TEXT_TASKS]
                    + [(name, IMAGE_TASK) for name in IMAGE_MODELS])
# One of each architecture, where the variants say nothing more.
ONE_OF_EACH = [(name, "text-classification") for name in
               ("distilbert", "bert", "roberta", "xlm-roberta", "albert", "electra")] + [
               (name, IMAGE_TASK) for name in ("vit", "deit", "beit")]


def activation_key(name):
    return "activation" if name.startswith("distilbert") else "hidden_act"


def make_checkpoint(directory, name, task, settings={}, dtype=torch.float32):
    """A model of random weights, all of them (biases and norms too), drawn wide enough that a wrong operation shows; saved
    in `directory` in `dtype`, given back as transformers loads it from there in float32."""
    settings = dict(num_labels=2 if task == "question-answering" else 5) | settings
    if task == IMAGE_TASK:
        model_class, its = IMAGE_MODELS[name]
        model = model_class(model_class.config_class(**(its | settings)))
    else:
        model_type, its = TEXT_MODELS[name]
        model = TEXT_CLASSES[task].from_config(transformers.AutoConfig.for_model(model_type, **(its | settings)))
    randomize(model)
    model.to(dtype).save_pretrained(directory)
    return type(model).from_pretrained(directory, dtype=torch.float32).eval()


@contextmanager
def checkpoint(name, task, settings={}, dtype=torch.float32):
    """`make_checkpoint` in a directory that lives as long as the block."""
    with tempfile.TemporaryDirectory() as directory:
        yield directory, make_checkpoint(directory, name, task, settings, dtype)


def randomize(model):
    torch.manual_seed(0)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            spread = 0.3 if parameter.dim() == 1 else 2.0 / max(parameter.shape[-1], 4) ** 0.5
            parameter.copy_(torch.randn_like(parameter) * spread + (1.0 if "norm" in name.lower() and name.endswith("weight") else 0.0))


def load(directory, task):
    model_class = transformers.AutoModelForImageClassification if task == IMAGE_TASK else TEXT_CLASSES[task]
    return model_class.from_pretrained(directory, dtype=torch.float32).eval()


def expected_inputs(model_type):
    if model_type in ("bert", "albert", "electra"):
        return ["input_ids", "attention_mask", "token_type_ids"]
    return ["pixel_values"] if model_type in ("vit", "deit", "beit") else ["input_ids", "attention_mask"]


def text_batch(model, batch, length, generator):
    """Every row of another length, the first one full; token types mixed where the model has them."""
    config = model.config
    ids = generator.integers(5, config.vocab_size, (batch, length))
    mask = np.ones((batch, length), dtype=np.int64)
    for row in range(1, batch):
        mask[row, generator.integers(1, length):] = 0
    ids[mask == 0] = config.pad_token_id or 0
    inputs = dict(input_ids=ids.astype(np.int64), attention_mask=mask)
    if "token_type_ids" in expected_inputs(config.model_type):
        inputs["token_type_ids"] = generator.integers(0, config.type_vocab_size, (batch, length)).astype(np.int64)
    return inputs


def batches(model):
    generator = np.random.default_rng(7)
    if "pixel_values" not in expected_inputs(model.config.model_type):
        return [text_batch(model, batch, length, generator) for batch, length in [(3, 17), (1, 1), (2, 33)]]
    size = model.config.image_size
    height, width = size if isinstance(size, (list, tuple)) else (size, size)
    return [dict(pixel_values=generator.uniform(-1, 1, (batch, model.config.num_channels, height, width)).astype(np.float32))
            for batch in (3, 1)]


def reference_outputs(model, inputs):
    with torch.no_grad():
        out = model(**{name: torch.from_numpy(value) for name, value in inputs.items()})
    names = ["logits"] if hasattr(out, "logits") else ["start_logits", "end_logits"]
    return {name: getattr(out, name).numpy() for name in names}


def assert_close(test, ours, reference, tolerance=TOLERANCE):
    """The same outputs of the same shapes, `tolerance` apart at most. The largest difference."""
    test.assertEqual(list(ours), list(reference))
    worst = 0.0
    for name, values in reference.items():
        test.assertEqual(ours[name].shape, values.shape)
        test.assertTrue(np.isfinite(values).all())
        test.assertGreater(np.abs(values).max(), 0.1)
        difference = float(np.abs(ours[name] - values).max())
        test.assertLessEqual(difference, tolerance, name)
        worst = max(worst, difference)
    return worst
