"""A made-up regression set: files with planted secrets and files with look-alikes.

The values are drawn anew from a seed, so nothing that looks real stands in the repository.
"""

from __future__ import annotations

import base64
import random
import string
from dataclasses import dataclass, field

from config.api_key_format import checksum
from config.secret_scan.corpus_second import look_second, plant_second
from config.secret_scan.draw import Draw

_LOWER, _UPPER, _DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
_ALNUM = _LOWER + _UPPER + _DIGITS
_HEX = _DIGITS + "abcdef"
_BASE32 = _UPPER + "234567"
_PUNCTUATION = "!@#$%^&*(-_=+)"
_FIVE_DASHES = "-" * 5


@dataclass(frozen=True, slots=True)
class Sample:
    """A file. `secret` is what must be found in it, None when nothing must be."""

    name: str
    text: str = field(repr=False)
    secret: str | None = field(repr=False)


def make_corpus(seed: int = 0) -> list[Sample]:
    """The planted ones first. Another seed gives other values in the same places."""
    draw = Draw(random.Random(seed))  # noqa: S311  (made-up values, meant to come out the same again)
    return [*_planted(draw), *_look_alikes(draw)]


def _planted(draw: Draw) -> list[Sample]:
    samples: list[Sample] = []

    def plant(name: str, template: str, secret: str) -> None:
        samples.append(Sample(name, template.replace("§", secret), secret))

    body = f"lp_prd_{draw.of(_ALNUM, 30)}"
    plant("client.py", 'KEY = "§"\n', body + checksum(body))
    plant("settings.py", "SECRET_KEY = '§'\n", draw.of(_LOWER + _DIGITS + _PUNCTUATION, 50))
    plant("settings_prod.py", 'SECRET_KEY = "django-§"\n'.replace("django-", ""), draw.of(_ALNUM + _PUNCTUATION, 64))
    plant("base.py", "DATABASES = {'default': {'USER': 'app', 'PASSWORD': '§', 'HOST': 'db'}}\n", draw.password())
    plant("prod.env", "DATABASE_URL=postgresql://app:§@db.internal:5432/app\n", draw.password())
    plant("cache.env", "REDIS_URL=redis://:§@cache.internal:6379/0\n", draw.of(_ALNUM, 24))
    plant("broker.py", 'BROKER = "amqp://worker:§@mq.internal/vhost"\n', draw.of(_ALNUM, 18))
    plant("mail.env", "EMAIL_HOST_PASSWORD=§\n", draw.password())
    plant("mail.py", 'EMAIL_HOST_PASSWORD = "§"\n', draw.password())
    plant("fields.py", 'FERNET_KEY = b"§"\n', draw.base64(32).replace("+", "-").replace("/", "_"))
    plant("loupe.env", "LOUPE_SECURITY_ENCRYPTION_KEYS=k1:§\n", draw.base64(32))
    plant("loupe.toml", '[security]\nblind_index_keys = "k20260101:§"\n', draw.base64(32))
    plant("aws.ini", "[default]\naws_access_key_id = §\n", "AKIA" + draw.of(_BASE32, 16))
    plant("credentials", "[default]\naws_secret_access_key = §\n", draw.of(_ALNUM + "/+", 40))
    plant("boto.py", 'client("s3", aws_secret_access_key="§")\n', draw.of(_ALNUM + "/+", 40))
    plant("ci.yml", "env:\n  GH: §\n", "ghp_" + draw.of(_ALNUM, 36))
    plant("ci2.yml", "  run: git clone https://x:§@github.com/a/b\n", "github_pat_" + draw.of(_ALNUM + "_", 82))
    plant("gitlab.sh", 'curl --header "PRIVATE-TOKEN: §" https://gitlab\n', "glpat-" + draw.of(_ALNUM + "_", 20))
    plant(
        "bot.js",
        'const bot = new Bot("§");\n',
        f"xoxb-{draw.of(_DIGITS, 12)}-{draw.of(_DIGITS, 12)}-{draw.of(_ALNUM, 24)}",
    )
    hook = f"T{draw.of(_UPPER + _DIGITS, 8)}/B{draw.of(_UPPER + _DIGITS, 10)}/{draw.of(_ALNUM, 24)}"
    plant("alert.py", 'URL = "https://hooks.slack.com/services/§"\n', hook)
    plant("pay.rb", "Stripe.api_key = '§'\n", "sk_" + "live_" + draw.of(_ALNUM, 24))
    plant(
        "maps.html",
        '<script src="https://maps.example.org/js?k=§"></script>\n',
        "AIza" + draw.of(_ALNUM + "-_", 34) + "Q",
    )
    plant("vision.env", "ANTHROPIC_API_KEY=§\n", "sk-ant-api03-" + draw.of(_ALNUM + "-_", 80) + "AA")
    plant("model.py", 'client = OpenAI(api_key="§")\n', "sk-proj-" + draw.of(_ALNUM, 48))
    plant("send.py", 'sg = SendGrid("§")\n', f"SG.{draw.of(_ALNUM + '-_', 21)}q.{draw.of(_ALNUM + '-_', 42)}q")
    plant(".npmrc", "//registry/:_authToken=§\n", "npm_" + draw.of(_ALNUM, 36))
    plant(".pypirc", "[pypi]\npassword = §\n", "pypi-AgE" + draw.of(_ALNUM + "-_", 90) + "w")
    plant("session.log", "12:00 GET /me Authorization: Bearer §\n", draw.jwt())
    plant("opaque.log", "sent header Authorization: Bearer §\n", draw.of(_ALNUM, 40))
    basic = base64.b64encode(f"admin:{draw.password()}".encode()).decode()
    plant("curl.sh", "curl -H 'Authorization: Basic §' https://internal/\n", basic)
    pem = f"{_FIVE_DASHES}BEGIN RSA PRIVATE KEY{_FIVE_DASHES}\n§\n{_FIVE_DASHES}END RSA PRIVATE KEY{_FIVE_DASHES}\n"
    plant("server.pem", pem, draw.base64(48))
    inline = f'KEY = "{_FIVE_DASHES}BEGIN PRIVATE KEY{_FIVE_DASHES}\\n§\\n"\n'
    plant("google.py", inline, draw.base64(45))
    plant("mfa.py", 'TOTP_SEED = "§"\n', draw.of(_BASE32, 32))
    plant("mfa.txt", "otpauth://totp/Loupe:alice?secret=§&issuer=Loupe\n", draw.of(_BASE32, 32))
    plant("jwt.py", 'JWT_SECRET = "§"\n', draw.of(_HEX, 64))
    plant("hmac.go", 'var signingKey = []byte("§")\n', draw.of(_HEX, 40))
    plant("azure.py", 'CONN = "AccountName=a;AccountKey=§;Suffix=core"\n', draw.base64(64))
    plant("weak.yml", "db:\n  password: §\n", "winter" + draw.of(_DIGITS, 4))
    plant("compose.yaml", "environment:\n  - POSTGRES_PASSWORD=§\n", draw.password())
    plant("Dockerfile", "FROM python\nENV API_TOKEN=§\n", draw.of(_ALNUM, 32))
    plant("app.properties", "spring.datasource.password=§\n", draw.password())
    plant("deploy.sh", 'export DEPLOY_TOKEN="§"\n', draw.of(_ALNUM, 32))
    plant("config.json", '{"clientSecret": "§", "clientId": "web"}\n', draw.of(_ALNUM + "~._", 40))
    plant("login.py", 'session.login(user="svc", password="§")\n', draw.password())
    plant("main.tf", 'resource "db" {\n  admin_password = "§"\n}\n', draw.password())
    plant("app.ts", 'const apiKey: string = "§";\n', draw.of(_ALNUM, 32))
    plant_second(draw, plant)
    return samples


