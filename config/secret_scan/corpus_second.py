"""The second half of the regression set: other languages, command lines, connection strings and vendors.

It was written when the rules were done with the first half, and measured before anything was changed for it.
"""

from __future__ import annotations

import base64
import string
from collections.abc import Callable

from config.secret_scan.draw import ALNUM as _ALNUM
from config.secret_scan.draw import HEX as _HEX
from config.secret_scan.draw import Draw

_DIGITS = string.digits


def plant_second(draw: Draw, plant: Callable[[str, str, str], None]) -> None:
    plant("settings.py", "CSRF_SALT = '§'\nX=1\n", draw.of(_ALNUM, 32))
    plant("local_settings.py", 'AUTH_LDAP_BIND_PASSWORD = "§"\n', draw.password())
    plant(
        "k8s.yaml",
        "apiVersion: v1\nkind: Secret\ndata:\n  password: §\n",
        base64.b64encode(draw.password().encode()).decode(),
    )
    plant("values.yaml", "postgresql:\n  auth:\n    postgresPassword: §\n", draw.of(_ALNUM, 16))
    plant("appsettings.json", '{"ConnectionStrings":{"Default":"Server=db;User Id=sa;Password=§;"}}\n', draw.password())
    plant("odbc.py", 'conn = pyodbc.connect("DRIVER={x};UID=sa;PWD=§")\n', draw.password())
    plant("main.rs", 'let api_key = String::from("§");\n', draw.of(_ALNUM, 40))
    plant("app.kt", 'private val clientSecret = "§"\n', draw.of(_ALNUM, 32))
    plant("App.java", 'private static final String PASSWORD = "§";\n', draw.password())
    plant("index.php", "define('DB_PASSWORD', '§');\n", draw.password())
    plant("config.php", "$config['encryption_key'] = '§';\n", draw.of(_ALNUM, 32))
    plant("secrets.rb", "secret_key_base: §\n", draw.of(_HEX, 128))
    plant("secrets.yml", "production:\n  secret_key_base: §\n", draw.of(_HEX, 128))
    plant("t.sh", "mysql -u root -p§ app\n", draw.password())
    plant("t2.sh", "curl -u admin:§ https://internal/api\n", draw.password())
    plant("wget.sh", "wget --password=§ https://internal/\n", draw.password())
    plant("dd.env", "DD_API_KEY=§\n", draw.of(_HEX, 32))
    plant("twilio.py", 'client = Client("AC' + draw.of(_HEX, 32) + '", auth_token="§")\n', draw.of(_HEX, 32))
    plant("tg.py", 'bot = Bot(token="§")\n', draw.of(_DIGITS, 10) + ":AA" + draw.of(_ALNUM + "_-", 33))
    plant("hf.py", 'login("§")\n', "hf_" + draw.of(_ALNUM, 34))
    plant("do.tf", 'token = "§"\n', "dop_v1_" + draw.of(_HEX, 64))
    plant("shop.env", "SHOPIFY=§\n", "shpat_" + draw.of(_HEX, 32))
    plant("mongo.js", 'mongoose.connect("mongodb+srv://app:§@cluster0.abc.mongodb.net/app")\n', draw.of(_ALNUM, 16))
    plant("nb.ipynb", '{"source": ["api_key = \\"§\\"\\n"]}\n', draw.of(_ALNUM, 32))
    plant("ssh.txt", "-----BEGIN OPENSSH " + "PRIVATE KEY-----\n§\n", draw.base64(48))
    plant("pgpass.txt", "db.internal:5432:app:app:§\n", draw.of(_ALNUM, 16))
    plant("netrc", "machine git.internal login ci password §\n", draw.of(_ALNUM, 20))
    plant("x.py", 'headers = {"X-Api-Key": "§"}\n', draw.of(_ALNUM, 32))
    plant("y.py", 'os.environ["STRIPE_SECRET"] = "§"\n', "whsec_" + draw.of(_ALNUM, 32))
    plant("z.ini", "[smtp]\nuser = a\npass = §\n", draw.password())
    plant("a.ex", 'config :app, secret_key_base: "§"\n', draw.of(_ALNUM + "+/", 64))
    plant("b.scala", 'val dbPassword = "§"\n', draw.password())
    plant("c.cs", 'public const string ApiToken = "§";\n', draw.of(_ALNUM, 36))
    plant("d.swift", 'let token: String = "§"\n', draw.of(_ALNUM, 32))
    plant("e.pl", "my $password = '§';\n", draw.password())
    plant("f.xml", "<password>§</password>\n", draw.password())
    plant("g.xml", '<property name="password" value="§"/>\n', draw.password())
    plant("h.tfvars", 'db_password = "§"\n', draw.password())
    plant("i.yaml", "    - name: API_SECRET\n      value: §\n", draw.of(_ALNUM, 32))
    plant("j.ini", "[client]\nuser=root\npassword=§\n", draw.password())
    plant("k.py", "redis.Redis(host='h', password='§')\n", draw.of(_ALNUM, 20))
    plant("m.groovy", "def authToken = '§'\n", draw.of(_HEX, 40))
    plant("n.json", '{"type": "service_account", "private_key_id": "§"}\n', draw.of(_HEX, 40))
    plant("p.cfg", "machine_password: '§'\n", draw.password())
    plant("r.md", "The staging password is `§`.\n", draw.password())
    plant("s.log", "DEBUG login user=bob password=§ ok\n", draw.password())
    plant("t.js", "axios.defaults.headers.common['Authorization'] = 'Token §';\n", draw.of(_HEX, 40))


