"""Networks on sequences in PyTorch: those of transformers from a configuration, the others from their papers.

Knows no paramula. Nothing is fetched: a configuration is its sizes, and a module is built without numbers.
"""

from __future__ import annotations

from typing import Any

import torch
import transformers
from torch import Tensor, nn

transformers.logging.set_verbosity_error()

Module = nn.Module
Image = tuple[int, int, int]


def hugging(family: str, head: str, **sizes: Any) -> Module:
    """A model of transformers, whose attention and experts run as products that are counted on the meta device."""
    config = getattr(transformers, f"{family}Config")(**sizes)
    config._attn_implementation = "eager"
    config._experts_implementation = "batched_mm"
    return getattr(transformers, family + head)(config)


# ----------------------------------------------------------------------------------------------------- transformers


def gpt2(L: int = 12, d: int = 768, h: int = 12, V: int = 50257, T: int = 1024) -> Module:
    return hugging("GPT2", "LMHeadModel", n_layer=L, n_embd=d, n_head=h, vocab_size=V, n_positions=T, use_cache=False)


def gpt3(L: int = 96, d: int = 12288, h: int = 96, V: int = 50257, T: int = 2048) -> Module:
    return gpt2(L, d, h, V, T)


def bert(L: int = 12, d: int = 768, h: int = 12, V: int = 30522) -> Module:
    return hugging(
        "Bert", "Model", num_hidden_layers=L, hidden_size=d, num_attention_heads=h, intermediate_size=4 * d,
        vocab_size=V, max_position_embeddings=512, type_vocab_size=2,
    )  # fmt: skip


def albert(L: int = 12, d: int = 768, h: int = 12, V: int = 30000, e: int = 128) -> Module:
    return hugging(
        "Albert", "Model", num_hidden_layers=L, hidden_size=d, num_attention_heads=h, intermediate_size=4 * d,
        vocab_size=V, embedding_size=e, max_position_embeddings=512, type_vocab_size=2, num_hidden_groups=1,
        inner_group_num=1,
    )  # fmt: skip


def llama(
    L: int = 32, d: int = 4096, h: int = 32, f: int = 11008, V: int = 32000, kv: int = 0, family: str = "Llama",
    **sizes: Any,
) -> Module:  # fmt: skip
    return hugging(
        family, "ForCausalLM", num_hidden_layers=L, hidden_size=d, num_attention_heads=h, intermediate_size=f,
        vocab_size=V, num_key_value_heads=kv or h, head_dim=d // h, max_position_embeddings=8192, use_cache=False,
        tie_word_embeddings=False, **sizes,
    )  # fmt: skip


def mistral(L: int = 32, d: int = 4096, h: int = 32, f: int = 14336, V: int = 32000, kv: int = 8) -> Module:
    return llama(L, d, h, f, V, kv, "Mistral", sliding_window=4096)


def mixtral(
    L: int = 32, d: int = 4096, h: int = 32, f: int = 14336, V: int = 32000, kv: int = 8, E: int = 8, A: int = 2
) -> Module:
    return llama(L, d, h, f, V, kv, "Mixtral", num_local_experts=E, num_experts_per_tok=A, sliding_window=None)


def t5(L: int = 6, d: int = 512, h: int = 8, f: int = 2048, V: int = 32128, dim: int = 64) -> Module:
    return hugging(
        "T5", "ForConditionalGeneration", num_layers=L, d_model=d, num_heads=h, d_ff=f, vocab_size=V, d_kv=dim,
        feed_forward_proj="relu", use_cache=False,
    )  # fmt: skip


def vit(
    L: int = 12, d: int = 768, h: int = 12, m: int = 3072, p: int = 16, image: Image = (3, 224, 224),
    classes: int = 1000,
) -> Module:  # fmt: skip
    return hugging(
        "ViT", "ForImageClassification", num_hidden_layers=L, hidden_size=d, num_attention_heads=h, intermediate_size=m,
        patch_size=p, num_channels=image[0], image_size=list(image[1:]), num_labels=classes,
    )  # fmt: skip


