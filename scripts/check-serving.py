"""Prints what a client of Triton or KServe has of a serving encoder: one line of JSON. check-serving.mjs calls it.

  python scripts/check-serving.py triton|kserve ADDRESS REQUESTS      # needs tritonclient[grpc] or kserve

REQUESTS is a file of JSON: `images`, paths; `texts`; `pixels`, [n, 3, side, side]; `ids` and `mask`, [n, tokens].
"""
import asyncio
import json
import queue
import sys

import numpy as np

name, address, path = sys.argv[1:]
with open(path) as file:
    asked = json.load(file)
files = []
for image in asked["images"]:
    with open(image, "rb") as file:
        files.append(file.read())
images = np.array(files, dtype=np.object_)
texts = np.array([text.encode() for text in asked["texts"]], dtype=np.object_)
pixels = np.array(asked["pixels"], dtype=np.float32)
ids, mask = np.array(asked["ids"], dtype=np.int64), np.array(asked["mask"], dtype=np.int64)


# Both clients bring the protocol's messages: a process can have those of one.
def ask_triton():
    import tritonclient.grpc as triton
    from tritonclient.utils import InferenceServerException

    client = triton.InferenceServerClient(address)
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready("sign") and client.is_model_ready("sign", "1")
    assert not client.is_model_ready("none") and not client.is_model_ready("sign", "2")
    metadata = client.get_server_metadata(as_json=True)
    assert "model_repository" in metadata["extensions"], metadata
    described = client.get_model_metadata("sign", as_json=True)
    assert [each["name"] for each in described["outputs"]] == ["image_embeds", "text_embeds"]
    assert described["versions"] == ["1"], described
    index = client.get_model_repository_index(as_json=True)["models"]
    assert {"name": "sign", "version": "1", "state": "READY"} in index, index

    def make(name, array, datatype):
        tensor = triton.InferInput(name, array.shape, datatype)
        tensor.set_data_from_numpy(array)
        return tensor

    def infer(inputs, output, **options):
        wanted = [triton.InferRequestedOutput(output)]
        return client.infer("sign", inputs, outputs=wanted, **options).as_numpy(output).tolist()

    found = {
        "images": infer([make("images", images, "BYTES")], "image_embeds", request_id="7"),
        "texts": infer([make("texts", texts.reshape(-1, 1), "BYTES")], "text_embeds", model_version="1"),
        "pixels": infer([make("pixel_values", pixels, "FP32")], "image_embeds"),
        "halves": infer([make("pixel_values", pixels.astype(np.float16), "FP16")], "image_embeds"),
        "ids": infer([make("input_ids", ids, "INT64")], "text_embeds"),
        "masked": infer(
            [make("input_ids", ids.astype(np.int32), "INT32"), make("attention_mask", mask, "INT64")],
            "text_embeds",
        ),
    }
    both = client.infer("sign", [make("images", images, "BYTES"), make("texts", texts, "BYTES")])
    assert both.as_numpy("image_embeds").tolist() == found["images"]
    assert both.as_numpy("text_embeds").tolist() == found["texts"]

    answers = queue.Queue()
    client.start_stream(lambda result, error: answers.put((result, error)))
    client.async_stream_infer("sign", [make("images", images, "BYTES")], request_id="one")
    client.async_stream_infer("none", [make("images", images, "BYTES")], request_id="two")
    for _ in range(2):
        result, error = answers.get(timeout=60)
        if error is None:
            assert result.get_response().id == "one"
            found["stream"] = result.as_numpy("image_embeds").tolist()
        else:
            assert "none" in error.message(), error
    client.stop_stream()

    config = client.get_model_config("sign", as_json=True)["config"]
    assert config["platform"] == "holdfast_clip", config
    assert {"name": "images", "data_type": "TYPE_STRING", "dims": ["-1"], "optional": True} in config["input"], config
    (stats,) = client.get_inference_statistics("sign", "1", as_json=True)["model_stats"]
    assert int(stats["inference_count"]) >= len(files) and int(stats["inference_stats"]["success"]["count"]) > 0, stats
    assert len(client.get_inference_statistics(as_json=True)["model_stats"]) == 2

    client.unload_model("spare")
    assert not client.is_model_ready("spare")
    client.load_model("spare")
    assert client.is_model_ready("spare")
    for inputs, code in [
        ([make("pixel_values", pixels[:, :, 1:], "FP32")], "INVALID_ARGUMENT"),
        ([make("images", np.array([b"no image"], dtype=np.object_), "BYTES")], "INVALID_ARGUMENT"),
        ([make("pixels", pixels, "FP32")], "INVALID_ARGUMENT"),
        ([make("input_ids", ids + 9999, "INT64")], "INVALID_ARGUMENT"),
    ]:
        try:
            client.infer("sign", inputs)
            raise AssertionError(f"{inputs[0].name()} was not refused")
        except InferenceServerException as error:
            assert error.status() == f"StatusCode.{code}", error
    try:
        client.infer("none", [make("pixel_values", pixels, "FP32")])
        raise AssertionError("an unknown model answers")
    except InferenceServerException as error:
        assert error.status() == "StatusCode.NOT_FOUND", error
    return found


async def ask_kserve():
    import grpc
    from kserve import InferenceGRPCClient, InferInput, InferRequest
    from kserve.protocol.grpc import grpc_predict_v2_pb2 as kserve_pb2
    from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as kserve_grpc

    found = {}
    async with InferenceGRPCClient(address) as client:
        assert await client.is_server_live() and await client.is_server_ready()
        assert await client.is_model_ready("sign")

        async def infer(*inputs):
            answer = await client.infer(InferRequest("sign", list(inputs), request_id="7"))
            assert (answer.id, answer.model_name, answer.model_version) == ("7", "sign", "1")
            return answer.outputs[0].as_numpy().tolist()

        # Lists travel in typed contents, arrays in raw ones.
        typed = InferInput("pixel_values", list(pixels.shape), "FP32", pixels.flatten().tolist())
        found["pixels"] = await infer(typed)
        found["images"] = await infer(InferInput("images", [len(files)], "BYTES", files))
        found["texts"] = await infer(InferInput("texts", [len(texts)], "BYTES", texts.tolist()))
        found["masked"] = await infer(
            InferInput("input_ids", list(ids.shape), "INT64", ids.flatten().tolist()),
            InferInput("attention_mask", list(mask.shape), "INT64", mask.flatten().tolist()),
        )
        half = InferInput("pixel_values", list(pixels.shape), "FP16")
        half.set_data_from_numpy(pixels.astype(np.float16))
        found["halves"] = await infer(half)
    async with grpc.aio.insecure_channel(address) as channel:
        stub = kserve_grpc.GRPCInferenceServiceStub(channel)
        request = kserve_pb2.RepositoryModelUnloadRequest(model_name="spare")
        assert (await stub.RepositoryModelUnload(request)).isUnloaded
        request = kserve_pb2.RepositoryModelLoadRequest(model_name="spare")
        assert (await stub.RepositoryModelLoad(request)).isLoaded
    return found


print(json.dumps(ask_triton() if name == "triton" else asyncio.run(ask_kserve())))