def _look_alikes(draw: Draw) -> list[Sample]:
    samples: list[Sample] = []

    def look(name: str, text: str) -> None:
        samples.append(Sample(name, text.removesuffix("\n") + "\n", None))

    alphabet = _UPPER + _LOWER + _DIGITS
    look("placeholder.env", "SECRET_KEY=your-secret-key-here")
    look("placeholder2.env", "API_KEY=<your api key>")
    look("placeholder3.env", "DATABASE_PASSWORD=changeme")
    look("placeholder4.yml", "password: ${DB_PASSWORD}")
    look("placeholder5.yml", "token: {{ vault.token }}")
    look("placeholder6.sh", 'export TOKEN="$(cat /run/secrets/token)"')
    look("placeholder7.env", "ANTHROPIC_API_KEY=sk-ant-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")
    look("placeholder8.env", "DATABASE_URL=postgresql://user:password@localhost:5432/app")
    look("placeholder9.env", "REDIS_URL=redis://localhost:6379/0")
    look("placeholder10.md", "postgresql://USER:PASSWORD@HOST:PORT/NAME")
    look("reader.py", 'SECRET_KEY = os.environ["SECRET_KEY"]')
    look("reader2.py", 'password = getpass.getpass("Password: ")')
    look("reader3.py", "api_key = settings.ANTHROPIC_API_KEY")
    look("reader4.js", "const token = process.env.GITHUB_TOKEN;")
    look("reader5.py", 'url = f"postgresql://{user}:{password}@{host}/{name}"')
    look("reader6.sh", "PGPASSWORD=$POSTGRES_PASSWORD psql")
    look("form.py", "password = forms.CharField(widget=forms.PasswordInput)")
    look("form2.py", 'password_label = "Enter your password again"')
    look("form3.html", '<input type="password" name="password" autocomplete="new-password">')
    look("form4.html", '<label for="password">Password must have 15 characters</label>')
    look("locale.po", 'msgid "Forgot password?"\nmsgstr "Passwort vergessen?"')
    look("locale.json", '{"password": "Passwort", "secret": "Geheimnis"}')
    look("locale2.json", '{"password_too_short": "The password is too short."}')
    look("names.py", 'PASSWORD_FIELD = "password"\nTOKEN_HEADER = "X-Auth-Token"')
    look("names2.py", 'TOKEN_URL = "https://auth.internal/oauth/token"')
    look("names3.py", 'KEY_FILE = "/run/secrets/loupe/secret_key"')
    look("names4.py", 'PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]')
    look("names5.py", 'SECRET_NAME = "projects/loupe/secrets/database-password"')
    look("names6.py", 'cache_key = "user:profile:settings:theme"')
    look("names7.py", 'sort_key = "created_at_descending_order"')
    look("names8.ts", 'type Token = "colour" | "typography" | "spacing" | "elevation";')
    look("names9.py", 'primary_key = "organisation_membership_id"')
    look("uuid.py", f'REQUEST_ID = "{draw.uuid()}"')
    look("uuid2.yml", f"token_id: {draw.uuid()}")
    look("uuid3.json", f'{{"key": "{draw.uuid()}"}}')
    look("package-lock.json", f'"integrity": "sha512-{draw.base64(64)}"')
    look("yarn.lock", f'  resolved "https://registry/pkg.tgz#{draw.of(_HEX, 40)}"')
    look("requirements.txt", f"django==5.2.1 \\\n    --hash=sha256:{draw.of(_HEX, 64)}")
    look("go.sum", f"example.org/x v1.0.0 h1:{draw.base64(32)}")
    look("Cargo.lock", f'checksum = "{draw.of(_HEX, 64)}"')
    look("commit.txt", f"commit {draw.of(_HEX, 40)}")
    look("ci.yml", f"uses: actions/checkout@{draw.of(_HEX, 40)}")
    look("image.html", f'<img src="data:image/png;base64,{draw.base64(300)}">')
    look("icon.css", f"background: url(data:image/svg+xml;base64,{draw.base64(200)});")
    look("page.html", f'<script integrity="sha384-{draw.base64(48)}" crossorigin></script>')
    look("alphabet.py", f'ALPHABET = "{alphabet}"')
    look("alphabet2.py", f'TOKEN_CHARACTERS = "{_DIGITS}{_LOWER}"')
    look("digits.py", 'PASSWORD_EXAMPLE = "1234567890"')
    public = (
        f"{_FIVE_DASHES}BEGIN PUBLIC KEY{_FIVE_DASHES}\n{draw.base64(48)}\n{_FIVE_DASHES}END PUBLIC KEY{_FIVE_DASHES}"
    )
    look("public.pem", public)
    certificate = f"{_FIVE_DASHES}BEGIN CERTIFICATE{_FIVE_DASHES}\n{draw.base64(48)}\n"
    look("certificate.pem", certificate)
    look("known_hosts", f"github.com ssh-rsa {draw.base64(100)}")
    look("doc.md", f"The header `{_FIVE_DASHES}BEGIN PRIVATE KEY{_FIVE_DASHES}` opens a private key.")
    look("doc2.md", "A key looks like `lp_prd_` and 36 characters, a GitHub token like `ghp_...`.")
    look("doc3.md", "Send `Authorization: Bearer <token>` or `Authorization: Basic <credentials>`.")
    look("mistyped.py", f'KEY = "lp_prd_{draw.of(_ALNUM, 36)}"')  # the checksum does not fit
    look("aws.md", "aws_access_key_id = AKIAIOSFODNN7" + "EXAMPLE")
    look("url.py", 'DOCS = "https://docs.example.org/a:b/c@latest/index"')
    look("scp.sh", "scp build.tar deploy@host.internal:/srv/app")
    look("npm.json", '"@types/node": "npm:@types/node@20.1.0"')
    look("regex.py", r'PASSWORD = re.compile(r"^(?=.*[A-Z])(?=.*\d).{8,}$")')
    look("enum.py", 'class Kind(Enum):\n    TOKEN = "token"\n    API_KEY = "api-key"')
    look("colours.json", '{"token": {"$type": "color", "$value": "#1a2b3c"}}')
    look("migration.py", "('password', models.CharField(max_length=128, verbose_name='password')),")
    look("argon.py", "PASSWORD_PARAMETERS = 'argon2id, m=19456, t=2, p=1'")
    look("mime.py", 'KEY_TYPE = "application/vnd.openxmlformats-officedocument"')
    look("time.py", 'TOKEN_EXPIRES = "2026-11-25T18:07:58Z"')
    look_second(draw, look)
    return samples
