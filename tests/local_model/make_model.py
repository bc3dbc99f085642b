"""Writes a language model that was never trained: a GGUF file of 2 layers with 64 dimensions over single bytes.

It speaks noise, but noise of printable ASCII: the bias of each byte is carried through the network in dimension 0, which no
layer writes to. Unconstrained it never ends by itself, so a reply is as long as the caller's limit. Under a JSON grammar its
strings are short and its arrays hold one object or a few, so that a reply is whole after some hundred bytes.
Usage: make_model.py FILE
"""
import array
import random
import struct
import sys

LAYERS, WIDTH, HEADS, HIDDEN, CONTEXT = 2, 64, 4, 128, 131072
CONSTANT = 8.0  # what dimension 0 of every embedding holds
UINT32, FLOAT32, BOOL, STRING, ARRAY, INT32 = 4, 6, 7, 8, 9, 5
ALIGNMENT = 32


def byte_names():
    """GPT-2's spelling of the 256 bytes: printable characters stand for themselves, the others begin at U+0100."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = (byte for byte in range(256) if byte not in plain)
    spelling = {byte: chr(byte) for byte in plain} | {byte: chr(256 + n) for n, byte in enumerate(others)}
    return [spelling[byte] for byte in range(256)]


def bias(token):
    """How much the model likes a token: differences of 12 and more are never crossed."""
    if token >= 256:
        return -40.0  # the end: only where a grammar leaves no other choice
    if chr(token) in '"}':
        return 2.5  # short strings
    if chr(token) == "{":
        return 0.0
    if chr(token) == "]":
        return -14.0  # after `[` an object, after `}` the end of the array
    if chr(token) in ",\\":
        return -28.0  # one object is enough; an escape might name half a surrogate pair
    if chr(token) == " " or token == 10:
        return -16.0  # grammars allow white space between any two tokens
    return 0.0 if 33 <= token < 127 else -40.0


def text(value):
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def pair(key, kind, value):
    head = text(key) + struct.pack("<I", kind)
    if kind == STRING:
        return head + text(value)
    if kind == ARRAY:
        of, items = value
        body = b"".join(text(item) if of == STRING else struct.pack("<i", item) for item in items)
        return head + struct.pack("<IQ", of, len(items)) + body
    return head + struct.pack({UINT32: "<I", FLOAT32: "<f", BOOL: "<?"}[kind], value)


def main(path):
    rng = random.Random(20261101)
    tokens = [*byte_names(), "<|end|>"]
    key_width = WIDTH // HEADS  # one head of keys and values for all: a long context stays small

    def noise(rows, columns, scale):
        return [[rng.gauss(0.0, scale) for _ in range(columns)] for _ in range(rows)]

    def silent(rows):
        rows[0] = [0.0] * len(rows[0])  # nothing is written to dimension 0
        return rows

    embedding = [[CONSTANT, *row] for row in noise(len(tokens), WIDTH - 1, 0.5)]
    # After the norm dimension 0 is close to CONSTANT / sqrt(mean square): the rest adds a quarter of it in square at most.
    gain = 1.0 / 7.5
    output = [[bias(token) * gain, *row] for token, row in enumerate(noise(len(tokens), WIDTH - 1, 0.05))]
    tensors = [("token_embd.weight", embedding), ("output_norm.weight", [[1.0] * WIDTH]), ("output.weight", output)]
    for layer in range(LAYERS):
        tensors += [(f"blk.{layer}.{name}.weight", rows) for name, rows in (
            ("attn_norm", [[1.0] * WIDTH]),
            ("attn_q", noise(WIDTH, WIDTH, 0.1)),
            ("attn_k", noise(key_width, WIDTH, 0.1)),
            ("attn_v", noise(key_width, WIDTH, 0.1)),
            ("attn_output", silent(noise(WIDTH, WIDTH, 0.1))),
            ("ffn_norm", [[1.0] * WIDTH]),
            ("ffn_gate", noise(HIDDEN, WIDTH, 0.1)),
            ("ffn_up", noise(HIDDEN, WIDTH, 0.1)),
            ("ffn_down", silent(noise(WIDTH, HIDDEN, 0.1))),
        )]
    facts = [
        ("general.architecture", STRING, "llama"),
        ("general.name", STRING, "autofix-noise"),
        ("llama.context_length", UINT32, CONTEXT),
        ("llama.embedding_length", UINT32, WIDTH),
        ("llama.block_count", UINT32, LAYERS),
        ("llama.feed_forward_length", UINT32, HIDDEN),
        ("llama.attention.head_count", UINT32, HEADS),
        ("llama.attention.head_count_kv", UINT32, 1),
        ("llama.attention.layer_norm_rms_epsilon", FLOAT32, 1e-5),
        ("llama.rope.dimension_count", UINT32, key_width),
        ("llama.vocab_size", UINT32, len(tokens)),
        ("tokenizer.ggml.model", STRING, "gpt2"),
        ("tokenizer.ggml.pre", STRING, "gpt-2"),
        ("tokenizer.ggml.tokens", ARRAY, (STRING, tokens)),
        ("tokenizer.ggml.token_type", ARRAY, (INT32, [1] * 256 + [3])),
        ("tokenizer.ggml.merges", ARRAY, (STRING, [])),
        ("tokenizer.ggml.bos_token_id", UINT32, 256),
        ("tokenizer.ggml.eos_token_id", UINT32, 256),
        ("tokenizer.ggml.add_bos_token", BOOL, False),
    ]
    header = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(facts)) + b"".join(pair(*fact) for fact in facts)
    body = b""
    for name, rows in tensors:
        shape = [len(rows[0])] if len(rows) == 1 else [len(rows[0]), len(rows)]
        header += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, len(body))
        values = array.array("f", [value for row in rows for value in row])
        if sys.byteorder == "big":
            values.byteswap()
        body += values.tobytes()
        body += bytes(-len(body) % ALIGNMENT)
    header += bytes(-len(header) % ALIGNMENT)
    with open(path, "wb") as file:
        file.write(header + body)


if __name__ == "__main__":
    main(sys.argv[1])