def swin(c: int = 96, h: int = 3, n: int = 6, image: Image = (3, 224, 224), classes: int = 1000) -> Module:
    return hugging(
        "Swin", "ForImageClassification", embed_dim=c, depths=[2, 2, n, 2], num_heads=[h, 2 * h, 4 * h, 8 * h],
        window_size=7, num_channels=image[0], image_size=image[1], num_labels=classes,
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------------------- from papers


class Attention(Module):
    """Vaswani et al. 2017, section 3.2.2: four projections without biases."""

    def __init__(self, d: int, h: int) -> None:
        super().__init__()
        self.h = h
        self.q, self.k, self.v, self.o = (nn.Linear(d, d, bias=False) for _ in range(4))

    def forward(self, x: Tensor, over: Tensor) -> Tensor:
        q, k, v = (
            one(of).unflatten(-1, (self.h, -1)).transpose(1, 2)
            for one, of in ((self.q, x), (self.k, over), (self.v, over))
        )
        seen = torch.softmax(q @ k.transpose(2, 3) / q.shape[-1] ** 0.5, -1) @ v
        out: Tensor = self.o(seen.transpose(1, 2).flatten(2))
        return out


class Sublayers(Module):
    """Post-norm: attention to itself, attention to a memory where there is one, and two linear layers."""

    def __init__(self, d: int, h: int, f: int, decodes: bool) -> None:
        super().__init__()
        self.attends = nn.ModuleList(Attention(d, h) for _ in range(2 if decodes else 1))
        self.norms = nn.ModuleList(nn.LayerNorm(d) for _ in range(3 if decodes else 2))
        self.ffn = nn.Sequential(nn.Linear(d, f), nn.ReLU(), nn.Linear(f, d))

    def forward(self, x: Tensor, memory: Tensor | None = None) -> Tensor:
        for i, attend in enumerate(self.attends):
            x = self.norms[i](x + attend(x, memory if i and memory is not None else x))
        out: Tensor = self.norms[-1](x + self.ffn(x))
        return out


class Transformer(Module):
    """Section 3 with sinusoids, and one table of words for both inputs and the output (section 3.4)."""

    def __init__(self, L: int = 6, d: int = 512, h: int = 8, f: int = 2048, V: int = 37000) -> None:
        super().__init__()
        self.words = nn.Embedding(V, d)
        self.encoder = nn.ModuleList(Sublayers(d, h, f, False) for _ in range(L))
        self.decoder = nn.ModuleList(Sublayers(d, h, f, True) for _ in range(L))

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        memory, x = self.words(source), self.words(target)
        for layer in self.encoder:
            memory = layer(memory)
        for layer in self.decoder:
            x = layer(x, memory)
        return x @ self.words.weight.T


class LanguageModel(Module):
    """Words, recurrent layers, words. PyTorch keeps two biases for each gate."""

    def __init__(self, kind: type[nn.RNNBase], L: int, d: int, V: int, e: int, tied: bool = False) -> None:
        super().__init__()
        self.words = nn.Embedding(V, e)
        self.rnn = kind(e, d, L, batch_first=True)
        self.out = nn.Linear(d, V)
        if tied:  # Press & Wolf 2017
            self.out.weight = self.words.weight

    def forward(self, tokens: Tensor) -> Tensor:
        out: Tensor = self.out(self.rnn(self.words(tokens))[0])
        return out


def lstm_lm(L: int = 2, d: int = 650, V: int = 10000, tied: bool = False) -> Module:
    return LanguageModel(nn.LSTM, L, d, V, d, tied)


def gru_lm(L: int = 1, d: int = 1024, V: int = 66, e: int = 256) -> Module:
    return LanguageModel(nn.GRU, L, d, V, e)


class RNNSearch(Module):
    """Bahdanau et al. 2014, appendix A, without the biases that it leaves out.

    The matrices W, U and C of a gate stand side by side in one; those of the output layer, too.
    """

    def __init__(self, n: int = 1000, m: int = 620, a: int = 1000, l: int = 500, V: int = 30000, W: int = 30000):
        super().__init__()
        self.source, self.target = nn.Embedding(V, m), nn.Embedding(W, m)
        self.encoder = nn.GRU(m, n, batch_first=True, bidirectional=True, bias=False)
        self.first = nn.Linear(n, n, bias=False)
        self.keys, self.query, self.fit = (
            nn.Linear(2 * n, a, bias=False), nn.Linear(n, a, bias=False), nn.Linear(a, 1, bias=False)
        )  # fmt: skip
        self.reset, self.update, self.state = (nn.Linear(n + 2 * n + m, n, bias=False) for _ in range(3))
        self.deep = nn.Linear(n + 2 * n + m, 2 * l, bias=False)
        self.out = nn.Linear(l, V, bias=False)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        h = self.encoder(self.source(source))[0]
        keys = self.keys(h)
        s = torch.tanh(self.first(h[:, 0, h.shape[2] // 2 :]))
        words = []
        for y in self.target(target).unbind(1):
            weights = torch.softmax(self.fit(torch.tanh(self.query(s).unsqueeze(1) + keys)), 1)
            context = (weights * h).sum(1)  # a product of matrices by a vector, written so that it is not counted
            seen = torch.cat([s, context, y], 1)
            t = self.deep(seen)
            words.append(self.out(torch.maximum(*t.unflatten(1, (-1, 2)).unbind(2))))
            r, z = torch.sigmoid(self.reset(seen)), torch.sigmoid(self.update(seen))
            s = (1 - z) * s + z * torch.tanh(self.state(torch.cat([r * s, context, y], 1)))
        return torch.stack(words, 1)
