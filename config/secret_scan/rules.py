"""The rules of our own engine: formats that speak for themselves, and names that a secret is assigned to."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from config.api_key_format import PATTERN as API_KEY
from config.api_key_format import is_api_key
from config.secret_scan.likeness import entropy, is_password, is_placeholder, is_random_token, is_reference

Accept = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """`pattern` has the secret as group `s`, or is the secret whole; `accept` looks at the secret once more."""

    name: str
    pattern: re.Pattern[str]
    accept: Accept = lambda secret: not is_placeholder(secret)


def _jwt(secret: str) -> bool:
    head = secret.partition(".")[0]
    try:
        return "alg" in json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, binascii.Error):
        return False


def _basic(secret: str) -> bool:
    try:
        text = base64.b64decode(secret, validate=True).decode()
    except (ValueError, binascii.Error):
        return False
    user, colon, password = text.partition(":")
    return bool(colon and user) and len(password) >= 4 and not is_placeholder(password)


def _keyring(secret: str) -> bool:
    try:
        key = base64.b64decode(secret, validate=True)
    except binascii.Error:
        return False
    return len(key) == 32 and len(set(key)) >= 20


def _url_password(secret: str) -> bool:
    return len(secret) >= 6 and not is_placeholder(secret) and secret.lower() not in _STANDARD_WORDS


def _random(secret: str) -> bool:
    return not is_placeholder(secret) and entropy(secret) >= 3.0


def _mixed(secret: str) -> bool:
    return _random(secret) and bool(re.search(r"\d", secret)) and bool(re.search("[A-Za-z]", secret))


_STANDARD_WORDS = {
    "password",
    "pass",
    "secret",
    "user",
    "postgres",
    "guest",
    "root",
    "admin",
    "token",
    "pw",
    "pwd",
    "nothing",
    "none",
}


def _compiled(name: str, pattern: str, accept: Accept = _random) -> Rule:
    return Rule(name, re.compile(pattern), accept)


_END = r"(?![0-9A-Za-z_/+=-])"
FORMATS: tuple[Rule, ...] = (
    Rule("loupe-api-key", API_KEY, is_api_key),
    _compiled(
        "private-key", r"-----BEGIN (?:[A-Z]+ ){0,2}PRIVATE KEY(?: BLOCK)?-----(?P<s>(?:\\n|\s)*[A-Za-z0-9+/=]{16,})"
    ),
    _compiled("aws-access-key-id", r"\b(?P<s>(?:AKIA|ASIA)[A-Z2-7]{16})\b", lambda s: not s.endswith("EXAMPLE")),
    _compiled("github-token", r"\b(?P<s>gh[pousr]_[0-9A-Za-z]{36,255}|github_pat_[0-9A-Za-z_]{60,255})\b"),
    _compiled("gitlab-token", r"\b(?P<s>gl(?:pat|dt|rt|ptt)-[0-9A-Za-z_-]{20,64})" + _END),
    _compiled("slack-token", r"\b(?P<s>xox[abeprs]-[0-9A-Za-z-]{20,255})\b"),
    _compiled("slack-webhook", r"hooks\.slack\.com/services/(?P<s>T[0-9A-Z]{8,12}/B[0-9A-Z]{8,12}/[0-9A-Za-z]{20,32})"),
    _compiled("stripe-key", r"\b(?P<s>[sr]k_live_[0-9A-Za-z]{16,128})\b"),
    _compiled("google-api-key", r"\b(?P<s>AIza[0-9A-Za-z_-]{35})" + _END),
    _compiled("anthropic-key", r"\b(?P<s>sk-ant-[0-9A-Za-z_-]{24,200})" + _END),
    _compiled("openai-key", r"\b(?P<s>sk-(?:proj-|svcacct-)?[0-9A-Za-z_-]{32,200})" + _END, _mixed),
    _compiled("sendgrid-key", r"\b(?P<s>SG\.[0-9A-Za-z_-]{20,24}\.[0-9A-Za-z_-]{40,46})" + _END),
    _compiled("npm-token", r"\b(?P<s>npm_[0-9A-Za-z]{36})\b"),
    _compiled("pypi-token", r"\b(?P<s>pypi-AgE[0-9A-Za-z_-]{40,300})" + _END),
    _compiled("jwt", r"\b(?P<s>eyJ[0-9A-Za-z_-]{10,2000}\.eyJ[0-9A-Za-z_-]{10,4000}\.[0-9A-Za-z_-]{16,1000})", _jwt),
    _compiled("basic-credentials", r"(?i:\bbasic)\s+(?P<s>[0-9A-Za-z+/]{8,512}={0,2})" + _END, _basic),
    _compiled("bearer-token", r"(?i:\bbearer|['\"]token)\s+(?P<s>[0-9A-Za-z._~+/-]{20,2000}=*)", _mixed),
    _compiled("azure-account-key", r"AccountKey=(?P<s>[0-9A-Za-z+/]{60,100}={0,2})"),
    _compiled(
        "vendor-token",
        r"\b(?P<s>hf_[0-9A-Za-z]{34}|shp(?:at|ca|pa|ss)_[0-9a-f]{32}|dop_v1_[0-9a-f]{64}|whsec_[0-9A-Za-z+/]{24,64}"
        r"|glc_[0-9A-Za-z+/]{32,200}|dp\.pt\.[0-9A-Za-z]{40,44}|hvs\.[0-9A-Za-z_-]{24,120}|sq0csp-[0-9A-Za-z_-]{43})"
        + _END,
    ),
    _compiled("totp-seed", r"otpauth://[^\s'\"]{1,300}[?&]secret=(?P<s>[A-Z2-7]{16,128})"),
    # h1 and sha are digests, in the lock files of Go and others
    _compiled("keyring-key", r"\b(?!h1:|sha\d*:)[0-9A-Za-z]{1,16}:(?P<s>[0-9A-Za-z+/]{43}=)", _keyring),
    _compiled(
        "url-password",
        r"\b[a-z][a-z0-9+.-]{1,20}://[^\s:/?#'\"@<>{}$]{0,64}:(?P<s>[^\s'\"@<>{}/]{1,128})@[\w\[]",
        _url_password,
    ),
)


def _is_value(secret: str) -> bool:
    mistyped = API_KEY.fullmatch(secret) is not None and not is_api_key(secret)
    return not (mistyped or is_placeholder(secret) or is_reference(secret))


def _named_value(secret: str) -> bool:
    return _is_value(secret) and is_random_token(secret)


def _named_password(secret: str) -> bool:
    return _is_value(secret) and (is_password(secret) or is_random_token(secret))


_RANDOM_NAMES = (
    r"(?i:secret|token|api_?-?key|access_?-?key|account_?-?key|private_?-?key|encrypt\w{0,8}_?key|signing_?key"
    r"|master_?key|auth_?key|fernet\w{0,4}_?key|_key|credentials?|\bdsn|salt|hmac|seed|jwt)"
)
_PHRASE_NAMES = r"(?i:passw(?:or)?d|passwd|passphrase|pwd|\bpw|_pass\b|\bpass)"
_BEFORE, _AFTER = r"[\w.-]{0,40}?", r"[\w-]{0,24}"
_SIGN = r"['\"`]?\]?\s{0,3}(?::\s{0,3}[A-Za-z.]{1,30}\s{0,3})?(?::=|=>|[:=,]|\()\s{0,3}(?:[A-Za-z.:\[\]]{1,30}\()?"
_QUOTED = r"[bfru]?(?P<q>['\"`])(?P<s>(?:(?!(?P=q))[^\\\n]|\\.){6,512})(?P=q)"
_BARE = r"(?P<s>[^\s'\"`#;,(){}\[\]<>]{6,512})\s*(?:[#;].*)?$"

_ESCAPED = r"\\{1,3}[\"'](?P<s>[^\"'\\\n]{6,512})\\{1,3}[\"']"
QUOTED: tuple[Rule, ...] = (
    _compiled("named-token", rf"{_BEFORE}{_RANDOM_NAMES}{_AFTER}{_SIGN}{_QUOTED}", _named_value),
    _compiled("named-password", rf"{_BEFORE}{_PHRASE_NAMES}{_AFTER}{_SIGN}{_QUOTED}", _named_password),
    _compiled("named-token", rf"{_BEFORE}{_RANDOM_NAMES}{_AFTER}(?:\\{{1,3}}[\"'])?{_SIGN}{_ESCAPED}", _named_value),
    _compiled(
        "named-password", rf"{_BEFORE}{_PHRASE_NAMES}{_AFTER}(?:\\{{1,3}}[\"'])?{_SIGN}{_ESCAPED}", _named_password
    ),
    _compiled(
        "named-token",
        rf"{_BEFORE}{_RANDOM_NAMES}{_AFTER}\s{{0,3}}[:=]\s{{0,3}}(?P<s>[0-9a-f]{{32,128}})\s*$",
        _named_value,
    ),
    _compiled("connection-password", r"(?i:\bpassword|\bpwd)=(?P<s>[^;'\"\s]{4,128})(?=[;'\"])", _named_password),
    _compiled(
        "option-password",
        r"\s--(?:[a-z]+-)?(?:password|passwd|token|secret|api-key)[= ](?P<s>[^\s'\"$<]{6,256})",
        _named_password,
    ),
    _compiled(
        "command-password",
        r"\b(?:curl|wget|http)\b[^\n]{0,400}?\s(?:-u|--user)[ =]['\"]?[^\s:'\"]{1,64}:(?P<s>[^\s'\"$]{4,128})",
    ),
    _compiled(
        "command-password",
        r"\b(?:mysql(?:dump|admin)?|sshpass)\b[^\n]{0,400}?\s-p ?(?P<s>[^\s'\"$-][^\s'\"]{4,128})",
        _named_password,
    ),
    _compiled("netrc-password", r"\blogin\s+\S{1,64}\s+password\s+(?P<s>[^\s'\"<$]{4,128})"),
    _compiled("pgpass-password", r"^[^:\s]{1,100}:(?:\d{2,5}|\*):[^:\s]{1,64}:[^:\s]{1,64}:(?P<s>[^\s:]{4,128})$"),
    _compiled(
        "named-password",
        rf"<{_BEFORE}(?:{_PHRASE_NAMES}|{_RANDOM_NAMES})[\w-]{{0,24}}>(?P<s>[^<>\s]{{6,256}})</",
        _named_password,
    ),
    _compiled(
        "named-password",
        rf"(?:name|key)=[\"']{_BEFORE}(?:{_PHRASE_NAMES}|{_RANDOM_NAMES})[\w-]{{0,24}}[\"']\s{{1,3}}value={_QUOTED}",
        _named_password,
    ),
    _compiled(
        "told-password",
        r"(?i:password|passphrase|token)\s+(?:is|was)[:\s]{1,3}[`'\"](?P<s>[^`'\"\s]{6,128})[`'\"]",
        _named_password,
    ),
    _compiled("quoted-key", rf"(?i:key){_SIGN}{_QUOTED}", lambda s: len(s) >= 32 and _named_value(s)),
)
# over two lines, as Kubernetes and Compose write variables
PAIRED = _compiled(
    "named-password",
    rf"name:\s*[\"']?{_BEFORE}(?:{_PHRASE_NAMES}|{_RANDOM_NAMES})[\w-]{{0,24}}[\"']?[ \t]*\r?\n"
    r"[ \t]*value:[ \t]*[\"']?(?P<s>[^\s\"'#]{6,512})",
    _named_password,
)
# without quotes only where values stand like that: in code it would be an expression
_LINE = r"^\s*(?:export\s+|ENV\s+|ARG\s+|-\s+|set\s+|SET\s+)?[\"']?"
BARE: tuple[Rule, ...] = (
    _compiled("named-token", rf"{_LINE}{_BEFORE}{_RANDOM_NAMES}{_AFTER}\s*[:=]\s*{_BARE}", _named_value),
    _compiled("named-password", rf"{_LINE}{_BEFORE}{_PHRASE_NAMES}{_AFTER}\s*[:=]\s*{_BARE}", _named_password),
)
BARE_FILES = re.compile(
    r"(?:\.(?:env|ini|cfg|conf|properties|ya?ml|sh|bash|service|tfvars|txt|log)(?:\.\w+)?|(?:^|/)\.env[\w.]*"
    r"|Dockerfile\S*|\.netrc|\.pgpass|\.npmrc|\.pypirc|credentials)$"
)
LOGGED = _compiled("named-password", rf"\b{_PHRASE_NAMES}=(?P<s>[^\s'\"&;,)]{{6,128}})(?=\s)", _named_password)
# a line without any of these holds nothing that a rule looks for: most lines are done with here
HINT = re.compile(
    r"(?i:secret|token|key|passw|passphrase|pwd|\bpw|pass|credential|dsn|salt|hmac|seed|jwt|basic|bearer|auth)"
    r"|://|lp_|AKIA|ASIA|gh[pousr]_|github_pat|gl[a-z]+-|xox|sk[-_]|rk_|AIza|SG\.|npm_|pypi-|eyJ|hf_|shp|dop_|whsec_|glc_|dp\.|hvs\.|sq0|\s-[pu]|:\d{2,5}:|[0-9A-Za-z]:[0-9A-Za-z+/]{43}="
)
