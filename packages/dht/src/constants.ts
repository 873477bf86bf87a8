/**
 * The numbers of this node, each with its reason. Those of Mainline itself are in spec 04 §4; a running node's own
 * limits can be changed through {@link DhtNodeInit}.
 */

/** Nodes in a bucket, in an answer and in a lookup's goal: what official nodes use, so that both sides agree on "closest". */
export const K = 20

/** Official nodes drop longer datagrams, and so do we. */
export const MAX_DATAGRAM_BYTES = 2048

/** Shorter than the shortest KRPC message, `d1:rd2:id20:…`: dropped before any parsing. */
export const MIN_DATAGRAM_BYTES = 15

/**
 * Our answers stay below one Ethernet frame (1500 less IP and UDP headers): fragments get lost, and the bound keeps us
 * no better as an amplifier than an official node.
 */
export const MAX_ANSWER_BYTES = 1472

/** Bytes of an item's value: BEP 44. libtorrent counts its bencoding, so 996 bytes travel furthest. */
export const MAX_VALUE_BYTES = 1000

/** Bytes of a mutable item's salt: BEP 44. */
export const MAX_SALT_BYTES = 64

/** Official clients' own wait for one node. Slow mobile networks answer within it, dead nodes do not hold a lookup longer. */
export const DEFAULT_REQUEST_TIMEOUT_MS = 2_000

/** The port official nodes try first. */
export const DEFAULT_PORT = 6881

/** Mainline's public entrances, as official clients list them (spec 04 §3.1). */
export const DEFAULT_BOOTSTRAP: readonly string[] = [
  'router.bittorrent.com:6881',
  'dht.transmissionbt.com:6881',
  'dht.libtorrent.org:25401',
  'relay.pkarr.org:6881',
]

/** Names of bootstrap nodes are asked for again after this time, since operators move them. */
export const BOOTSTRAP_RESOLVE_MS = 5 * 60_000

/** First pause before an empty table bootstraps again; doubles up to {@link BOOTSTRAP_RETRY_MAX_MS}. */
export const BOOTSTRAP_RETRY_MIN_MS = 1_000
export const BOOTSTRAP_RETRY_MAX_MS = 60_000

/** "PK", version 1: our mark in the four bytes official decoders insist on. */
export const VERSION = Uint8Array.of(0x50, 0x4b, 0, 1)

/** Requests without answer at one time, over all lookups: more are lost in sockets on the way (pubky/mainline #38). */
export const MAX_IN_FLIGHT = 512

/** Requests one lookup has under way at one time. */
export const LOOKUP_WINDOW = 16

/** Requests one lookup may send in all: room for an honest closest set behind 200 hostile ids at one target. */
export const MAX_LOOKUP_REQUESTS = 320

/** Addresses of one /24 we take from one answer: one owner of a small network must not fill a lookup. */
export const MAX_NODES_PER_SUBNET = 2

/** Our own requests a second: 200 cold lookups of 25 nodes each, the busiest relay we plan for. */
export const DEFAULT_SEND_RATE = 5_000

/** Requests that may leave at once after a pause: what a default socket buffer on the other side holds. */
export const SEND_BURST = 256

/** A request is sent again no sooner than this: below it, timers and a busy event loop look like loss. */
export const MIN_RESEND_MS = 50

/**
 * Kernel buffer for datagrams that wait for us, about a thousand: enough for a pause of 20 ms under a flood. In a larger one
 * the answers we wait for would queue behind the flood until they are too late.
 */
export const RECEIVE_BUFFER_BYTES = 512 * 1024

/** Queries a second we read from one address, and how many may come at once. A busy official client stays below. */
export const QUERIES_PER_SOURCE = { perSecond: 200, burst: 400 }

/** The same for a local address and port, behind which a relay under test or a bench may be. */
export const QUERIES_PER_LOCAL_SOURCE = { perSecond: 2_000, burst: 4_000 }

