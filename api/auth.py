"""Who is calling: principals, their roles, and the signed tokens (JWT) that prove them.

It must not know HTTP, GraphQL or the database, and it never reads a clock: the time is an argument.
"""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from api.keys import load_or_create
from api.roles import ROLES as ROLES

AUDIENCE = "jishi"
LOCAL_ISSUER = "jishi-local"
MAX_TOKEN_BYTES = 8192
CLOCK_SKEW = timedelta(seconds=30)

PublicKey = Ed25519PublicKey | RSAPublicKey


class AuthError(Exception):
    """A token that opens nothing; `code` says why, for logs and tests, never with the token's content."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Principal:
    """The proven caller of one request.

    `region` is a path of place codes ("shanxi/taiyuan"), or "*" for everywhere, and required of an agent; `customer` is
    the customer's code, required of a customer; `categories` are those that a product manager edits (none means none).
    """

    subject: str
    role: str
    region: str | None
    categories: tuple[str, ...]
    customer: str | None
    expires_at: datetime

    def __post_init__(self) -> None:
        if not self.subject:
            raise ValueError("a principal needs a subject; give --sub 缺少主体，请用 --sub 指定")
        if self.role not in ROLES:
            raise ValueError(f"unknown role {self.role!r}; choose one of {', '.join(ROLES)} 未知角色")
        if self.role == "agent" and not self.region:
            raise ValueError("an agent serves a region; give --region, * for everywhere 营业员须指定区域，* 为全部")
        if self.role == "customer" and not self.customer:
            raise ValueError(
                "a customer token needs the customer's code; give --customer 客户令牌须指定客户编号，请用 --customer"
            )
        if self.expires_at.tzinfo is None:
            raise ValueError("expires_at must carry a time zone")

    @property
    def limit(self) -> str | None:
        """The place that statements are limited to; None: nowhere in particular."""
        return None if self.region == EVERYWHERE else self.region


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key of an issuer, with the one algorithm it may be used with ("EdDSA" or "RS256")."""

    kid: str
    issuer: str
    algorithm: str
    key: PublicKey


def trusted_keys(jwks: Mapping[str, Any], *, issuer: str) -> tuple[TrustedKey, ...]:
    """The usable signing keys of a JSON Web Key Set (RFC 7517): Ed25519 and RSA of at least 2048 bits, each with a kid.

    Keys of other kinds are passed over, as identity providers publish several. ValueError when none is left, or when
    the set carries a private key.
    """
    keys = tuple(key for entry in jwks.get("keys", ()) if (key := _trusted_key(entry, issuer)) is not None)
    if not keys:
        raise ValueError(
            "JISHI_JWKS holds no Ed25519 or RSA signing key with a kid; check the file JISHI_JWKS 中没有可用的签名公钥"
        )
    return keys


def _trusted_key(entry: Mapping[str, Any], issuer: str) -> TrustedKey | None:
    kind = (entry.get("kty"), entry.get("crv"))
    if kind not in (("OKP", "Ed25519"), ("RSA", None)) or entry.get("use", "sig") != "sig":
        return None
    if "d" in entry:
        raise ValueError("JISHI_JWKS holds a private key; publish only public keys JISHI_JWKS 中含有私钥，只能放公钥")
    algorithm = "EdDSA" if kind[0] == "OKP" else "RS256"
    kid = entry.get("kid")
    if entry.get("alg", algorithm) not in (algorithm, "Ed25519") or not isinstance(kid, str) or not kid:
        return None
    key = jwt.PyJWK(dict(entry), algorithm).key
    if isinstance(key, RSAPublicKey) and key.key_size < 2048:
        return None
    return TrustedKey(kid, issuer, algorithm, key)


