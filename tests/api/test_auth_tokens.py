"""A forged token opens nothing, a good one opens exactly what it says, and both are judged by the time given."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_standin import NOW

from api.auth import LOCAL_ISSUER, ROLES, AuthError, Issuer, Verifier, trusted_keys

HOUR = timedelta(hours=1)
IDP = "https://idp.example"


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer.at(tmp_path)


@pytest.fixture
def verifier(issuer: Issuer, rsa_key: rsa.RSAPrivateKey) -> Verifier:
    jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key.public_key()))
    return Verifier([issuer.trusted_key(), *trusted_keys({"keys": [jwk | {"kid": "idp-1"}]}, issuer=IDP)])


def claims(**changes: Any) -> dict[str, Any]:
    own = {"iss": LOCAL_ISSUER, "aud": "jishi", "sub": "li", "role": "developer", "iat": NOW, "exp": NOW + HOUR}
    return {name: value for name, value in (own | changes).items() if value is not None}


def signed(issuer: Issuer, *, kid: str | None = None, headers: dict[str, Any] | None = None, **changes: Any) -> str:
    header = {"kid": kid or issuer.kid} | (headers or {})
    return jwt.encode(claims(**changes), issuer.private, algorithm="EdDSA", headers=header)


def by_hand(header: dict[str, Any], body: dict[str, Any], signature: bytes) -> str:
    def encoded(data: bytes) -> bytes:
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    parts = [json.dumps(header).encode(), json.dumps(body, default=lambda at: int(at.timestamp())).encode(), signature]
    return b".".join(encoded(part) for part in parts).decode()


def confused(kid: str, algorithm: str, secret: bytes) -> str:
    """A token signed with a public key as if it were a shared secret."""
    unsigned = by_hand({"alg": algorithm, "kid": kid}, claims(), b"").rstrip(".")
    signature = hmac.new(secret, unsigned.encode(), hashlib.sha256).digest()
    return f"{unsigned}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def pem(key: Any) -> bytes:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def forgeries(issuer: Issuer, rsa_key: rsa.RSAPrivateKey) -> dict[str, tuple[str, str]]:
    """What was tried → the token, and the code it must be refused with."""
    good = signed(issuer)
    head, body, signature = good.split(".")
    stranger = Ed25519PrivateKey.generate()
    admin = base64.urlsafe_b64encode(json.dumps({"role": "admin"}).encode()).rstrip(b"=").decode()
    return {
        "no algorithm": (by_hand({"alg": "none", "kid": issuer.kid}, claims(), b""), "bad_signature"),
        "no signature": (f"{head}.{body}.", "bad_signature"),
        "HS256 with the Ed25519 public key": (
            confused(issuer.kid, "HS256", pem(issuer.private.public_key())),
            "bad_signature",
        ),
        "HS256 with the RSA public key": (confused("idp-1", "HS256", pem(rsa_key.public_key())), "bad_signature"),
        "RS256 under the kid of an Ed25519 key": (
            jwt.encode(claims(), rsa_key, algorithm="RS256", headers={"kid": issuer.kid}),
            "bad_signature",
        ),
        "another key": (
            jwt.encode(claims(), stranger, algorithm="EdDSA", headers={"kid": issuer.kid}),
            "bad_signature",
        ),
        "a changed body": (f"{head}.{admin}.{signature}", "bad_signature"),
        "another audience": (signed(issuer, aud="other"), "wrong_audience"),
        "another issuer": (signed(issuer, iss="somebody"), "wrong_issuer"),
        "the issuer of the other key": (signed(issuer, iss=IDP), "wrong_issuer"),
        "expired": (signed(issuer, exp=NOW - timedelta(seconds=1)), "expired"),
        "not yet valid": (signed(issuer, nbf=NOW + HOUR / 2), "not_yet_valid"),
        "issued in the future": (signed(issuer, iat=NOW + HOUR / 2), "not_yet_valid"),
        "no exp": (signed(issuer, exp=None), "no_exp"),
        "no sub": (signed(issuer, sub=None), "no_sub"),
        "empty sub": (signed(issuer, sub=""), "malformed"),
        "no aud": (signed(issuer, aud=None), "no_aud"),
        "no iss": (signed(issuer, iss=None), "no_iss"),
        "an exp that is no time": (signed(issuer, exp=10**30), "malformed"),
        "unknown kid": (signed(issuer, kid="nobody"), "unknown_key"),
        "its own key in the header": (signed(issuer, kid="nobody", headers={"jwk": {"kty": "OKP"}}), "unknown_key"),
        "a kid that is no text": (by_hand({"alg": "EdDSA", "kid": ["x"]}, claims(), b"x"), "malformed"),
        "an extension nobody knows": (signed(issuer, headers={"crit": ["exp"]}), "malformed"),
        "unknown role": (signed(issuer, role="root"), "malformed"),
        "no role": (signed(issuer, role=None), "malformed"),
        "an agent without a region": (signed(issuer, role="agent"), "malformed"),
        "a customer without a code": (signed(issuer, role="customer"), "malformed"),
        "oversized": (signed(issuer, padding="x" * 9000), "oversized"),
        "header nested 3,000 deep": (
            base64.urlsafe_b64encode(b"[" * 3000 + b"]" * 3000).decode() + ".e30.x",
            "malformed",
        ),
        "no token at all": ("hello", "malformed"),
    }


def test_every_forged_token_is_refused_for_its_own_reason(
    issuer: Issuer, verifier: Verifier, rsa_key: rsa.RSAPrivateKey
) -> None:
    refused = {}
    expected = forgeries(issuer, rsa_key)
    for what, (token, _) in expected.items():
        with pytest.raises(AuthError) as caught:
            verifier.verify(token, at=NOW)
        refused[what] = caught.value.code
    assert refused == {what: code for what, (_, code) in expected.items()}


def test_a_good_token_of_each_role_says_who_is_calling(issuer: Issuer, verifier: Verifier) -> None:
    for role in ROLES:
        token = issuer.token(
            subject="li", role=role, region="shanxi/taiyuan", categories=["data"], customer="c1", lifetime=HOUR, at=NOW
        )
        principal = verifier.verify(token, at=NOW)
        assert (principal.subject, principal.role, principal.region) == ("li", role, "shanxi/taiyuan")
        assert (principal.categories, principal.customer) == (("data",), "c1")
        assert principal.expires_at == NOW + HOUR


def test_the_operators_own_identity_provider_is_believed_for_its_key_alone(
    verifier: Verifier, rsa_key: rsa.RSAPrivateKey
) -> None:
    token = jwt.encode(claims(iss=IDP), rsa_key, algorithm="RS256", headers={"kid": "idp-1"})
    assert verifier.verify(token, at=NOW).subject == "li"
    foreign = jwt.encode(claims(), rsa_key, algorithm="RS256", headers={"kid": "idp-1"})
    with pytest.raises(AuthError, match="wrong_issuer"):
        verifier.verify(foreign, at=NOW)


def test_a_remembered_token_still_expires(issuer: Issuer, verifier: Verifier) -> None:
    token = signed(issuer)
    assert verifier.verify(token, at=NOW) is verifier.verify(token, at=NOW + HOUR / 2)
    with pytest.raises(AuthError, match="expired"):
        verifier.verify(token, at=NOW + HOUR)


def test_the_memory_of_tokens_is_bounded_and_holds_none_of_them(issuer: Issuer) -> None:
    verifier = Verifier([issuer.trusted_key()], remember=3)
    tokens = [signed(issuer, sub=f"s{number}") for number in range(10)]
    for token in tokens:
        verifier.verify(token, at=NOW)
    assert len(verifier._known) == 3
    assert not any(token.encode() in key for token in tokens for key in verifier._known)


def test_a_key_set_gives_signing_keys_alone_and_never_a_private_one(rsa_key: rsa.RSAPrivateKey) -> None:
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key.public_key()))
    weak = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 1024).public_key()))
    entries = [
        public | {"kid": "good"},
        public | {"kid": "encryption", "use": "enc"},
        public | {"kid": "other", "alg": "PS256"},
        weak | {"kid": "weak"},
        {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"},
        public,
    ]
    assert [key.kid for key in trusted_keys({"keys": entries}, issuer=IDP)] == ["good"]
    with pytest.raises(ValueError, match="no Ed25519 or RSA signing key"):
        trusted_keys({"keys": entries[1:]}, issuer=IDP)
    with pytest.raises(ValueError, match="private key"):
        trusted_keys({"keys": [json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key)) | {"kid": "x"}]}, issuer=IDP)


def test_two_trusted_keys_may_not_share_a_kid(issuer: Issuer) -> None:
    with pytest.raises(ValueError, match="share the kid"):
        Verifier([issuer.trusted_key(), issuer.trusted_key()])


def test_a_token_that_its_role_makes_useless_is_not_issued(issuer: Issuer) -> None:
    for role, remedy in (("agent", "--region"), ("customer", "--customer"), ("root", "choose one of")):
        with pytest.raises(ValueError, match=remedy):
            issuer.token(subject="li", role=role, lifetime=HOUR, at=NOW)