/**
 * Queries a second we read from all sources together: at under 0.1 ms each, less than half a core. Sources that have used
 * less than half of their own burst share one such allowance, all others a second, so that a flood does not use up
 * everybody's.
 */
export const QUERIES_IN_ALL = { perSecond: 4_000, burst: 4_000 }

/** Signature checks a second for puts of others: at ~0.5 ms for a new key, half a core. */
export const CHECKS_IN_ALL = { perSecond: 1_000, burst: 1_000 }

/** Sources whose rate is remembered. The one unheard for longest is forgotten first. */
export const MAX_SOURCES = 10_000

/** Public keys kept ready for signature checks; making one ready costs more than a check. */
export const MAX_READY_KEYS = 1_000

/** A contact unheard for this long is stale and makes room for a new one (BEP 5). */
export const STALE_MS = 15 * 60_000

/** How often unheard contacts are pinged. */
export const PING_INTERVAL_MS = 5 * 60_000

/** How often the node looks itself up and refreshes quiet buckets. */
export const REFRESH_INTERVAL_MS = 15 * 60_000

/** Unanswered requests in a row, while others answer, after which a contact leaves the table: one may be bad luck. */
export const MAX_FAILURES = 2

/** Newcomers remembered for a full bucket, for when one of its contacts fails. */
export const MAX_REPLACEMENTS = 8

/** A node that sent a value with a wrong signature or key is not asked again for this long. */
export const BAN_MS = 10 * 60_000
export const MAX_BANS = 1_000

/** Tokens are made with a fresh secret this often; those of the secret before still count (BEP 5). */
export const TOKEN_ROTATION_MS = 5 * 60_000

/** Tokens others gave us are used no longer than this. */
export const TOKEN_LIFETIME_MS = 5 * 60_000

/** Targets whose closest nodes, tokens and distances are remembered. */
export const MAX_REMEMBERED_LOOKUPS = 1_000

/** Nodes we assume in the network before the first lookup: too many is safe, it only narrows what we ask. */
export const ASSUMED_NETWORK_SIZE = 1_000_000

/** Distinct /6 networks we assume among 20 nodes before the first lookup. */
export const ASSUMED_SUBNETS = 20

/** Votes from distinct /16 networks before we believe what others say our address is. */
export const ADDRESS_QUORUM = 5

/** Distinct /16 networks whose uninvited queries prove that strangers can reach us. */
export const REACHABILITY_QUORUM = 3

/** Pings to unknown askers a second while the table is nearly empty: enough to fill it, useless for reflection. */
export const GREETINGS_PER_SECOND = { perSecond: 10, burst: 20 }

/** How long values stay after their last put (BEP 44 says 2 hours). */
export const ITEM_LIFETIME_MS = 2 * 60 * 60_000

/** How long an announced peer stays (BEP 5 clients announce every 15 to 30 minutes). */
export const PEER_LIFETIME_MS = 30 * 60_000

/** Mutable and immutable items kept, each. Official nodes keep 1,000; a home network of users may be larger. */
export const DEFAULT_MAX_ITEMS = 10_000

/** Bytes of all values of one kind: the items above at a kilobyte each, with their keys. */
export const DEFAULT_MAX_ITEM_BYTES = 16 * 1024 * 1024

/** Share of the items one address, and one /24, may fill, so that nobody can push out everybody else's. */
export const MAX_SHARE_PER_SOURCE = 0.1
export const MAX_SHARE_PER_SUBNET = 0.2

/** Info-hashes kept, and peers of each. */
export const DEFAULT_MAX_INFO_HASHES = 2_000
export const DEFAULT_MAX_PEERS_PER_HASH = 500

/** Peers in one answer. */
export const MAX_PEERS_PER_ANSWER = 10

/** Info-hashes in one answer of BEP 51: fits the answer's bound beside 20 nodes. */
export const MAX_SAMPLES = 20

/** Seconds we ask BEP 51 indexers to wait before they come back. */
export const SAMPLE_INTERVAL_SECONDS = 6 * 60 * 60