@dataclass(frozen=True, slots=True)
class Issuer:
    """The local issuer of the demo and of `jishi token`: an Ed25519 key pair in the data directory."""

    private: Ed25519PrivateKey
    kid: str

    @classmethod
    def at(cls, home: Path) -> Issuer:
        """The issuer of this data directory; its key is created on first use, readable by its owner alone."""

        def fresh() -> bytes:
            return Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())

        private = Ed25519PrivateKey.from_private_bytes(load_or_create(home / "issuer.key", fresh))
        public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return cls(private, hashlib.sha256(public).hexdigest()[:16])

    def trusted_key(self) -> TrustedKey:
        return TrustedKey(self.kid, LOCAL_ISSUER, "EdDSA", self.private.public_key())

    def token(
        self,
        *,
        subject: str,
        role: str,
        region: str | None = None,
        categories: Iterable[str] = (),
        customer: str | None = None,
        lifetime: timedelta,
        at: datetime,
    ) -> str:
        """A signed token, valid from `at` for `lifetime`. ValueError when the role lacks what it needs."""
        expires_at = at + lifetime
        principal = Principal(subject, role, region, tuple(categories), customer, expires_at)
        claims: dict[str, Any] = {
            "iss": LOCAL_ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "role": role,
            "iat": at,
            "exp": expires_at,
        }
        optional = {"region": region, "categories": list(principal.categories), "customer": customer}
        claims |= {name: value for name, value in optional.items() if value}
        return jwt.encode(claims, self.private, algorithm="EdDSA", headers={"kid": self.kid})


class Verifier:
    """Checks tokens against the trusted keys; a token that passed is remembered until it expires.

    The memory is bounded and keyed by the token's SHA-256, so that it holds no usable token.
    """

    def __init__(self, keys: Iterable[TrustedKey], *, remember: int = 4096) -> None:
        self._keys: dict[str, TrustedKey] = {}
        for key in keys:
            if key.kid in self._keys:
                raise ValueError(
                    f"two trusted keys share the kid {key.kid!r}; remove one 两把公钥的 kid 相同，请去掉一把"
                )
            self._keys[key.kid] = key
        self._remember = remember
        self._known: OrderedDict[bytes, tuple[Principal, datetime]] = OrderedDict()

    def verify(self, token: str, *, at: datetime) -> Principal:
        """The principal that the token proves at this time; AuthError otherwise."""
        if len(token) > MAX_TOKEN_BYTES:
            raise AuthError("oversized")
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._known.get(digest)
        if known is None:
            known = _read(token, self._keys)
            self._known[digest] = known
            if len(self._known) > self._remember:
                self._known.popitem(last=False)
        principal, not_before = known
        if at >= principal.expires_at:
            self._known.pop(digest, None)
            raise AuthError("expired")
        if at < not_before - CLOCK_SKEW:
            raise AuthError("not_yet_valid")
        return principal


def _read(token: str, keys: Mapping[str, TrustedKey]) -> tuple[Principal, datetime]:
    """The principal of a rightly signed token and the moment from which it holds; the times are not judged here."""
    try:
        trusted = keys.get(jwt.get_unverified_header(token).get("kid", ""))
        if trusted is None:
            raise AuthError("unknown_key")
        claims = jwt.decode(
            token,
            trusted.key,
            algorithms=[trusted.algorithm],
            audience=AUDIENCE,
            issuer=trusted.issuer,
            options={
                "require": ["exp", "sub", "aud", "iss"],
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
        return _principal(claims), max(_instant(claims.get("nbf", 0)), _instant(claims.get("iat", 0)))
    except jwt.MissingRequiredClaimError as error:
        raise AuthError(f"no_{error.claim}") from None
    except jwt.InvalidAudienceError:
        raise AuthError("wrong_audience") from None
    except jwt.InvalidIssuerError:
        raise AuthError("wrong_issuer") from None
    except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError, jwt.InvalidKeyError):
        raise AuthError("bad_signature") from None
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise AuthError("malformed") from None


def _principal(claims: Mapping[str, Any]) -> Principal:
    categories = claims.get("categories", [])
    if not isinstance(categories, list) or not all(isinstance(code, str) for code in categories):
        raise AuthError("malformed")
    texts = {name: claims.get(name) for name in ("sub", "role", "region", "customer")}
    if any(value is not None and not isinstance(value, str) for value in texts.values()):
        raise AuthError("malformed")
    return Principal(
        subject=texts["sub"] or "",
        role=texts["role"] or "",
        region=texts["region"],
        categories=tuple(categories),
        customer=texts["customer"],
        expires_at=_instant(claims["exp"]),
    )


def _instant(seconds: object) -> datetime:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not math.isfinite(seconds):
        raise AuthError("malformed")
    if not 0 <= seconds < 253402300800:  # the year 10000
        raise AuthError("malformed")
    return datetime.fromtimestamp(seconds, UTC)
