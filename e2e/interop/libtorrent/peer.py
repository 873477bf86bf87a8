"""A libtorrent DHT node as a peer in our tests.

Reads one JSON object a line from standard input, {"id": 1, "do": "get", ...}, and answers each with one line,
{"id": 1, "ok": ...} or {"id": 1, "error": "..."}. Byte strings are hex. Ends with its input.
"""

import hashlib
import json
import sys
import tempfile
import time

import libtorrent as lt

WAIT_SECONDS = 20
POLL_SECONDS = 0.02

SETTINGS = {
    "enable_dht": True,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    "dht_bootstrap_nodes": "",
    # A network on one machine: many nodes with one address, and ids that do not follow from it.
    "dht_restrict_routing_ips": False,
    "dht_restrict_search_ips": False,
    "dht_enforce_node_id": False,
    "dht_prefer_verified_node_ids": False,
    "dht_ignore_dark_internet": False,
    # Its defaults, 8 kB/s out and 5 datagrams a second in from one address, drop the rest in silence.
    "dht_upload_rate_limit": 10_000_000,
    "dht_block_ratelimit": 100_000,
    "alert_mask": lt.alert.category_t.dht_notification | lt.alert.category_t.dht_operation_notification,
}


def expand(seed):
    """The 64-byte secret that libtorrent wants instead of the 32-byte seed of RFC 8032."""
    digest = bytearray(hashlib.sha512(seed).digest())
    digest[0] &= 248
    digest[31] &= 63
    digest[31] |= 64
    return bytes(digest)


def value_of(alert):
    """The found value in hex. An alert without one cannot even be asked for it."""
    try:
        return alert.item["value"].hex()
    except RuntimeError:
        return None


class Peer:
    def __init__(self):
        self.session = None

    def start(self, params):
        self.session = lt.session({**SETTINGS, "listen_interfaces": "127.0.0.1:%d" % params.get("port", 0)})
        for port in params.get("nodes", []):
            self.session.add_dht_node(("127.0.0.1", port))
        return self.session.listen_port()

    def addNodes(self, params):
        for port in params["nodes"]:
            self.session.add_dht_node(("127.0.0.1", port))
        return None

    def nodes(self, _):
        self.session.post_dht_stats()
        stats = self.wait(lambda alert: isinstance(alert, lt.dht_stats_alert))
        return sum(bucket["num_nodes"] for bucket in stats.routing_table)

    def put(self, params):
        key = bytes.fromhex(params["key"])
        salt = bytes.fromhex(params.get("salt", ""))
        self.session.dht_put_mutable_item(
            expand(bytes.fromhex(params["secret"])), key, bytes.fromhex(params["value"]), salt
        )
        done = self.wait(lambda alert: isinstance(alert, lt.dht_put_alert))
        return {"stored": done.num_success, "seq": done.seq}

    def get(self, params):
        salt = bytes.fromhex(params.get("salt", ""))
        self.session.dht_get_mutable_item(bytes.fromhex(params["key"]), salt)
        found = self.wait(lambda alert: isinstance(alert, lt.dht_mutable_item_alert) and alert.authoritative)
        return {"seq": found.seq, "value": value_of(found)}

    def putImmutable(self, params):
        target = self.session.dht_put_immutable_item(bytes.fromhex(params["value"]))
        done = self.wait(lambda alert: isinstance(alert, lt.dht_put_alert))
        return {"target": str(target), "stored": done.num_success}

    def getImmutable(self, params):
        self.session.dht_get_immutable_item(lt.sha1_hash(bytes.fromhex(params["target"])))
        found = self.wait(lambda alert: isinstance(alert, lt.dht_immutable_item_alert))
        return value_of(found)

    def announce(self, params):
        """Announces the session's own port, which only a torrent can do from Python."""
        torrent = lt.parse_magnet_uri("magnet:?xt=urn:btih:" + params["target"])
        torrent.save_path = tempfile.gettempdir()
        self.session.add_torrent(torrent).force_dht_announce()
        return self.session.listen_port()

    def getPeers(self, params):
        self.session.dht_get_peers(lt.sha1_hash(bytes.fromhex(params["target"])))
        found = self.wait(lambda alert: isinstance(alert, lt.dht_get_peers_reply_alert))
        return ["%s:%d" % peer for peer in found.peers()]

    def wait(self, wanted):
        """The next alert that `wanted` accepts; earlier ones are dropped."""
        until = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < until:
            for alert in self.session.pop_alerts():
                if wanted(alert):
                    return alert
            time.sleep(POLL_SECONDS)
        raise TimeoutError("libtorrent reported nothing")


def main():
    peer = Peer()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"ok": getattr(peer, request["do"])(request)}
        except Exception as error:  # a failed command is an answer, not the end of the peer
            answer = {"error": "%s: %s" % (type(error).__name__, error)}
        print(json.dumps({"id": request["id"], **answer}), flush=True)


main()
