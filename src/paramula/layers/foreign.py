"""The names that Keras and PyTorch give to layers, and the call to write instead. Never guessed: arguments differ."""

from __future__ import annotations

import re

_CALLS = {
    "conv(3x3, 32)": "Conv Conv1D Conv2D Conv3D Conv1d Conv2d Conv3d Convolution2D conv1d conv2d conv3d"
    " LazyConv2d",
    "tconv(2, 32, s=2)": "ConvTranspose1d ConvTranspose2d ConvTranspose3d Conv1DTranspose Conv2DTranspose"
    " Conv3DTranspose Convolution2DTranspose deconv Deconvolution2D transposed_conv transpose_conv upconv"
    " transposed_convolution fractionally_strided_conv",
    "dwconv(3x3)": "DepthwiseConv1D DepthwiseConv2D depthwise",
    "sepconv(3x3, 32)": "SeparableConv1D SeparableConv2D SeparableConvolution2D separable depthwise_separable_conv",
    "pool(2)": "MaxPool1d MaxPool2d MaxPool3d MaxPooling1D MaxPooling2D MaxPooling3D MaxPool1D MaxPool2D MaxPool3D"
    " pooling",
    "avgpool(2)": "AvgPool1d AvgPool2d AvgPool3d AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D"
    " avgpooling averagepool meanpool",
    "gap": "GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalAvgPool2D globalaveragepool"
    " globalpool globalavgpooling globalpooling",
    "gmp": "GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GlobalMaxPool2D",
    "adaptive(7)": "AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d"
    " AdaptiveMaxPool3d AdaptivePool adaptiveaveragepool",
    "dense(100)": "Dense fc fullyconnected fully_connected FullyConnected LazyLinear affine_layer fc_layer denselayer",
    "linear(100)": "Linear EinsumDense TimeDistributed",
    "flatten": "Flatten",
    "reshape(28, 28, 1)": "Reshape Unflatten view",
    "permute(1, 0)": "Permute transpose Transpose",
    "bn": "BatchNorm1d BatchNorm2d BatchNorm3d BatchNormalization batchnorm batch_norm BatchNorm SyncBatchNorm",
    "ln": "LayerNorm LayerNormalization layernorm layer_norm",
    "rms": "RMSNorm RMSNormalization rmsnorm",
    "gn(32)": "GroupNorm GroupNormalization groupnorm",
    "instancenorm": "InstanceNorm1d InstanceNorm2d InstanceNorm3d InstanceNormalization",
    "rnn(128)": "RNN SimpleRNN RNNCell SimpleRNNCell elman",
    "gru(128)": "GRU GRUCell CuDNNGRU",
    "lstm(128)": "LSTM LSTMCell CuDNNLSTM",
    "bi(lstm(128))": "Bidirectional bilstm blstm bidirectional_lstm",
    "bi(gru(128))": "bigru bidirectional_gru",
    "bi(rnn(128))": "birnn bidirectional_rnn",
    "attention(8)": "MultiheadAttention MultiHeadAttention Attention mha selfattention mhsa"
    " multiheadselfattention scaled_dot_product_attention sdpa",
    "attention(8, kv=2)": "GroupQueryAttention GroupedQueryAttention gqa",
    "attention(8, kv=1)": "MultiQueryAttention mqa",
    "attention(8, over=@enc)": "CrossAttention",
    "moe(ffn(2048), 8, active=2)": "MixtureOfExperts",
    "embed(10000, 64)": "Embedding embedding embeddings token_embedding EmbeddingBag",
    "pos": "PositionEmbedding positional_embedding positionalencoding position_encoding pos_embed pos_encoding",
    "cls": "cls_token class_token",
    "patch(16, 768)": "PatchEmbed patchembedding patchify",
    "dropout(0.5)": "Dropout Dropout1d Dropout2d Dropout3d SpatialDropout1D SpatialDropout2D AlphaDropout"
    " GaussianDropout",
    "droppath(0.1)": "StochasticDepth drop_path",
    "relu": "ReLU Relu",
    "leaky": "LeakyReLU leakyrelu leaky_relu lrelu",
    "prelu": "PReLU",
    "relu6": "ReLU6",
    "gelu": "GELU",
    "silu": "SiLU Swish swish",
    "sigmoid": "Sigmoid logistic",
    "tanh": "Tanh",
    "softmax": "Softmax LogSoftmax",
    "hswish": "Hardswish HardSwish hardswish",
    "hsigmoid": "Hardsigmoid HardSigmoid hardsigmoid",
    "elu": "ELU",
    "selu": "SELU",
    "softplus": "Softplus",
    "mish": "Mish",
    "glu": "GLU",
    "up(2)": "Upsample UpSampling1D UpSampling2D UpSampling3D upsample upsampling interpolate UpsamplingNearest2d"
    " UpsamplingBilinear2d MaxUnpool2d unpool",
    "shuffle(2)": "PixelShuffle pixelshuffle depth_to_space",
    "unshuffle(2)": "PixelUnshuffle space_to_depth",
    "pad(1)": "ZeroPad1d ZeroPad2d ZeroPad3d ZeroPadding1D ZeroPadding2D ZeroPadding3D ConstantPad2d ReflectionPad2d"
    " ReplicationPad2d padding zero_pad",
    "crop(1)": "Cropping1D Cropping2D Cropping3D CenterCrop",
    "id": "Identity identity",
    "residual(block)": "ResidualBlock residual_connection skip_connection",
    "a -> b": "Sequential sequential",
    "a + b": "Add Subtract",
    "a | b": "Concatenate Concat cat concatenate",
    "mul(a, b)": "Multiply multiply",
    "(28,28,1)": "Input InputLayer",
}  # fmt: skip

# foreign name -> the call to write instead
FOREIGN = {name: call for call, names in _CALLS.items() for name in names.split()}


def _plain(name: str) -> str:
    """A name without capitals, underscores and a number of axes: MaxPool2d, max_pool and maxpool2D are one word."""
    return re.sub(r"(?<=[a-z])[123]d", "", name.replace("_", "").lower())


PLAIN = {_plain(name): call for name, call in FOREIGN.items() if _plain(name) != call.partition("(")[0]}


def instead(name: str, called: bool = False) -> str:
    """The hint for a foreign name such as `nn.Conv2d`, with the call to write instead, or an empty string. Where a
    layer must stand, one that is written otherwise (max_pooling_2d) is known, too."""
    name = name.rsplit(".", 1)[-1]
    call = FOREIGN.get(name, "") or (PLAIN.get(_plain(name), "") if called else "")
    word = call.partition("(")[0]
    return f"did you mean '{word}'? write {call}" if word.isidentifier() and word != call else call and f"write {call}"
