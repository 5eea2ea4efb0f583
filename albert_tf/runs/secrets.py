"""Hides passwords and tokens in command lines before they are saved."""

import re
from collections.abc import Sequence

HIDDEN = "***"

# A flag with one of these words anywhere in its name holds a secret, such as
# --db_password or --secretKey.
_ANYWHERE = {
    "apikey",
    "credential",
    "credentials",
    "passphrase",
    "passwd",
    "password",
    "secret",
    "secrets",
}
# Words that mark a secret only at the end of a name: --hf_token and --api-key,
# but neither --token_column nor --max_tokens.
_LAST = {"auth", "key", "pat", "pwd", "sig", "signature", "token"}
_FLAG = re.compile(r"(-{0,2}[A-Za-z][\w.-]*)(=?)(.*)", re.DOTALL)
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+(?![a-z])")
# scheme://user:password@host, and address?token=...
_LOGIN = re.compile(r"(\w[\w+.-]*://)[^/\s?#]+@")
_QUERY = re.compile(r"([?&;]([\w.-]+)=)[^&;#\s]+")


def hidden(command: Sequence[str]) -> list[str]:
    """A command line with HIDDEN in place of apparent secrets."""
    shown: list[str] = []
    is_next = False
    for word in command:
        if is_next and not word.startswith("-"):
            shown.append(HIDDEN)
            is_next = False
            continue
        flag = _FLAG.fullmatch(word)
        is_next = False
        if flag is not None and _is_secret(flag[1]):
            is_next = word.startswith("-") and not flag[2]
            if flag[2]:
                word = f"{flag[1]}={HIDDEN}"
        shown.append(without_logins(word))
    return shown


def _is_secret(name: str) -> bool:
    words = [word.lower() for word in _WORD.findall(name)]
    return bool(words) and (
        words[-1] in _LAST or not _ANYWHERE.isdisjoint(words)
    )


def without_logins(text: str) -> str:
    """A text with HIDDEN in place of passwords and tokens in addresses."""
    text = _LOGIN.sub(rf"\1{HIDDEN}@", text)
    return _QUERY.sub(
        lambda m: m[1] + HIDDEN if _is_secret(m[2]) else m[0], text
    )
