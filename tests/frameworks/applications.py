"""Networks in Keras: its applications, and others from their papers. Knows no paramula. Built without numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers as K  # noqa: N812

Image = tuple[int, int, int]  # height, width, channels


def application(name: str, height: int = 224, width: int = 0, **arguments: Any) -> Any:
    make = getattr(keras.applications, name)
    return make(weights=None, input_shape=(height, width or height, 3), **arguments)


def lenet5(image: Image = (32, 32, 1), classes: int = 10) -> Any:
    return keras.Sequential([
        keras.Input(image), K.Conv2D(6, 5, activation="tanh"), K.AveragePooling2D(2),
        K.Conv2D(16, 5, activation="tanh"), K.AveragePooling2D(2), K.Conv2D(120, 5, activation="tanh"), K.Flatten(),
        K.Dense(84, activation="tanh"), K.Dense(classes),
    ])  # fmt: skip


def alexnet_2012(image: Image = (227, 227, 3), classes: int = 1000) -> Any:
    def conv(f: int, k: int, g: int) -> Any:
        return K.Conv2D(f, k, padding="same", groups=g, activation="relu")

    return keras.Sequential([
        keras.Input(image), K.Conv2D(96, 11, 4, activation="relu"), K.MaxPooling2D(3, 2), conv(256, 5, 2),
        K.MaxPooling2D(3, 2), conv(384, 3, 1), conv(384, 3, 2), conv(256, 3, 2), K.MaxPooling2D(3, 2), K.Flatten(),
        K.Dropout(0.5), K.Dense(4096, "relu"), K.Dropout(0.5), K.Dense(4096, "relu"), K.Dense(classes),
    ])  # fmt: skip


def nin(image: Image = (32, 32, 3), classes: int = 10) -> Any:
    """`same` pools round up, as those of cuda-convnet do."""

    def mlp(k: int, a: int, b: int, c: int) -> list[Any]:
        return [K.Conv2D(f, n, padding="same", activation="relu") for f, n in ((a, k), (b, 1), (c, 1))]

    return keras.Sequential([
        keras.Input(image), *mlp(5, 192, 160, 96), K.MaxPooling2D(3, 2, "same"), K.Dropout(0.5),
        *mlp(5, 192, 192, 192), K.AveragePooling2D(3, 2, "same"), K.Dropout(0.5), *mlp(3, 192, 192, classes),
        K.GlobalAveragePooling2D(),
    ])  # fmt: skip


def conv(f: int, k: int = 3, s: int = 1) -> Any:
    return K.Conv2D(f, k, s, padding="same", use_bias=False)


def before(x: Any) -> Any:
    return K.ReLU()(K.BatchNormalization()(x))


def resnet_cifar(n: int, w: int = 16, image: Image = (32, 32, 3), classes: int = 10) -> Any:
    """He et al. 2015, section 4.2; channels of zeros are written as a padding of a fourth axis."""
    x = given = keras.Input(image)
    x = before(conv(w)(x))
    for stage in range(3):
        for unit in range(n):
            f, s = w * 2**stage, 2 if stage and not unit else 1
            y = K.BatchNormalization()(conv(f)(before(conv(f, 3, s)(x))))
            if s == 2:
                x = K.MaxPooling2D(1, 2)(x)
                h, v, c = x.shape[1:]
                x = K.Reshape((h, v, f))(K.ZeroPadding2D(((0, 0), (0, f - c)))(K.Reshape((h * v, c, 1))(x)))
            x = K.ReLU()(K.Add()([x, y]))
    return keras.Model(given, K.Dense(classes)(K.GlobalAveragePooling2D()(x)))


def wide_resnet(n: int, k: int, image: Image = (32, 32, 3), classes: int = 10) -> Any:
    x = given = keras.Input(image)
    x = conv(16)(x)
    for stage in range(3):
        for unit in range(n):
            f, s = 16 * k * 2**stage, 2 if stage and not unit else 1
            changes = x.shape[-1] != f
            y = before(x)
            shortcut = conv(f, 1, s)(y) if changes else x
            x = K.Add()([conv(f)(K.Dropout(0.3)(before(conv(f, 3, s)(y)))), shortcut])
    return keras.Model(given, K.Dense(classes)(K.GlobalAveragePooling2D()(before(x))))


def densenet_cifar(n: int, k: int, plain: bool, image: Image = (32, 32, 3), classes: int = 10) -> Any:
    x = given = keras.Input(image)
    x = conv(16 if plain else 2 * k)(x)
    for block in range(3):
        for _ in range(n):
            y = x if plain else conv(4 * k, 1)(before(x))
            x = K.Concatenate()([x, conv(k)(before(y))])
        if block < 2:
            x = K.AveragePooling2D(2)(conv(x.shape[-1] // (1 if plain else 2), 1)(before(x)))
    return keras.Model(given, K.Dense(classes)(K.GlobalAveragePooling2D()(before(x))))


def unet(n: int = 4, c: int = 64, padded: bool = False, image: Image = (572, 572, 1), classes: int = 2) -> Any:
    def double(x: Any, f: int) -> Any:
        for _ in range(2):
            x = K.Conv2D(f, 3, padding="same" if padded else "valid", activation="relu")(x)
        return x

    x = given = keras.Input(image)
    kept = []
    for i in range(n):
        x = double(x, c * 2**i)
        kept.append(x)
        x = K.MaxPooling2D()(x)
    x = double(x, c * 2**n)
    for i in reversed(range(n)):
        x = K.Conv2DTranspose(c * 2**i, 2, 2)(x)
        rows, columns = ((kept[i].shape[axis] - x.shape[axis]) // 2 for axis in (1, 2))
        x = double(K.Concatenate()([K.Cropping2D((rows, columns))(kept[i]), x]), c * 2**i)
    return keras.Model(given, K.Conv2D(classes, 1)(x))


# ------------------------------------------------------------------------------------------------------------ sequences


def lstm_lm(L: int = 2, d: int = 650, V: int = 10000, *, T: int, tied: bool = False) -> Any:
    return language_model(T, [K.LSTM(d, return_sequences=True) for _ in range(L)], d, V, tied)


def gru_lm(L: int = 1, d: int = 1024, V: int = 66, e: int = 256, *, T: int, reset_after: bool = True) -> Any:
    return language_model(T, [K.GRU(d, return_sequences=True, reset_after=reset_after) for _ in range(L)], e, V)


def language_model(T: int, rnns: Sequence[Any], e: int, V: int, tied: bool = False) -> Any:
    """`tied`: the table of the words is the output's kernel, too (Press & Wolf 2017), with a bias of its own."""
    given = keras.Input((T,), dtype="int32")
    words = K.ReversibleEmbedding(V, e)
    x = words(given)
    for rnn in rnns:
        x = rnn(x)
    return keras.Model(given, Bias()(words(x, reverse=True)) if tied else K.Dense(V)(x))


