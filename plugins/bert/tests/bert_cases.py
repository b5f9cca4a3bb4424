"""Small random BERT models and inputs, shared by make_goldens.py and check_against_transformers.py."""
import json
import pathlib
import random

import torch
import transformers
from safetensors.torch import save_file

CLASSES = (
    "BertModel", "BertForPreTraining", "BertForMaskedLM", "BertLMHeadModel", "BertForNextSentencePrediction",
    "BertForSequenceClassification", "BertForMultipleChoice", "BertForTokenClassification", "BertForQuestionAnswering",
)
TAKES_ENCODER = ("BertModel", "BertForMaskedLM", "BertLMHeadModel")
CHOICES = 3


def make_model(class_name, config, seed):
    """A model all of whose parameters are random, also those that are usually initialised to 0 or 1."""
    torch.manual_seed(seed)
    if class_name == "BertForQuestionAnswering":
        config = transformers.BertConfig.from_dict({**config.to_dict(), "num_labels": 2, "id2label": None})
    model = getattr(transformers, class_name)(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(1.0 if name.endswith("LayerNorm.weight") else 0.0, 0.2)
    return model


def save_model(model, directory, attn_implementation=None):
    model.save_pretrained(directory, safe_serialization=True)
    (pathlib.Path(directory) / "generation_config.json").unlink(missing_ok=True)
    if attn_implementation:
        path = pathlib.Path(directory) / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "attn_implementation": attn_implementation}))


def padding_mask(batch, length, rng):
    """Ones, then zeros; at least one token of every row is kept, and all of the first."""
    lengths = [length] + [rng.randint(1, length) for _ in range(batch - 1)]
    return torch.tensor([[int(i < kept) for i in range(length)] for kept in lengths])


def make_labels(class_name, config, batch, length, rng):
    def classes(shape, count):
        return torch.tensor([rng.randrange(count) for _ in range(torch.Size(shape).numel())],
                            dtype=torch.long).view(shape)

    tokens = classes((batch, length), config.vocab_size)
    tokens[torch.rand(tokens.shape, generator=torch.Generator().manual_seed(rng.randrange(1 << 30))) < 0.3] = -100
    tokens[0, -1] = 3  # never all of them ignored
    if class_name == "BertForPreTraining":
        return {"labels": tokens, "next_sentence_label": classes((batch,), 2)}
    if class_name in ("BertForMaskedLM", "BertLMHeadModel"):
        return {"labels": tokens}
    if class_name == "BertForNextSentencePrediction":
        return {"labels": classes((batch,), 2)}
    if class_name == "BertForSequenceClassification":
        if config.problem_type == "multi_label_classification":
            return {"labels": classes((batch, config.num_labels), 2).float()}
        return {"labels": torch.randn(batch) if config.num_labels == 1 else classes((batch,), config.num_labels)}
    if class_name == "BertForMultipleChoice":
        return {"labels": classes((batch,), CHOICES)}
    if class_name == "BertForTokenClassification":
        return {"labels": classes((batch, length), config.num_labels)}
    if class_name == "BertForQuestionAnswering":
        # One position lies outside the sequence: it is clamped, and ignored.
        return {"start_positions": torch.cat([classes((batch - 1,), length), torch.tensor([length + 5])]),
                "end_positions": classes((batch,), length)}
    return {}


def make_inputs(class_name, config, kind, batch, length, rng):
    """Inputs of one kind: plain, full, embeds, mask3d, head_mask, encoder."""
    torch.manual_seed(rng.randrange(1 << 30))
    rows = batch * CHOICES if class_name == "BertForMultipleChoice" else batch
    inputs = {"input_ids": torch.randint(0, config.vocab_size, (rows, length))}
    if kind == "embeds":
        inputs = {"inputs_embeds": torch.randn(rows, length, config.hidden_size)}
    if kind in ("full", "embeds", "head_mask", "encoder"):
        inputs["attention_mask"] = padding_mask(rows, length, rng)
        inputs["token_type_ids"] = torch.randint(0, config.type_vocab_size, (rows, length))
    if kind == "full":
        inputs["position_ids"] = torch.stack([torch.randperm(config.max_position_embeddings)[:length] for _ in range(rows)])
    if kind == "mask3d":
        inputs["attention_mask"] = (torch.rand(rows, length, length) < 0.7).long() | torch.eye(length, dtype=torch.long)
    if class_name == "BertForMultipleChoice":
        inputs = {name: tensor.view(batch, CHOICES, *tensor.shape[1:]) for name, tensor in inputs.items()}
    if kind == "head_mask":
        inputs["head_mask"] = torch.rand(config.num_hidden_layers, config.num_attention_heads).round(decimals=1)
    if kind == "encoder":
        inputs["encoder_hidden_states"] = torch.randn(rows, length + 3, config.hidden_size)
        inputs["encoder_attention_mask"] = padding_mask(rows, length + 3, rng)
    if kind == "full":
        inputs.update(make_labels(class_name, config, batch, length, rng))
    return inputs


def usable_kinds(class_name, config):
    kinds = ["plain", "full", "embeds"]
    if class_name != "BertForMultipleChoice":
        kinds.append("mask3d")
    if not config.pruned_heads:
        kinds.append("head_mask")
    if config.add_cross_attention and class_name in TAKES_ENCODER:
        kinds.append("encoder")
    return kinds


def run(model, inputs, **options):
    """The outputs under the names that modelhost gives them: tuples are numbered, the cache is left out."""
    config_before = model.config.problem_type
    with torch.no_grad():
        outputs = model(**inputs, **options)
    model.config.problem_type = config_before  # transformers keeps what it inferred from the first labels
    named = {}
    for name, value in outputs.items():
        if name == "past_key_values" or value is None:
            continue
        if isinstance(value, tuple):
            named.update({f"{name}.{i}": tensor for i, tensor in enumerate(value) if tensor is not None})
        else:
            named[name] = value
    return named


def write_tensors(tensors, path):
    save_file({name: tensor.contiguous().clone() for name, tensor in tensors.items()}, path)


def random_config(rng):
    heads = rng.choice([1, 2, 3, 4, 6])
    is_decoder = rng.random() < 0.35
    layers = rng.randint(1, 4)
    pruned = {}
    if heads > 1 and rng.random() < 0.2:
        pruned = {layer: rng.sample(range(heads), rng.randint(1, heads - 1)) for layer in range(layers) if rng.random() < 0.6}
    return transformers.BertConfig(
        vocab_size=rng.randint(20, 97), hidden_size=heads * rng.choice([2, 5, 8, 12]), num_hidden_layers=layers,
        num_attention_heads=heads, intermediate_size=rng.randint(5, 70), max_position_embeddings=rng.choice([24, 31, 64]),
        type_vocab_size=rng.randint(1, 5), pad_token_id=rng.choice([0, None, 7]), layer_norm_eps=rng.choice([1e-12, 1e-5]),
        hidden_act=rng.choice(["gelu", "gelu_new", "relu", "silu", "tanh", "quick_gelu", "gelu_fast", "mish"]),
        position_embedding_type=rng.choice(["absolute", "absolute", "relative_key", "relative_key_query"]),
        is_decoder=is_decoder, add_cross_attention=is_decoder and rng.random() < 0.5, use_cache=rng.random() < 0.7,
        num_labels=rng.randint(1, 5), chunk_size_feed_forward=rng.choice([0, 0, 4]), pruned_heads=pruned,
        problem_type=rng.choice([None, None, "multi_label_classification"]),
    )
