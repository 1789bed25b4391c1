"""Certificates for the stubs of the two APIs, which are https: `python certificates.py <folder>`. The images are built side by
side, so the keys are the same in each build. They protect nothing: a stub has no secrets."""

import sys
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOSTS = ["document-download-notify-api", "document-download-documents-api", "localhost"]


def certificate(name, key, issuer, issuer_key, *extensions):
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2026, 1, 1))
        .not_valid_after(datetime(2036, 1, 1))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def named(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


folder = Path(sys.argv[1])
authority, server = (ec.derive_private_key(number, ec.SECP256R1()) for number in (1, 2))
identifier = x509.SubjectKeyIdentifier.from_public_key(authority.public_key())
usage = x509.KeyUsage(*(flag in (0, 5, 6) for flag in range(9)))
us = named("stubs")
(folder / "client.pem").write_bytes(
    certificate(
        us, authority, us, authority, (x509.BasicConstraints(True, 0), True), (identifier, False), (usage, True)
    )
)
(folder / "server.pem").write_bytes(
    certificate(
        named(HOSTS[0]),
        server,
        us,
        authority,
        (x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS]), False),
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), False),
    )
)
(folder / "server.key").write_bytes(
    server.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
)