class Bias(K.Layer):  # type: ignore[misc]
    def build(self, shape: Any) -> None:
        self.bias = self.add_weight(shape=shape[-1:], name="bias")

    def call(self, x: Any) -> Any:
        return x + self.bias


def seq2seq(L: int = 4, d: int = 1000, V: int = 80_000, W: int = 160_000, *, S: int, T: int) -> Any:
    """Sutskever et al. 2014, section 3.4: the encoder's last states are the decoder's first."""
    source, target = keras.Input((S,), dtype="int32"), keras.Input((T,), dtype="int32")
    x, y = K.Embedding(W, d)(source), K.Embedding(V, d)(target)
    for _ in range(L):
        x, *state = K.LSTM(d, return_sequences=True, return_state=True)(x)
        y = K.LSTM(d, return_sequences=True)(y, initial_state=state)
    return keras.Model([source, target], K.Dense(V)(y))


class Positions(K.Layer):  # type: ignore[misc]
    """Learned tokens in front, and a learned vector for each place, from a table of `rows` of them."""

    def __init__(self, rows: int, tokens: int = 0) -> None:
        super().__init__()
        self.rows, self.tokens = rows, tokens

    def build(self, shape: Any) -> None:
        self.table = self.add_weight(shape=(self.rows, shape[-1]), name="table")
        self.front = self.add_weight(shape=(self.tokens, shape[-1]), name="tokens") if self.tokens else None

    def call(self, x: Any) -> Any:
        if self.front is not None:
            front = keras.ops.broadcast_to(self.front, (keras.ops.shape(x)[0], self.tokens, x.shape[-1]))
            x = keras.ops.concatenate([front, x], 1)
        return x + self.table[: x.shape[1]]


def gpt2(L: int = 12, d: int = 768, h: int = 12, V: int = 50257, *, T: int) -> Any:
    words = K.ReversibleEmbedding(V, d)
    given = keras.Input((T,), dtype="int32")
    x = Positions(T)(words(given))
    for _ in range(L):
        y = K.LayerNormalization()(x)
        x = K.Add()([x, K.MultiHeadAttention(h, d // h)(y, y, use_causal_mask=True)])
        y = K.Dense(4 * d, "gelu")(K.LayerNormalization()(x))
        x = K.Add()([x, K.Dense(d)(y)])
    return keras.Model(given, words(K.LayerNormalization()(x), reverse=True))


def llama(L: int, d: int, h: int, f: int, V: int = 32000, kv: int = 0, *, T: int) -> Any:
    x = given = keras.Input((T,), dtype="int32")
    x = K.Embedding(V, d)(x)
    for _ in range(L):
        y = K.RMSNormalization()(x)
        x = K.Add()([x, K.GroupQueryAttention(d // h, h, kv or h, use_bias=False)(y, y)])
        y = K.RMSNormalization()(x)
        gate, up = K.Dense(f, "silu", use_bias=False)(y), K.Dense(f, use_bias=False)(y)
        x = K.Add()([x, K.Dense(d, use_bias=False)(K.Multiply()([gate, up]))])
    return keras.Model(given, K.Dense(V, use_bias=False)(K.RMSNormalization()(x)))


def vit(L: int, d: int, h: int, m: int, p: int, image: Image = (224, 224, 3), classes: int = 1000) -> Any:
    x = given = keras.Input(image)
    x = K.Conv2D(d, p, p)(x)
    x = K.Reshape((-1, d))(x)
    x = Positions(x.shape[1] + 1, tokens=1)(x)
    for _ in range(L):
        y = K.LayerNormalization()(x)
        x = K.Add()([x, K.MultiHeadAttention(h, d // h)(y, y)])
        x = K.Add()([x, K.Dense(d)(K.Dense(m, "gelu")(K.LayerNormalization()(x)))])
    return keras.Model(given, K.Dense(classes)(K.LayerNormalization()(x)[:, 0]))
