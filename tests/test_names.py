"""Names: those of published networks handed over, and those that nothing has, where no symbol can be meant.

Counts are those of the papers and frameworks that `library` names, put together by hand; messages are whole sentences.
"""

from __future__ import annotations

from typing import Any

import pytest

import paramula as pm
from paramula.engine.program import DEFINED, files
from paramula.language import parser
from paramula.layers import CATALOGUE
from paramula.layers.foreign import _CALLS, FOREIGN, instead
from paramula.layers.words import STRUCTURES
from paramula.questions.statements import answers, read

LENET, LENET_MACS, ALEXNET = 61_706, 416_520, 61_100_840  # LeCun et al. 1998; torchvision alexnet
OWN = """
head(b, n=10) = b -> dense(n)
through(b) = head(the(b))
the(b) = b
rep(b, n) = b*n
twice(b) = b -> b
thrice(b) = b*3 -> dense(2)
double(n) = 2*n
energy(net) = 5*macs(net)
wide(n) = (5) -> dense(n)
preset(b=lenet5) = b -> dense(3)
level(i, inner) = conv(3x3, i, same) -> inner
beside(b) = mul(b, id)
sized(k=4) = k -> dense(3)
both(i, v) = (i + v) -> dense(3)
"""

HANDED = [  # what a published network's bare name is, handed over
    ("(224,224,3) -> head(alexnet)", ALEXNET + 1000 * 10 + 10),
    ("head(lenet5)", LENET + 110),
    ("through(lenet5)", LENET + 110),
    ("the(lenet5) -> dense(2)", LENET + 22),
    ("rep(lenet5, 1)", LENET),
    ("preset", LENET + 33),
    ("preset(alexnet)", ALEXNET + 3003),
    ("head((lenet5))", LENET + 110),
    ("(32,32,1) -> fork(head(lenet5), lenet5)", 2 * LENET + 110),
    ("(32,32,1) -> moe(lenet5, 4, active=2)", 4 * LENET + 4),
    ("(32,32,1) -> shared(lenet5)", LENET),
    ("(32,32,1) -> [b for b in {lenet5}]", LENET),
    ("(32,32,1) -> [b -> dense(n) for (b, n) in {(lenet5, 4)}]", LENET + 44),
    ("(32,32,1) -> [level(1, inner) for i in 1..2 around inner = lenet5]", LENET + 2 * 10),
    ("shared one(b) = b -> dense(10)\nlenet5 -> dense(4) -> fork(the(id), the(id))", LENET + 44),
    # A number is wanted: a symbol of that name.
    ("(5) -> dense(double(vit))", "12*vit"),
    ("(vit) -> dense(3)", "3*vit + 3"),
    ("wide(lenet5)", "6*lenet5"),
    ("[dense(n) for n in {vit}]", None),
    # A number where a parameter has a number as its default stays an input.
    ("sized(6)", 7 * 3),
    ("sized", 5 * 3),
    ("both(3, k)", "3*k + 12"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "params"), HANDED)
def test_what_it_is_used_for_decides(text: str, params: Any) -> None:
    if params is None:
        assert str(pm.net(f"{OWN}(4) -> {text}").params) == "5*vit"
        return
    assert str(pm.net(OWN + text).params) == str(params)


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("energy(lenet5)", 5 * LENET_MACS),
        ("energy(head(lenet5))", 5 * (LENET_MACS + 100)),
        ("energy(the(lenet5)) / macs(lenet5)", 5),
        ("params(the(lenet5))", LENET),
        ("params((llama_2_7b at T=3))", 6_738_415_616),  # Touvron et al. 2023
        ("(macs(llama_2_7b) at T=1) + 1", 6_607_339_521),  # its matrices, 32·(4·4096² + 3·4096·11008) + …, and 1
        ("((macs(llama_2_7b) at T=1) at T=1)", None),
        ("((params(a) at f=2) + params(b)) at f=3", 2 * 5 + 3 * 5),
    ],
)
def test_questions_of_them(question: str, value: int | None) -> None:
    text = f"{OWN}a = (4) -> dense(f)\nb = (4) -> dense(f)\n{question}"
    if value is None:
        with pytest.raises(pm.NetError, match="no symbol called 'T'"):
            answers(read(text), {})
        return
    assert answers(read(text), {}).lines[0].value == value  # type: ignore[union-attr]


NUMBERS = [  # a number where a network must stand, and the way out
    ("twice(foo)", "b is foo", "write (b) for an input of b features"),
    ("twice(lenet)", "b is lenet", "did you mean 'lenet5'?"),
    ("twice(5)", "b is 5", "write (b) for an input of b features"),
    ("(5) -> twice(foo)", "b is foo", ""),
    ("(5) -> double(foo)", "double is 2·foo", ""),
    ("(5) -> beside(foo)", "b is foo", ""),
    ("(5) -> head(3*k)", "b is 3·k", ""),
    ("(5) -> [b for b in {foo}]", "b is foo", ""),
    ("thrice(foo)", "b is foo", "write (b) for an input of b features"),
    ("(28,28,1) -> (h,w,c) -> c", "c is 1", ""),
]


