"""Another implementation of DSSE finds the signature of a verdict valid, and what it signs to be the verdict.

python check-signature.py CANDIDATE PUBLIC_KEY.pem
"""

import hashlib
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

candidate = Path(sys.argv[1])
public_key = load_pem_public_key(Path(sys.argv[2]).read_bytes())
raw = json.loads((candidate / "verdict.dsse.json").read_text())
key = SSlibKey.from_crypto(public_key, keyid=raw["signatures"][0]["keyid"])
envelope = Envelope.from_dict(raw)
envelope.verify([key], threshold=1)
statement = json.loads(envelope.payload)
assert statement["_type"] == "https://in-toto.io/Statement/v1"
assert statement["predicate"] == json.loads((candidate / "verdict.json").read_text())
weights = hashlib.sha256((candidate / "model.safetensors").read_bytes()).hexdigest()
assert statement["subject"] == [{"name": "model.safetensors", "digest": {"sha256": weights}}]
print(f"securesystemslib verifies the verdict {statement['predicate']['outcome']} of {weights[:12]}")
