export { ALERT, ALERT_NAMES } from './alerts.ts'
export { CONNECT_TIMEOUT, type ConnectOptions, type ConnectTransport, connect, type TcpTarget } from './connect.ts'
export {
  type Connector,
  type ConnectorOptions,
  type ConnectTarget,
  createAgent,
  createConnector,
  TARGET_CONNECT_TIMEOUT,
  type TargetLookup,
} from './connector.ts'
export { TlsError, type TlsErrorCode } from './errors.ts'
export { HANDSHAKE_TIMEOUT } from './establish.ts'
export {
  type AcceptOptions,
  createServer,
  type ListenOptions,
  MAX_PENDING,
  MAX_PENDING_PER_ADDRESS,
  TlsServer,
  type TlsServerInit,
} from './server.ts'
export { TlsSocket } from './tls-socket.ts'