@pytest.mark.parametrize(("text", "what", "hint"), NUMBERS)
def test_a_number_is_no_network(text: str, what: str, hint: str) -> None:
    with pytest.raises(pm.NetError) as error:
        pm.net(OWN + text)
    assert error.value.message == f"a network must stand here, but {what}, a number"
    assert error.value.hint == hint


@pytest.mark.parametrize("count", ["3", "n"])
def test_what_stands_around_must_be_a_network(count: str) -> None:
    with pytest.raises(pm.NetError, match="'inner' must be a network, but this is a number"):
        pm.net(f"{OWN}(8,8,1) -> [level(1, inner) for i in 1..{count} around inner = foo]")


NETS = """net = (H,W,3) -> conv(3x3,f,same) -> gap -> dense(10)
block(c) = conv(3x3,c)
two = (8,8,3) -> block(4)
"""
NEW = [  # a question, the name that nothing has, and the way out
    ("sweep params, macs for f in {8, 16}", "there is no symbol called 'params'", "params(net)"),
    ("sweep params(net), foo for f in {8, 16}", "there is no symbol called 'foo'", "vary it: for foo in …"),
    ("sweep f, foo for f in {8, 16}", "there is no symbol called 'foo'", "vary it: for foo in …"),
    ("sweep macs(net)/parms for f in {8, 16}", "there is no quantity called 'parms'", "did you mean 'params'?"),
    ("sweep f*prams for f in {8, 16}", "there is no quantity called 'prams'", "did you mean 'params'?"),
    ("sweep params(net), parms for f in {8, 16}", "there is no quantity called 'parms'", "did you mean 'params'?"),
    ("sweep foo for f in {8, 16}", "there is no symbol called 'foo'", "vary it: for foo in …"),
    ("sweep params(net) for fooo in {8}", "there is no symbol called 'fooo'", "the symbols are H, W and f"),
    ("sweep params(two) for c in {8, 16}", "there is no symbol called 'c'", "it is a parameter: block(c=…)"),
    ("sweep params(net) for f in {8} where foo > 3", "this depends on foo too", ""),
    ("solve params <= 1M for f", "there is no symbol called 'params'", "params(net)"),
    ("solve params(net) <= prams for f", "there is no quantity called 'prams'", "did you mean 'params'?"),
    ("solve params(two) <= 1M for c", "there is no symbol called 'c'", "it is a parameter: block(c=…)"),
    ("solve params(net) <= 1M for f where foo % 8 == 0", "this depends on foo too", ""),
    ("params*2", "there is no symbol called 'params'", "params(net)"),
    ("(params(net) at f=3) + parms", "there is no quantity called 'parms'", "did you mean 'params'?"),
    ("params(two) at c=3", "there is no symbol called 'c'", "it is a parameter: block(c=…)"),
    ("(params(net) at q=3) + 1", "there is no symbol called 'q'", "the symbols are H, W and f"),
    ("params((llama_2_7b at Q=3))", "there is no symbol called 'Q'", "the symbol is T"),
    ("compare (llama_2_7b at Q=3), net", "there is no symbol called 'Q'", "the symbol is T"),
    ("compare net, foo", "there is no layer called 'foo'", ""),
    ("equal(params(net), macs)", "there is no symbol called 'macs'", "macs(net)"),
    ("latex(params)", "there is no symbol called 'params'", "params(net)"),
    ("growth(net, foo)", "the network has no symbol 'foo'", ""),
    ("macs(net, foo)", "macs takes one network: macs(net)", ""),
    ("memory(net, foo)", "memory takes one network, and options", ""),
    ("memory(net, optimizer=adm)", "optimizer is not 'adm'", "did you mean 'adam'?"),
    ("assert params == 5", "the assertion could not be decided: params == 5", "params(net)"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "message", "hint"), NEW)
def test_a_name_that_nothing_has_is_no_symbol_where_none_can_be_meant(question: str, message: str, hint: str) -> None:
    with pytest.raises(pm.NetError) as error:
        answers(read(NETS + question), {})
    assert error.value.message == message
    assert hint in error.value.hint


SYMBOLS = [  # questions whose symbols are meant, and what they say
    ("sweep macs(net)/(H*W*f) for f in {8}", "macs(net) / (H * W * f)"),
    ("sweep params((n) -> dense(m)), m*n for n in {1, 2}", "m * n"),
    ("solve params(net) <= P for f", "P"),
    ("sweep params(net)*price for f in {8}", "price"),
    ("training_flops(net)*steps", "steps"),
    ("floor(depth/2) at depth=5", "= 2"),
    ("params((n) -> dense(n)*depth) at depth=3, n=2", "= 18"),
    ("sum(stride*i for i in 1..3) at stride=2", "= 12"),
    ("memory(net, batch=B) at f=2", "B"),
]


@pytest.mark.parametrize(("question", "said"), SYMBOLS)
def test_a_symbol_that_can_be_meant_stays_one(question: str, said: str) -> None:
    from paramula.formats.replies import text

    assert said in text(answers(read(NETS + question), {}).lines[0])


