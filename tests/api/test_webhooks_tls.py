"""The host that was judged is the host that is called, and its certificate is the name's and not the address's."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from webhook_receiver import Receiver

from api.webhooks_post import Poster
from catalog.feeds.webhook import Reach


def certificate(folder: Path, name: str) -> Path:
    """A certificate of `name` that signs itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    at = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    )
    return path


@pytest.mark.parametrize(("name", "is_taken"), [("localhost", True), ("other.example", False)])
async def test_a_certificate_of_another_name_is_not_believed(tmp_path, name, is_taken):
    pem = certificate(tmp_path, name)
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(pem)
    asked: list[str | None] = []
    server_side.sni_callback = lambda _socket, host, _context: asked.append(host)
    receiver = Receiver()
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0, ssl=server_side)
    port = server.sockets[0].getsockname()[1]
    poster = Poster(Reach(insecure=True), trust=ssl.create_default_context(cafile=str(pem)))
    async with server:
        answer = await poster.post(f"https://localhost:{port}/hook?a=1", {"webhook-id": "msg_1"}, b"{}")
    assert asked == ["localhost"]
    assert answer.is_taken is is_taken
    if is_taken:
        assert receiver.got[0][0]["host"] == f"localhost:{port}"
    else:
        assert receiver.got == []
        assert "certificate" in answer.error.lower()
