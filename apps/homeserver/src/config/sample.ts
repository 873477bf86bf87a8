/** What `init` writes: every key with its default, commented out, so that the file changes nothing (spec 03 §5.1). */
export const CONFIG_SAMPLE = `\
# Configuration of a Pubky homeserver. Every line that starts with "# " and a key shows a default;
# remove the "# " to change it. Changes need a restart.

[general]
# Who may sign up: "open" for everybody, "token_required" for holders of a sign-up token.
# signup_mode = "token_required"
# "sqlite:" is the database in the data directory, for one process. For several instances that share everything:
# "postgres://user:password@host:5432/database" (docs/operators.md, "Several instances").
# database_url = "sqlite:"
# Connections of this process to PostgreSQL: one writes, one hears of the other instances, the rest read.
# database_pool_size = 10

[drive]
# Plain HTTP for browsers and proxies, and HTTP over PubkyTLS for native clients.
# icann_listen_socket = "127.0.0.1:6286"
# pubky_listen_socket = "127.0.0.1:6287"
# Serve users' websites by Host name: /pub/website/<label>/ at <label>.<key>.
# websites = true
# How each listener learns its clients' addresses: from the socket, or from a PROXY protocol preface that
# the named proxies send: { mode = "proxy_protocol", trusted_proxies = ["10.0.0.0/8"] }
# icann_client_identity = { mode = "direct" }
# pubky_client_identity = { mode = "direct" }
# Proxies whose X-Forwarded-For is believed, read from the right.
# trusted_proxies = []
# Origins whose pages may use the session cookies of their visitors. Default: all, as the official homeserver
# does it, because its web apps are on other origins. Bearer sessions do not need it. What pages embed (but with
# the attribute crossorigin) and where they link to counts as of an origin that is not named.
# cookie_origins = ["https://app.example"]
# Whether session cookies count at the hosts of websites, whose scripts share the origin.
# website_cookies = true
# Event streams open at once, and live locks of one user.
# max_event_streams = 20000
# Event streams of one address (IPv6: one /64). Default: no limit of its own, because indexers need many.
# max_event_streams_per_address = 500
# max_locks_per_user = 10000
# Largest file accepted, in bytes. Default: only quota and disk limit it.
# max_body_bytes = 1073741824

# Request limits. Whom a limit counts for is its key: "ip", "user" (whose storage is addressed, whoever asks), or
# "session" (who asks; without a session the address). An explicit list replaces the default one, which is this:
# [[drive.rate_limits]]
# path = "/signup_tokens/*"
# method = "GET"
# quota = "10r/m"
# key = "ip"
# [[drive.rate_limits]]
# path = "/signup"
# method = "POST"
# quota = "30r/m"
# key = "ip"
# whitelist = ["127.0.0.1", "::1"]
# [[drive.rate_limits]]
# path = "/session"
# method = "POST"
# quota = "30r/m"
# key = "ip"
# whitelist = ["127.0.0.1", "::1"]
# [[drive.rate_limits]]
# path = "/auth/grant/*"
# method = "POST"
# quota = "30r/m"
# key = "ip"
# whitelist = ["127.0.0.1", "::1"]
# [[drive.rate_limits]]
# path = "/auth/grant/session"
# method = "DELETE"
# quota = "30r/m"
# key = "ip"
# whitelist = ["127.0.0.1", "::1"]

[default_quotas]
# Bandwidth of users without limits of their own, and of callers without a session. Default: unlimited.
# rate_read = "100mb/m"
# rate_write = "50mb/m"
# unauthenticated_ip_rate_read = "50mb/m"

[storage]
# "file_system", or "in_memory" for tests: then nothing survives the process.
# type = "file_system"
# Storage of users without a quota of their own, in MB of 1048576 bytes. 0 means none; default: unlimited.
# default_quota_mb = 1000
# Free space below which uploads are refused, so that deleting still works.
# low_water_mb = 64
# Let the extension of a file name tell its type where the content says little (XML, zip, a text that starts with
# "BM"). Default: the content tells it, as the official homeserver has it.
# prefer_extensions = false

[storage.encryption]
# Bodies are encrypted at rest. Without the key file nothing can be read: keep a copy of it in a safe place.
# enabled = true
# Default: beside the data directory, with the ending ".key".
# key_file = "/etc/pubky/homeserver.key"

[admin]
# enabled = true
# listen_socket = "127.0.0.1:6288"
# The default password is accepted on loopback sockets only.
# admin_password = "admin"
# Read the password from a file instead.
# admin_password_file = "/run/secrets/admin_password"
# Let pages of any origin read answers, as test networks do. Whoever opens such a page lends it the way here.
# cross_origin = false

[metrics]
# enabled = false
# listen_socket = "127.0.0.1:6289"

[pkdns]
# Publish this server's record, and republish users' records, on the network.
# publish = true
# The address and host name under which the world reaches this server; "" for none. Loopback values are
# published on private networks only. Browsers always use port 443 of the host name.
# public_ip = "127.0.0.1"
# icann_domain = "localhost"
# Public ports, if they differ from the ones listened on.
# public_pubky_tls_port = 6287
# public_icann_http_port = 6286
# Seconds between two rounds; 0 switches republishing off.
# user_keys_republisher_interval = 14400
# Bootstrap nodes of another DHT than the public one; then no relay is used unless named.
# dht_bootstrap_nodes = ["router.example:6881"]
# dht_relay_nodes = ["https://pkarr.pubky.app", "https://pkarr.pubky.org"]
# Patience with a DHT node and with a relay. Default: the library's.
# dht_request_timeout_ms = 2000
# relay_request_timeout_ms = 5000

[logging]
# trace, debug, info, warn or error
# level = "info"
# auto, json or text
# format = "auto"

[pkarr_relay]
# An HTTP door to the DHT for browsers, in the same process.
# enabled = false
# listen_socket = "127.0.0.1:15411"
`
