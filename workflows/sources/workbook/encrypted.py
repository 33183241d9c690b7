"""Workbooks that Excel opens without asking for a password, although they are encrypted: with a password of its own."""

from __future__ import annotations

import io

from workflows.errors import Words

PACKAGE_STREAM = "EncryptedPackage".encode("utf-16-le")
"""How an OLE container names an encrypted .xlsx in it."""
ENCRYPTED = Words("文件已加密; 请取消密码后另存", "is encrypted; save it without a password")
"""What is said of one that asks for a password."""
# Excel protects a workbook's structure, or marks it as read-only, by encrypting it so.
_EXCELS_OWN = "VelvetSweatshop"


def decrypted(content: bytes) -> bytes:
    """The workbook inside, where Excel's own password opens it; otherwise the bytes as they are."""
    # Few workbooks need it, and it takes a while to load.
    import msoffcrypto

    opened = io.BytesIO()
    try:
        file = msoffcrypto.OfficeFile(io.BytesIO(content))
        if not file.is_encrypted():
            return content
        file.load_key(password=_EXCELS_OWN)
        file.decrypt(opened)
    except Exception:  # noqa: BLE001 - on a damaged container whatever comes; who opens it says what is wrong
        return content
    return opened.getvalue()
