"""The names that Keras and PyTorch give to layers, and the call to write instead. Never guessed: arguments differ."""

from __future__ import annotations

_CALLS = {
    "conv(3x3, 32)": "Conv Conv1D Conv2D Conv3D Conv1d Conv2d Conv3d Convolution2D conv1d conv2d conv3d",
    "tconv(2, 32, s=2)": "ConvTranspose1d ConvTranspose2d ConvTranspose3d Conv1DTranspose Conv2DTranspose"
    " Conv3DTranspose Convolution2DTranspose deconv Deconvolution2D",
    "dwconv(3x3)": "DepthwiseConv1D DepthwiseConv2D depthwise",
    "sepconv(3x3, 32)": "SeparableConv1D SeparableConv2D SeparableConvolution2D separable",
    "pool(2)": "MaxPool1d MaxPool2d MaxPool3d MaxPooling1D MaxPooling2D MaxPooling3D MaxPool1D MaxPool2D MaxPool3D"
    " AvgPool1d AvgPool2d AvgPool3d AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D maxpool2d"
    " avgpool2d maxpooling averagepooling max_pool avg_pool max_pool2d avg_pool2d",
    "gap": "GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalAvgPool2D globalaveragepooling",
    "gmp": "GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GlobalMaxPool2D globalmaxpooling",
    "adaptive(7)": "AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d"
    " AdaptiveMaxPool3d",
    "dense(100)": "Dense fc fullyconnected fully_connected FullyConnected LazyLinear affine_layer",
    "linear(100)": "Linear EinsumDense TimeDistributed",
    "flatten": "Flatten",
    "reshape(28, 28, 1)": "Reshape Unflatten view",
    "permute(1, 0)": "Permute transpose Transpose",
    "bn": "BatchNorm1d BatchNorm2d BatchNorm3d BatchNormalization batchnorm batch_norm BatchNorm SyncBatchNorm",
    "ln": "LayerNorm LayerNormalization layernorm layer_norm",
    "rms": "RMSNorm RMSNormalization rmsnorm",
    "gn(32)": "GroupNorm GroupNormalization groupnorm",
    "instancenorm": "InstanceNorm1d InstanceNorm2d InstanceNorm3d",
    "rnn(128)": "RNN SimpleRNN",
    "gru(128)": "GRU",
    "lstm(128)": "LSTM",
    "bi(lstm(128))": "Bidirectional",
    "attention(8)": "MultiheadAttention MultiHeadAttention GroupQueryAttention Attention mha selfattention",
    "embed(10000, 64)": "Embedding embedding",
    "dropout(0.5)": "Dropout Dropout1d Dropout2d Dropout3d SpatialDropout1D SpatialDropout2D AlphaDropout",
    "relu": "ReLU Relu",
    "leaky": "LeakyReLU leakyrelu leaky_relu",
    "prelu": "PReLU",
    "relu6": "ReLU6",
    "gelu": "GELU",
    "silu": "SiLU Swish swish",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "softmax": "Softmax LogSoftmax",
    "hswish": "Hardswish HardSwish hardswish",
    "hsigmoid": "Hardsigmoid HardSigmoid hardsigmoid",
    "elu": "ELU",
    "selu": "SELU",
    "softplus": "Softplus",
    "mish": "Mish",
    "glu": "GLU",
    "up(2)": "Upsample UpSampling1D UpSampling2D UpSampling3D upsample upsampling interpolate",
    "shuffle(2)": "PixelShuffle pixelshuffle",
    "unshuffle(2)": "PixelUnshuffle",
    "pad(1)": "ZeroPad1d ZeroPad2d ZeroPad3d ZeroPadding1D ZeroPadding2D ZeroPadding3D ConstantPad2d ReflectionPad2d"
    " ReplicationPad2d padding",
    "crop(1)": "Cropping1D Cropping2D Cropping3D",
    "id": "Identity identity",
    "a -> b": "Sequential sequential",
    "a + b": "Add",
    "a | b": "Concatenate Concat cat",
    "mul(a, b)": "Multiply",
    "(28,28,1)": "Input InputLayer",
}  # fmt: skip

# foreign name -> the call to write instead
FOREIGN = {name: call for call, names in _CALLS.items() for name in names.split()}


def instead(name: str) -> str:
    """The hint for a foreign name such as `nn.Conv2d`, with the call to write instead, or an empty string."""
    call = FOREIGN.get(name.rsplit(".", 1)[-1], "")
    word = call.partition("(")[0]
    return f"did you mean '{word}'? write {call}" if word.isidentifier() and word != call else call and f"write {call}"
