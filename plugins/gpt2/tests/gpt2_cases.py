"""Small random GPT-2 models and inputs, shared by make_goldens.py and check_against_transformers.py."""
import pathlib

import torch
import transformers
from safetensors.torch import save_file

CLASSES = (
    "GPT2Model", "GPT2LMHeadModel", "GPT2DoubleHeadsModel", "GPT2ForSequenceClassification", "GPT2ForTokenClassification",
    "GPT2ForQuestionAnswering",
)
TAKES_ENCODER = ("GPT2Model", "GPT2LMHeadModel")
CHOICES = 3


def make_model(class_name, config, seed, dtype=torch.float32):
    """A model all of whose parameters are random, also those that are usually initialised to 0 or 1."""
    torch.manual_seed(seed)
    model = getattr(transformers, class_name)(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(1.0 if ".ln_" in f".{name}" and name.endswith("weight") else 0.0, 0.2)
    return model.to(dtype)


def save_model(model, directory, **options):
    model.save_pretrained(directory, **options)
    (pathlib.Path(directory) / "generation_config.json").unlink(missing_ok=True)


def padding_mask(batch, length, rng, left=False):
    """Ones and zeros; at least one token of every row is kept, and all of the first."""
    lengths = [length] + [rng.randint(1, length) for _ in range(batch - 1)]
    rows = [[int(i < kept) for i in range(length)] for kept in lengths]
    return torch.tensor([row[::-1] if left else row for row in rows])


def random_ids(shape, count, rng):
    return torch.tensor([rng.randrange(count) for _ in range(torch.Size(shape).numel())], dtype=torch.long).view(shape)


def make_labels(class_name, config, batch, dimensions, rng):
    """`dimensions` are those of input_ids."""
    tokens = random_ids(dimensions, config.vocab_size, rng)
    ignored = torch.rand(tokens.shape, generator=torch.Generator().manual_seed(rng.randrange(1 << 30))) < 0.3
    tokens[ignored] = -100
    tokens[..., -1] = 3  # never all of them ignored
    if class_name == "GPT2LMHeadModel":
        return {"labels": tokens}
    if class_name == "GPT2DoubleHeadsModel":
        per_row = CHOICES if config.summary_type == "cls_index" else dimensions[-1]  # see the README's traps
        labels = {"labels": tokens}
        if config.summary_use_proj and config.summary_proj_to_labels:
            labels["mc_labels"] = random_ids((batch,), per_row, rng)
        return labels
    if class_name == "GPT2ForSequenceClassification":
        if config.problem_type == "multi_label_classification":
            return {"labels": random_ids((batch, config.num_labels), 2, rng).float()}
        return {"labels": torch.randn(batch) if config.num_labels == 1 else random_ids((batch,), config.num_labels, rng)}
    if class_name == "GPT2ForTokenClassification":
        return {"labels": random_ids(dimensions, config.num_labels, rng)}
    if class_name == "GPT2ForQuestionAnswering":
        # One position lies outside the sequence: it is clamped, and ignored.
        length = dimensions[-1]
        return {"start_positions": torch.cat([random_ids((batch - 1,), length, rng), torch.tensor([length + 5])]),
                "end_positions": random_ids((batch,), length, rng)}
    return {}


def make_positions(kind, config, rows, length, rng):
    if kind != "packed":
        return torch.stack([torch.randperm(config.n_positions)[:length] for _ in range(rows)])
    starts = [sorted(rng.sample(range(length), min(2, length))) for _ in range(rows)]
    return torch.tensor([[i - max([s for s in row if s <= i], default=0) for i in range(length)] for row in starts])


def make_inputs(class_name, config, kind, batch, length, rng, dtype=torch.float32):
    """Inputs of one of usable_kinds()."""
    torch.manual_seed(rng.randrange(1 << 30))
    choices = kind == "choices" or (class_name == "GPT2DoubleHeadsModel" and kind != "embeds")
    rows = batch * CHOICES if choices else batch
    dimensions = (batch, CHOICES, length) if choices else (batch, length)
    inputs = {"input_ids": torch.randint(0, config.vocab_size, dimensions)}
    if kind == "embeds":
        inputs = {"inputs_embeds": torch.randn(rows, length, config.n_embd).to(dtype)}
    if kind in ("full", "embeds", "head_mask", "encoder", "left"):
        inputs["attention_mask"] = padding_mask(rows, length, rng, left=kind == "left").view(dimensions)
        inputs["token_type_ids"] = torch.randint(0, config.vocab_size, dimensions)
    if kind in ("full", "packed"):
        inputs["position_ids"] = make_positions(kind, config, rows, length, rng)
    if kind == "mask4d":
        seen = torch.rand(rows, 1, length, length) < 0.7
        inputs["attention_mask"] = torch.zeros(seen.shape, dtype=dtype).masked_fill(
            ~(seen | torch.eye(length, dtype=torch.bool)), torch.finfo(dtype).min)
    if kind == "head_mask":
        inputs["head_mask"] = torch.rand(config.n_layer, config.n_head).round(decimals=1)
    if kind == "encoder":
        inputs["encoder_hidden_states"] = torch.randn(rows, length + 3, config.n_embd).to(dtype)
        inputs["encoder_attention_mask"] = padding_mask(rows, length + 3, rng)
    if kind == "keep":
        inputs["logits_to_keep"] = torch.tensor(rng.choice([1, length, [0, length - 1]]))
    if kind == "full":
        if class_name == "GPT2DoubleHeadsModel":
            inputs["mc_token_ids"] = random_ids((batch, CHOICES), length, rng)
        if class_name == "GPT2ForSequenceClassification" and config.pad_token_id is not None:
            inputs["input_ids"][:, -length // 3:] = config.pad_token_id
    if kind in ("full", "choices"):
        inputs.update(make_labels(class_name, config, batch, dimensions, rng))
    return inputs


def usable_kinds(class_name, config):
    kinds = ["plain", "full", "embeds", "left", "mask4d"]
    if not config.use_cache:
        kinds.append("packed")
    if not config.pruned_heads:
        kinds.append("head_mask")
    if class_name in TAKES_ENCODER:
        kinds.append("choices")
        kinds += ["encoder"] if config.add_cross_attention else []
    if class_name == "GPT2LMHeadModel":
        kinds.append("keep")
    return kinds


def batch_size(class_name, config, batch):
    """Without a padding token sequences are classified one by one."""
    return 1 if class_name == "GPT2ForSequenceClassification" and config.pad_token_id is None else batch


def run(model, inputs, **options):
    """The outputs under the names that modelhost gives them: tuples are numbered, the cache is left out."""
    config_before = model.config.problem_type
    keep = inputs.get("logits_to_keep")
    if keep is not None and keep.dim() == 0:
        inputs = {**inputs, "logits_to_keep": keep.item()}
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


def with_implementation(model, implementation):
    """The same model with another attention."""
    twin = type(model)._from_config(model.config, attn_implementation=implementation).eval().to(model.dtype)
    twin.load_state_dict(model.state_dict())
    return twin


def write_tensors(tensors, path):
    save_file({name: tensor.contiguous().clone() for name, tensor in tensors.items()}, path)


def random_config(rng):
    heads = rng.choice([1, 2, 3, 4, 6])
    layers = rng.randint(1, 4)
    pruned = {}
    if heads > 1 and rng.random() < 0.2:
        pruned = {layer: rng.sample(range(heads), rng.randint(1, heads - 1)) for layer in range(layers) if rng.random() < 0.6}
    return transformers.GPT2Config(
        vocab_size=rng.randint(20, 97), n_positions=rng.choice([24, 31, 64]), n_embd=heads * rng.choice([2, 5, 8, 12]),
        n_layer=layers, n_head=heads, n_inner=rng.choice([None, rng.randint(5, 70)]),
        activation_function=rng.choice(["gelu_new", "gelu_new", "gelu", "relu", "silu", "tanh", "quick_gelu", "gelu_fast", "mish"]),
        layer_norm_epsilon=rng.choice([1e-5, 1e-12]), scale_attn_weights=rng.random() < 0.75,
        scale_attn_by_inverse_layer_idx=rng.random() < 0.35, reorder_and_upcast_attn=rng.random() < 0.35,
        add_cross_attention=rng.random() < 0.35, use_cache=rng.random() < 0.6, tie_word_embeddings=rng.random() < 0.7,
        pad_token_id=rng.choice([None, 0, 7]), num_labels=rng.randint(1, 5), pruned_heads=pruned,
        summary_type=rng.choice(["cls_index", "cls_index", "last", "first", "mean"]), summary_use_proj=rng.random() < 0.8,
        summary_proj_to_labels=rng.random() < 0.7, summary_activation=rng.choice([None, "tanh", "relu"]),
        problem_type=rng.choice([None, None, "multi_label_classification"]),
        eos_token_id=rng.choice([50256, 3, [3, 5]]),
    )
