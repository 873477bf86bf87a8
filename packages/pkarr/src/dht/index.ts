export {
  type DhtItem,
  type DhtLookupReport,
  type DhtNodeLike,
  type DhtTransportInit,
  dhtTransport,
} from './dht-transport.ts'