def look_second(draw: Draw, look: Callable[[str, str], None]) -> None:
    look("a.py", 'SECRET_KEY = env("SECRET_KEY", default=None)')
    look("b.py", 'token = request.headers.get("Authorization", "").removeprefix("Bearer ")')
    look("c.py", 'raise ValueError("password must contain 3 of: upper, lower, digit, symbol!")')
    look("d.ts", "export const PASSWORD_REGEX = /^(?=.*[0-9]).{8,}$/;")
    look("e.yml", "password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256")
    look("f.yml", "  secretKeyRef:\n    name: loupe\n    key: secret-key")
    look("g.py", 'API_KEY_HEADER = "X-Api-Key-Version-2"')
    look("h.py", 'cache.set(f"token:{user.pk}", value, 60)')
    look("i.sql", "ALTER TABLE users ADD COLUMN password_hash2 varchar(128);")
    look("j.js", "const key = `${prefix}:${id}`;")
    look("k.md", "Use `secret_key=os.urandom(32)` to make one.")
    look("l.css", ".password-input2 { color: #aabbcc; }")
    look("m.py", 'PUBLIC_KEY = "ssh-ed25519 ' + draw.base64(51) + ' alice@host"')
    look("n.py", 'sha256 = "' + draw.of(_HEX, 64) + '"')
    look("o.py", 'ETAG = "' + draw.of(_HEX, 32) + '"')
    look("p.py", 'SITE_KEY_HELP = "Paste the 32-character key from step 2 here"')
    look("q.json", '{"keyboard_shortcut_key": "ctrl+shift+alt+F12"}')
    look("r.py", 'tokenizer = AutoTokenizer.from_pretrained("bert-base-uncased-v2")')
    look("s.py", 'foreign_key = models.ForeignKey("accounts.User2FA", on_delete=models.CASCADE)')
    look("t.tf", "password = random_password.db_2.result")
    look("u.env", "PASSWORD_FILE=/run/secrets/db_password_1")
    look("v.env", "TOKEN_LIFETIME=15m30s")
    look("w.toml", 'secret_manager = "aws:secretsmanager:eu-west-1"')
    look("x2.py", 'assert password == "********"')
    look("y2.py", 'PASSWORD_RESET_TIMEOUT_DAYS = "3days"')
    look("z2.html", '<input name="csrfmiddlewaretoken" value="{{ csrf_token }}">')
    look("aa.py", 'token_url="/oauth2/v2.0/token"')
    look("ab.py", 'key="colour-primary-500"')
    look("ac.json", '{"tokens": {"spacing-4": "16px", "radius-lg": "12px"}}')
    look("ad.py", 'arn_key = "arn:aws:kms:eu-west-1:111122223333:key/' + draw.uuid() + '"')
    look("a2.py", "token = secrets.token_urlsafe(32)")
    look("b2.py", 'assert response.json()["code"] == "invalid_token_2"')
    look("c2.yml", "    - uses: hashicorp/vault-action@v2.4.0")
    look("d2.ts", 'const secretKey = config.get<string>("auth.secretKey");')
    look("e2.java", '@Value("${spring.datasource.password}") private String password;')
    look("f2.xml", "<password>${env.DB_PASSWORD}</password>")
    look("g2.go", 'password := os.Getenv("DB_PASSWORD_V2")')
    look("h2.md", "Set `API_KEY` to the key of step 3.")
    look("i2.py", 'help_text = "Your password must contain at least 8 characters."')
    look("j2.css", "--token-color-2: oklch(0.7 0.1 250);")
    look("k2.py", "sort_keys=True, indent=2")
    look("l2.py", 'key = hashlib.sha256(b"abc").hexdigest()[:16]')
    look("m2.json", '{"version": "sha256:' + draw.of(_HEX, 64) + '"}')
    look("o2.rb", "validates :password, length: { minimum: 15 }")
    look("p2.sql", "GRANT SELECT ON api_keys TO reader_2;")
    look("q2.html", '<meta name="csrf-token" content="<%= csrf_token %>">')
    look("r2.py", 'PASSWORD_CHANGED = "password.changed.v2"')
    look("s2.tsx", "<Token key={`${name}-${index}`} />")
    look("t2.svg", '<path d="M10.5 3.2c1.1 0 2 .9 2 2v4.6L7.3 12"/>')