def test_questions_of_python_know_the_symbols_of_the_network() -> None:
    """A symbol may be called like a quantity; in a question about its network it stays the symbol."""
    net = pm.net("(n) -> dense(n)*depth")
    rows = net.sweep("params", "depth*n", n=[2], depth=[1, 3]).rows
    assert [row.values for row in rows] == [(6, 2), (18, 6)]
    for columns in (("params", "foo"), ("params", "dept"), ("params/parms",)):
        with pytest.raises(pm.NetError, match=r"there is no (symbol|quantity) called '(foo|dept|parms)'"):
            net.sweep(*columns, n=[1])
    assert "conv(3x3, c, same)" in str(pm.net("(H,W,3) -> conv(3x3,f)").ask("compare net, (H,W,c) -> conv(3x3,c,same)"))


# How people write layers in Keras, PyTorch, TensorFlow's functions and in speech, and the word that they mean here.
FOREIGN_WORDS = {
    "conv": "Conv2D nn.Conv2d tf.keras.layers.Conv2D conv_2d CONV2D convolution",
    "tconv": "conv_transpose deconv conv2d_transpose ConvTranspose2d nn.ConvTranspose2d conv_transpose2d deconv2d"
    " upconv Conv2DTranspose transposed_conv deconvolution2d",
    "dwconv": "DepthwiseConv2D depthwise_conv2d",
    "sepconv": "SeparableConv2D separable_conv2d",
    "pool": "MaxPool2d max_pool2d maxpooling2d max_pooling_2d MaxPooling2D",
    "avgpool": "AvgPool2d avg_pool2d AveragePooling2D average_pooling2d",
    "gap": "GlobalAveragePooling2D global_average_pooling2d global_avg_pool GlobalAvgPool2d",
    "gmp": "GlobalMaxPooling2D global_max_pool",
    "adaptive": "AdaptiveAvgPool2d adaptive_avg_pool2d",
    "dense": "Dense fc FC fully_connected",
    "bn": "BatchNorm2d BatchNormalization batch_norm2d batch_normalization",
    "ln": "LayerNorm layer_norm LayerNormalization",
    "bi": "bilstm BiLSTM bi_lstm Bidirectional bigru BiGRU birnn",
    "attention": "MultiheadAttention multi_head_attention self_attention cross_attention MHSA gqa",
    "embed": "Embedding embeddings",
    "pos": "positional_encoding PositionEmbedding pos_embed",
    "leaky": "LeakyReLU leaky_relu lrelu",
    "hswish": "Hardswish hard_swish",
    "up": "Upsample UpSampling2D up_sampling2d",
    "shuffle": "PixelShuffle pixel_shuffle depth_to_space",
    "droppath": "StochasticDepth drop_path DropPath",
    "moe": "MixtureOfExperts mixture_of_experts",
    "patch": "PatchEmbed patch_embed",
}


NAMED = [(word, name) for word, names in FOREIGN_WORDS.items() for name in names.split()]


@pytest.mark.parametrize(("word", "name"), NAMED)
def test_the_names_of_others_are_answered_with_ours(word: str, name: str) -> None:
    with pytest.raises(pm.NetError) as error:
        pm.net(f"(32,32,3) -> {name}(3)")
    assert f"'{word}'?" in error.value.hint or error.value.hint.partition("write ")[2].partition("(")[0] == word


def test_what_is_written_instead_can_be_written() -> None:
    library = {name for text in files().values() for name in DEFINED.findall(text)}
    for call in _CALLS:
        word = parser.parse(pm.errors.Source(call))
        assert word.statements
        name = call.partition("(")[0]
        assert not name.isidentifier() or name in CATALOGUE or name in STRUCTURES or name in library
    assert not any(instead(name, called=True) == "" for name in FOREIGN)


CHANNELS_FIRST = [
    ("(3,224,224)", "(224, 224, 3)"), ("(1,28,28)", "(28, 28, 1)"), ("(4,84,84)", "(84, 84, 4)"),
    ("(3,100,200)", "(100, 200, 3)"), ("(3,8,16,16)", "(8, 16, 16, 3)"), ("3x32x32", "(32, 32, 3)"),
    ("input(3,32,32)", "(32, 32, 3)"),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "meant"), CHANNELS_FIRST)
def test_an_image_that_begins_with_its_channels_is_told_that_they_come_last(shape: str, meant: str) -> None:
    net = pm.net(f"{shape} -> relu")
    assert len(net.assumptions) == 1
    assert "channels come last" in net.assumptions[0]
    assert meant in net.assumptions[0]


OTHERS = "(224,224,3) (1,1,512) (3,3,512) (4,4,4) (2,28,28) (3,H,W) (3,300) (28,28,1) (3,30,20)"


@pytest.mark.parametrize("shape", OTHERS.split())
def test_other_images_are_told_nothing(shape: str) -> None:
    assert pm.net(f"{shape} -> relu").assumptions == ()


def test_a_window_that_does_not_fit_such_an_image_says_so_too() -> None:
    with pytest.raises(pm.NetError) as error:
        pm.net("(1,28,28) -> conv(3x3,32)")
    assert error.value.hint == "channels come last, and an image of 1 channel is (28, 28, 1)"
