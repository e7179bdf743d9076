"""Makes the files beside it: networks of other programs on scikit-learn's digits of 8 x 8, and what they answer.

Needs torch, scikit-learn, onnx and onnxruntime: python foreign.py
torch-*.onnx are written by PyTorch's exporter, *.npz by NumPy. tf2onnx and skl2onnx are not asked: keras.onnx and sklearn*.onnx have the
nodes that they write, made with onnx.helper.
"""
import json
import struct
import warnings

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from torch import nn

warnings.simplefilter("ignore")
torch.manual_seed(1)
digits, labels = load_digits(return_X_y=True)
pixels = np.round(digits.reshape(-1, 8, 8) * 255 / 16).astype(np.uint8)
x = pixels.astype(np.float32) / 255
shown = pixels[:20]
answers = {"images": shown}


def asked(file, shape):
    session = onnxruntime.InferenceSession(file)
    y = session.run(None, {session.get_inputs()[0].name: x[:20].reshape(shape)})[-1]
    if isinstance(y, list):  # of ZipMap
        y = np.array([[row[k] for k in sorted(row)] for row in y])
    return np.exp(y) / np.exp(y).sum(1, keepdims=True) if abs(y.sum() - 20) > 1e-3 else y


def trained(net, shape):
    optimizer = torch.optim.Adam(net.parameters(), 0.01)
    for _ in range(60):
        loss = nn.functional.cross_entropy(net(torch.tensor(x).reshape(shape)), torch.tensor(labels))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return net.eval()


class Convolutional(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 6, (2, 3))
        self.fc1 = nn.Linear(6 * 3 * 2, 10)

    def forward(self, z):
        z = torch.max_pool2d(torch.relu(self.bn1(self.conv1(z))), 2)
        z = torch.tanh(self.conv2(z))
        z = z.view(z.size(0), -1)
        return torch.log_softmax(self.fc1(z), 1)


net = trained(Convolutional(), (-1, 1, 8, 8))
axes = {"x": {0: "batch"}, "y": {0: "batch"}}
for name, options in (("torch-folded", {}), ("torch-kept", {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False})):
    torch.onnx.export(net, torch.zeros(1, 1, 8, 8), name + ".onnx", dynamo=False, input_names=["x"], output_names=["y"],
                      dynamic_axes=axes, **options)
    answers[name] = asked(name + ".onnx", (-1, 1, 8, 8))

mlp = trained(nn.Sequential(nn.Flatten(), nn.Linear(64, 12), nn.Sigmoid(), nn.Linear(12, 12, bias=False), nn.ReLU(), nn.Linear(12, 10)),
              (-1, 1, 8, 8))
torch.onnx.export(mlp, torch.zeros(1, 1, 8, 8), "torch-mlp.onnx", dynamo=False, input_names=["x"], output_names=["y"],
                  dynamic_axes=axes)
answers["torch-mlp"] = asked("torch-mlp.onnx", (-1, 1, 8, 8))


def safetensors(file, state, types):
    header, data = {}, b""
    for name in sorted(state):
        dtype, raw = types(name, state[name])
        header[name] = {"dtype": dtype, "shape": list(state[name].shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(file, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + data)


def mixed(name, tensor):
    """Weights as bfloat16, biases as float16, the rest as it is."""
    if tensor.dtype == torch.int64:
        return "I64", tensor.numpy().tobytes()
    if name.endswith(".weight") and tensor.dim() > 1:
        return "BF16", tensor.to(torch.bfloat16).view(torch.int16).numpy().tobytes()
    if name.endswith(".bias"):
        return "F16", tensor.to(torch.float16).numpy().tobytes()
    return "F32", tensor.numpy().tobytes()


safetensors("torch.safetensors", net.state_dict(), mixed)
rounded = Convolutional().eval()
rounded.load_state_dict({name: tensor.to(torch.bfloat16 if name.endswith(".weight") and tensor.dim() > 1 else
                                         torch.float16 if name.endswith(".bias") else tensor.dtype).to(tensor.dtype)
                         for name, tensor in net.state_dict().items()})
answers["torch.safetensors"] = rounded(torch.tensor(x[:20]).reshape(-1, 1, 8, 8)).exp().detach().numpy()


def constant(name, array):
    return numpy_helper.from_array(np.asarray(array, np.float32), name)


def written(file, nodes, constants, shape, outputs, opsets=((17, ""),)):
    graph = helper.make_graph(nodes, file, [helper.make_tensor_value_info("X", TensorProto.FLOAT, shape)], outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid(domain, version) for version, domain in opsets],
                              ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, file)


sk = MLPClassifier((12,), activation="tanh", random_state=1, max_iter=300).fit(x.reshape(-1, 64), labels)
tail = [helper.make_node("ArgMax", ["probabilities"], ["argmax"], axis=1),
        helper.make_node("ArrayFeatureExtractor", ["classes", "argmax"], ["extracted"], domain="ai.onnx.ml"),
        helper.make_node("Reshape", ["extracted", "shape"], ["reshaped"]),
        helper.make_node("Cast", ["reshaped"], ["label"], to=TensorProto.INT64),
        helper.make_node("ZipMap", ["probabilities"], ["zipped"], domain="ai.onnx.ml", classlabels_int64s=list(range(10)))]
written("sklearn.onnx",
        [helper.make_node("Cast", ["X"], ["cast"], to=TensorProto.FLOAT),
         helper.make_node("MatMul", ["cast", "coefficient"], ["mul"]),
         helper.make_node("Add", ["mul", "intercepts"], ["add"]),
         helper.make_node("Tanh", ["add"], ["next"]),
         helper.make_node("MatMul", ["next", "coefficient1"], ["mul1"]),
         helper.make_node("Add", ["mul1", "intercepts1"], ["add1"]),
         helper.make_node("Softmax", ["add1"], ["probabilities"], axis=1)] + tail,
        [constant("coefficient", sk.coefs_[0]), constant("intercepts", sk.intercepts_[0].reshape(1, -1)),
         constant("coefficient1", sk.coefs_[1]), constant("intercepts1", sk.intercepts_[1].reshape(1, -1)),
         numpy_helper.from_array(np.arange(10), "classes"), numpy_helper.from_array(np.array([-1]), "shape")],
        [None, 64], [helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
                     helper.make_value_info("zipped", helper.make_sequence_type_proto(
                         helper.make_map_type_proto(TensorProto.INT64, helper.make_tensor_type_proto(TensorProto.FLOAT, None))))],
        ((17, ""), (1, "ai.onnx.ml")))
answers["sklearn"] = asked("sklearn.onnx", (-1, 64))
np.savez("sklearn.npz", W1=sk.coefs_[0].astype(np.float32), b1=sk.intercepts_[0].astype(np.float32),
         W2=sk.coefs_[1].astype(np.float32), b2=sk.intercepts_[1].astype(np.float32))

mean, deviation = x.reshape(-1, 64).mean(0), x.reshape(-1, 64).std(0) + 0.1
linear = LogisticRegression(max_iter=300).fit((x.reshape(-1, 64) - mean) / deviation, labels)
written("sklearn-linear.onnx",
        [helper.make_node("Scaler", ["X"], ["scaled"], domain="ai.onnx.ml", offset=mean, scale=1 / deviation),
         helper.make_node("LinearClassifier", ["scaled"], ["label", "raw"], domain="ai.onnx.ml", post_transform="SOFTMAX",
                          multi_class=1, coefficients=linear.coef_.ravel(), intercepts=linear.intercept_,
                          classlabels_ints=list(range(10))),
         helper.make_node("Normalizer", ["raw"], ["probabilities"], domain="ai.onnx.ml", norm="L1"),
         helper.make_node("ZipMap", ["probabilities"], ["zipped"], domain="ai.onnx.ml", classlabels_int64s=list(range(10)))],
        [], [None, 64], [helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
                         helper.make_value_info("zipped", helper.make_sequence_type_proto(helper.make_map_type_proto(
                             TensorProto.INT64, helper.make_tensor_type_proto(TensorProto.FLOAT, None))))],
        ((17, ""), (1, "ai.onnx.ml")))
answers["sklearn-linear"] = asked("sklearn-linear.onnx", (-1, 64))

state = {name: tensor.numpy() for name, tensor in net.state_dict().items()}
last = state["fc1.weight"].reshape(10, 6, 3, 2).transpose(2, 3, 1, 0).reshape(36, 10)  # rows, columns, channels
written("keras.onnx",
        [helper.make_node("Mul", ["X", "rescaling"], ["rescaled"]),
         helper.make_node("Transpose", ["rescaled"], ["turned"], perm=[0, 3, 1, 2]),
         helper.make_node("Conv", ["turned", "kernel", "bias"], ["c"], auto_pad="SAME_UPPER", kernel_shape=[3, 3],
                          strides=[1, 1], dilations=[1, 1], group=1),
         helper.make_node("BatchNormalization", ["c", "gamma", "beta", "mean", "variance"], ["n"], epsilon=1e-3),
         helper.make_node("Relu", ["n"], ["r"]),
         helper.make_node("MaxPool", ["r"], ["p"], auto_pad="VALID", kernel_shape=[2, 2], strides=[2, 2]),
         helper.make_node("Conv", ["p", "kernel2", "bias2"], ["c2"], auto_pad="VALID", kernel_shape=[2, 3]),
         helper.make_node("Tanh", ["c2"], ["t"]),
         helper.make_node("Transpose", ["t"], ["back"], perm=[0, 2, 3, 1]),
         helper.make_node("Reshape", ["back", "flat"], ["f"]),
         helper.make_node("MatMul", ["f", "dense"], ["d"]),
         helper.make_node("Add", ["d", "dense_bias"], ["a"]),
         helper.make_node("Softmax", ["a"], ["probabilities"])],
        [constant("rescaling", 1 / 255), constant("kernel", state["conv1.weight"]), constant("bias", state["conv1.bias"]),
         constant("gamma", state["bn1.weight"]), constant("beta", state["bn1.bias"]),
         constant("mean", state["bn1.running_mean"]), constant("variance", state["bn1.running_var"]),
         constant("kernel2", state["conv2.weight"]), constant("bias2", state["conv2.bias"]),
         numpy_helper.from_array(np.array([-1, 36]), "flat"), constant("dense", last),
         constant("dense_bias", state["fc1.bias"])],
        [None, 8, 8, 1], [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 10])])
session = onnxruntime.InferenceSession("keras.onnx")
answers["keras"] = session.run(None, {"X": shown.astype(np.float32).reshape(-1, 8, 8, 1)})[0]

np.savez_compressed("answers.npz", **{name: array if array.dtype == np.uint8 else array.astype(np.float32)
                                      for name, array in answers.items()})
for name, answer in answers.items():
    if name != "images":
        print(name, answer.shape, (answer.argmax(1) == labels[:20]).sum(), "of 20 right")
